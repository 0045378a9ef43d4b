import { h } from "../dom.js";

export function title() { return "Incident"; }

export async function show(root) {
    root.append(h("h1", null, "Incident"));
}
