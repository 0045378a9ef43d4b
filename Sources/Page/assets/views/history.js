import { h } from "../dom.js";

export function title() { return "History"; }

export async function show(root) {
    root.append(h("h1", null, "History"));
}
