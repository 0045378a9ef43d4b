// The text of a rules file, its lines numbered, and what is wrong with it beside the line.
import { h, fill } from "../dom.js";
import { trouble } from "../ui.js";

/** Gives {element, faults, text(), set(text), tell(verdict), goTo(line)}; `changed` is called at each edit by hand. */
export function editor(text, { label, changed }) {
    const gutter = h("div", { class: "gutter", "aria-hidden": "true" });
    const area = h("textarea", {
        class: "code", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", "aria-label": label, "aria-describedby": "faults",
        value: text, on: { input: () => { number(); changed(); }, keydown: (event) => indent(event, area) },
    });
    const faults = h("div", { class: "faults", id: "faults", role: "status" });
    let marked = new Map();
    const number = () => {
        const count = area.value.split("\n").length;
        area.rows = Math.min(36, Math.max(12, count + 1));
        fill(gutter, Array.from({ length: count }, (_, index) => h("div", { class: marked.get(index + 1) }, index + 1)));
    };
    area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
    number();
    return {
        element: h("div", { class: "editor" }, gutter, area), faults,
        text: () => area.value,
        set(next) { area.value = next; number(); },
        goTo: (line) => goTo(area, line),
        tell(verdict) {
            marked = new Map(verdict.faults.map((fault) => [fault.line, fault.kind]));
            number();
            fill(faults, verdict.problem ? trouble(verdict.problem) : sayings(verdict, (line) => goTo(area, line)));
        },
    };
}

function sayings({ ok, faults }, follow) {
    if (!faults.length) return h("p", { class: "right" }, "No mistake was found.");
    const count = (kind, text) => faults.filter((fault) => fault.kind === kind).length && `${faults.filter((fault) => fault.kind === kind).length} ${text}`;
    return [
        h("p", { class: ok ? "quiet" : "why" }, [count("error", "to mend"), count("warning", "worth a look")].filter(Boolean).join(", ")),
        h("ul", { class: "plain" }, faults.map((fault) => h("li", { class: fault.kind },
            fault.line ? h("button", { type: "button", class: "small", on: { click: () => follow(fault.line) } }, `line ${fault.line}`) : null,
            " ", h("span", null, fault.message), fault.help && h("div", { class: "quiet" }, fault.help), fault.note && h("div", { class: "quiet" }, fault.note)))),
    ];
}

function goTo(area, line) {
    const lines = area.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    area.focus({ preventScroll: true });
    area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
    const height = area.scrollHeight / lines.length;
    area.scrollTop = Math.max(0, (line - 6) * height);
    area.scrollIntoView({ block: "nearest" });
}

/** Tab indents, as YAML wants it: by spaces. Escape lets the next Tab leave the field. */
function indent(event, area) {
    if (event.key === "Escape") area.dataset.leave = "yes";
    else if (event.key !== "Tab") delete area.dataset.leave;
    if (event.key !== "Tab" || event.shiftKey || event.altKey || event.ctrlKey || area.dataset.leave) return;
    event.preventDefault();
    area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input"));
}
