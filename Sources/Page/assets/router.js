// Where in the page one is: "#/history?severity=critical". It lies behind the '#', so that the gateway serves one file
// and each place can be reloaded, linked to and gone back to.

/** The place: its segments, decoded, and its parameters. */
export function here() {
    const [path, query] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
    return {
        path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query ?? ""),
    };
}

/** The link to a place: `link(["machines", name], {metric: "cpu"})`. */
export function link(path, params = {}) {
    const entries = params instanceof URLSearchParams ? [...params] : Object.entries(params);
    const query = new URLSearchParams(entries.filter(([, value]) => value !== undefined && value !== null && value !== ""));
    return `#/${path.map(encodeURIComponent).join("/")}${query.size ? `?${query}` : ""}`;
}

/** Goes to a place; `replace` leaves none behind to go back to. */
export function go(path, params, { replace = false } = {}) {
    const target = link(path, params);
    if (target === location.hash) return;
    if (!replace) {
        location.hash = target;
        return;
    }
    history.replaceState(null, "", target);
    dispatchEvent(new HashChangeEvent("hashchange"));
}

function decode(segment) {
    try { return decodeURIComponent(segment); } catch { return segment; }
}
