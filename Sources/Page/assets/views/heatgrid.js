// A cell for each machine, the stronger in colour the higher its value; those with open incidents are framed. Drawn on a
// canvas, since ten thousand elements are too many to change each time.
import { h, fill } from "../dom.js";
import { number } from "../ui.js";

const most = 22, least = 5;
const rows = 12;
// One for all: to be made for each pair is a hundred times as slow.
const names = new Intl.Collator(undefined, { numeric: true });

/** Gives {element, set(machines, metric)}; `choose(machine)` is called for the one that is clicked, or entered. */
export function heatGrid(choose) {
    const canvas = h("canvas", { tabindex: "0", role: "img" });
    const readout = h("p", { class: "readout-line quiet", "aria-live": "off" }, hint);
    const legend = h("div", { class: "legend quiet" });
    const element = h("div", { class: "heat" }, canvas, h("div", { class: "row between" }, readout, legend));
    let [machines, metric, shape, at] = [[], undefined, null, -1];

    const draw = () => {
        if (!element.clientWidth) return;
        shape = shapeFor(machines.length, element.clientWidth);
        paint(canvas, machines, metric, shape, at);
    };
    const tell = (index) => {
        at = machines.length ? Math.min(machines.length - 1, Math.max(-1, index)) : -1;
        fill(readout, at < 0 ? hint : textOf(machines[at], metric));
        draw();
    };
    const under = (event) => {
        const box = canvas.getBoundingClientRect();
        const column = Math.floor((event.clientX - box.left) / shape.size);
        const index = Math.floor((event.clientY - box.top) / shape.size) * shape.columns + column;
        return column < shape.columns && index < machines.length ? index : -1;
    };
    canvas.addEventListener("pointermove", (event) => { const index = under(event); if (index !== at) tell(index); });
    canvas.addEventListener("pointerleave", () => tell(-1));
    canvas.addEventListener("blur", () => tell(-1));
    canvas.addEventListener("click", (event) => { const index = under(event); if (index >= 0) choose(machines[index]); });
    canvas.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -shape.columns, ArrowDown: shape.columns }[event.key];
        if (event.key === "Enter" && at >= 0) choose(machines[at]);
        if (!step) return;
        event.preventDefault();
        readout.setAttribute("aria-live", "polite");
        tell(at < 0 ? 0 : at + step);
    });
    new ResizeObserver(draw).observe(element);
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

    return {
        element,
        set(all, name) {
            // By name, so that a machine stays where it is.
            machines = [...all].sort((a, b) => names.compare(a.name, b.name));
            metric = name;
            const [low, high] = rangeOf(machines, metric);
            canvas.setAttribute("aria-label", summary(machines, metric));
            fill(legend, machines.length ? [number(low), h("span", { class: "ramp" }), number(high)] : null);
            tell(Math.min(at, machines.length - 1));
        },
    };
}

const hint = "Point at a machine, or go through them by the arrow keys.";

function textOf(one, metric) {
    const value = one.values[metric];
    const open = one.open_incidents ? `, ${one.open_incidents} open` : "";
    return [h("b", null, one.name), ` ${metric} ${value === undefined ? "was not reported" : number(value)}${open}`];
}

function summary(machines, metric) {
    const open = machines.filter((one) => one.open_incidents).length;
    const [low, high] = rangeOf(machines, metric);
    return `${machines.length} machines by ${metric}, from ${number(low)} to ${number(high)}; ${open} with open incidents. The table below names the highest.`;
}

/** The largest cells with which all fit into about a dozen rows, or the smallest that can be told apart. */
function shapeFor(count, width) {
    let size = most;
    while (size > least && Math.ceil(count / Math.floor(width / size)) * size > rows * most) size -= 1;
    const columns = Math.max(1, Math.floor(width / size));
    return { size, columns, height: Math.max(1, Math.ceil(count / columns)) * size };
}

function rangeOf(machines, metric) {
    let [low, high] = [Infinity, -Infinity];
    for (const one of machines) {
        const value = one.values[metric];
        if (value === undefined) continue;
        if (value < low) low = value;
        if (value > high) high = value;
    }
    return low <= high ? [low, high] : [0, 0];
}

function paint(canvas, machines, metric, { size, columns, height }, at) {
    const [width, ratio] = [columns * size, devicePixelRatio];
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const [accent, nothing, critical, text] = colours(canvas, ["--accent", "--raised", "--critical", "--text"]);
    const [low, high] = rangeOf(machines, metric);
    const gap = size > 8 ? 2 : 1;
    machines.forEach((one, index) => {
        const [x, y] = [(index % columns) * size, Math.floor(index / columns) * size];
        const value = one.values[metric];
        context.globalAlpha = 1;
        context.fillStyle = nothing;
        context.fillRect(x, y, size - gap, size - gap);
        if (value !== undefined) {
            context.globalAlpha = 0.08 + 0.92 * ((value - low) / (high - low || 1));
            context.fillStyle = one.open_incidents ? critical : accent;
            context.fillRect(x, y, size - gap, size - gap);
        }
        if (!one.open_incidents && index !== at) return;
        context.globalAlpha = 1;
        context.strokeStyle = index === at ? text : critical;
        context.lineWidth = index === at ? 2 : 1;
        context.strokeRect(x + 0.5, y + 0.5, size - gap - 1, size - gap - 1);
    });
}

/** The values of custom properties as colours; a canvas does not know light-dark(). */
function colours(element, names) {
    const probe = h("span", { hidden: true });
    element.after(probe);
    const values = names.map((name) => {
        probe.style.color = `var(${name})`;
        return getComputedStyle(probe).color;
    });
    probe.remove();
    return values;
}
