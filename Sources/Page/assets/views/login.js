import { h, fill } from "../dom.js";
import { logIn } from "../session.js";
import { field, trouble } from "../ui.js";

/** Asks for a token; calls `done` once it was taken. */
export function show(root, done) {
    const token = h("input", { type: "password", name: "token", autocomplete: "current-password", required: true });
    const fault = h("div");
    const submit = async (event) => {
        event.preventDefault();
        try {
            await logIn(token.value.trim());
            await done();
        } catch (problem) { fill(fault, trouble(problem)); }
    };
    root.append(h("form", { class: "login card", on: { submit } },
        h("h1", null, "Log in"), field("Token", token), fault, h("button", { class: "primary" }, "Log in"),
        h("p", { class: "quiet" }, "A token is made by ", h("code", null, "gateway token"), ".")));
    token.focus();
}
