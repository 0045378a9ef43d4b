// The small parts that views are made of.
import { h, fill } from "./dom.js";
import { link } from "./router.js";

export function severity(name) { return h("span", { class: `badge ${name}` }, name); }

export function state(name, kind = name) { return h("span", { class: `state ${kind}` }, name); }

/** A number for reading: at most two decimals. */
export function number(value) {
    if (value === null || value === undefined) return "–";
    return value.toLocaleString("en", { maximumFractionDigits: 2, useGrouping: Math.abs(value) >= 10000 });
}

export function machineLink(name) { return h("a", { href: link(["machines", name]), class: "machine" }, name); }

export function incidentLink(id, text = `#${id}`) { return h("a", { href: link(["incidents", id]) }, text); }

/** A part of a view under its own heading; `extra` stands beside that. */
export function section(title, extra, ...children) {
    const id = `s-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
    return h("section", { class: "card", "aria-labelledby": id },
        h("div", { class: "head" }, h("h2", { id }, title), extra), children);
}

/** A table that scrolls by itself where it is too wide. `columns`: texts, or {text, class}. */
export function table(caption, columns, rows) {
    const heads = columns.map((column) => h("th", { scope: "col", class: column.class }, column.text ?? column));
    return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
        h("table", null, h("caption", { class: "hidden" }, caption), h("thead", null, h("tr", null, heads)),
            h("tbody", null, rows)));
}

export function empty(...text) { return h("p", { class: "empty" }, text); }

/** A problem, in the place of what it keeps from being shown. */
export function trouble(problem) { return h("p", { class: "trouble", role: "alert" }, problem.message); }

/** Says something for a few seconds. */
export function toast(text, kind = "") {
    const note = h("div", { class: `toast ${kind}` }, text);
    document.getElementById("toasts").append(note);
    setTimeout(() => note.remove(), 6000);
}

/** A button that does something once at a time, and says what went wrong. */
export function button(text, act, props = {}) {
    const element = h("button", {
        type: "button", ...props,
        on: {
            click: async () => {
                element.disabled = true;
                try { await act(element); } catch (problem) { toast(problem.message, "bad"); }
                element.disabled = false;
            },
        },
    }, text);
    return element;
}

/** A field with its label: `control` is an input, select or textarea. */
export function field(label, control) { return h("label", { class: "field" }, h("span", null, label), control); }

export function select(name, choices, chosen, props = {}) {
    const options = choices.map(([value, text]) => h("option", { value, selected: value === chosen }, text ?? value));
    return h("select", { name, ...props }, options);
}

/**
 * Asks in a dialog; `act` is given the FormData. The dialog stays, with the reason, where that fails.
 * `verb` stands on its button. Gives whether it was done, once the dialog is closed.
 */
export function ask(title, verb, fields, act) {
    const fault = h("div");
    const dialog = h("dialog", { "aria-label": title });
    const submit = async (event) => {
        event.preventDefault();
        try {
            await act(new FormData(event.target));
            dialog.close("done");
        } catch (problem) { fill(fault, trouble(problem)); }
    };
    document.body.append(fill(dialog, h("form", { on: { submit } }, h("h2", null, title), fields, fault,
        h("div", { class: "actions" },
            h("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel"),
            h("button", { class: "primary" }, verb)))));
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => {
        dialog.remove();
        resolve(dialog.returnValue === "done");
    }));
}
