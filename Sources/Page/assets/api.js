// The gateway's API: JSON in and out, problems as errors.

/** What the gateway says is wrong (RFC 9457). */
export class Problem extends Error {
    constructor(status, detail, rest = {}) {
        super(detail);
        Object.assign(this, { status, detail, ...rest });
    }
}

let whenLocked = () => {};

/** Calls `f` when the gateway wants to know who asks. */
export function onLocked(f) { whenLocked = f; }

/** A path with parameters, without those that are empty: "/api/incidents?limit=5". */
export function url(path, params = {}) {
    const entries = params instanceof URLSearchParams ? [...params] : Object.entries(params);
    const query = new URLSearchParams(entries.filter(([, value]) => value !== undefined && value !== null && value !== ""));
    return query.size ? `${path}?${query}` : path;
}

export async function get(path, params, signal) {
    return (await ask("GET", url(path, params), undefined, signal)).json();
}

/** A page of a list, and the URL of the next one, null at the end. */
export async function getPage(path, params, signal) {
    const response = await ask("GET", url(path, params), undefined, signal);
    const next = /<([^>]*)>; rel="next"/.exec(response.headers.get("link") ?? "");
    return { items: await response.json(), next: next?.[1] ?? null };
}

export async function post(path, body) { return answer(await ask("POST", path, body ?? {})); }

export async function put(path, body) { return answer(await ask("PUT", path, body ?? {})); }

export async function del(path) { return answer(await ask("DELETE", path)); }

async function answer(response) {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
}

async function ask(method, path, body, signal) {
    const response = await reach(path, {
        method, signal, credentials: "same-origin",
        headers: body === undefined ? {} : { "content-type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    if (response.status === 401 && path !== "/api/session") whenLocked();
    throw new Problem(response.status, problem.detail ?? `the gateway answered ${response.status}`, problem);
}

async function reach(path, options) {
    try {
        return await fetch(path, options);
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem(0, "the gateway cannot be reached");
    }
}
