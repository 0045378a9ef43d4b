// Elements, made without a line of HTML: what is not markup cannot become any.

/** An element. `props`: `on` (listeners by event), `style`, `data`, properties as `value`, attributes as the rest. */
export function h(tag, props, ...children) {
    return build(document.createElement(tag), props, children);
}

/** The same, of SVG. */
export function s(tag, props, ...children) {
    return build(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

/** Puts `children` in the place of what is in `element`. */
export function fill(element, ...children) {
    element.replaceChildren(...nodes(children));
    return element;
}

/** Has `element` hold exactly `wanted`, in that order, and moves no more than that takes: what has the focus keeps it. */
export function arrange(element, wanted) {
    const kept = new Set(wanted);
    for (const child of [...element.children]) if (!kept.has(child)) child.remove();
    wanted.forEach((child, index) => {
        if (element.children[index] !== child) element.insertBefore(child, element.children[index] ?? null);
    });
}

const properties = new Set(["value", "checked", "disabled", "hidden", "selected", "open", "indeterminate"]);

function build(element, props, children) {
    for (const [name, value] of Object.entries(props ?? {})) {
        if (value === undefined || value === null || value === false) continue;
        if (name === "on") {
            for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
        } else if (name === "style") {
            for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
        } else if (name === "data") {
            Object.assign(element.dataset, value);
        } else if (properties.has(name)) {
            element[name] = value;
        } else {
            element.setAttribute(name, value === true ? "" : String(value));
        }
    }
    element.append(...nodes(children));
    return element;
}

/** Nodes, texts and numbers as nodes; null and false leave nothing. */
function nodes(children) {
    return children.flat(Infinity)
        .filter((child) => child !== null && child !== undefined && child !== false)
        .map((child) => child instanceof Node ? child : document.createTextNode(String(child)));
}
