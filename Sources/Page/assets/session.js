// Who looks at the page, and what they may do.
import { get, post, del } from "./api.js";

/** `open`: no token is asked for. `role`: "read" or "write". */
export const session = { name: "", role: "read", open: false };

/** Finds out who is logged in; false when nobody is and somebody must be. */
export async function load() {
    try {
        Object.assign(session, await get("/api/session"));
    } catch (problem) {
        // A gateway without log-ins lets everybody in.
        if (problem.status === 404) Object.assign(session, { name: "", role: "write", open: true });
        else if (problem.status === 401) return false;
        else throw problem;
    }
    return true;
}

export async function logIn(token) { Object.assign(session, await post("/api/session", { token })); }

export async function logOut() {
    await del("/api/session");
    Object.assign(session, { name: "", role: "read", open: false });
}

export function mayWrite() { return session.role === "write"; }

/** The name under which somebody acts where no log-in says it: the one given last. */
export function actor() { return localStorage.getItem("actor") ?? ""; }

/** Whether it is known who acts, so that nobody is asked. */
export function isKnown() { return Boolean(session.name || actor()); }

/** The name to send with what is done; none where somebody is logged in, for whom the gateway signs. */
export function signature() { return session.name ? undefined : actor() || undefined; }

export function rememberActor(name) { localStorage.setItem("actor", name); }
