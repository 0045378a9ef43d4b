// What is going on: everything that is open, as it changes, and how the gateway itself does.
import { h, fill, arrange } from "../dom.js";
import { get, getPage } from "../api.js";
import { listen } from "../events.js";
import { every } from "../time.js";
import { link } from "../router.js";
import { button, empty, section, trouble } from "../ui.js";
import { newsOf, order, rowOf, troubleOf } from "./openrows.js";
import { blindCard, silencesCard, sourcesCard, webhooksCard } from "./health.js";

const mostRows = 100;
const pageLength = 1000;
const mostPages = 20;

export function title() { return "Now"; }

export async function show(root, place, signal) {
    const open = new Map();
    const rows = new Map();
    let limit = mostRows;
    let hasMore = false;
    const counts = h("p", { class: "counts" });
    const own = h("div", { class: "own" });
    const body = h("tbody");
    const rest = h("div");
    const news = h("div", { class: "hidden", role: "status" });
    const side = h("aside", { class: "side-cards", "aria-label": "Health" });
    const list = h("table", { class: "stack open-list" }, h("caption", { class: "hidden" }, "Open incidents"),
        h("thead", null, h("tr", null, ["Severity", "Machine", "Incident", "Value", "Since", "State"].map((text) =>
            h("th", { scope: "col", class: text === "Value" ? "number" : null }, text)), h("td"))), body);
    const none = h("div", { hidden: true }, empty("Nothing is open."));
    root.append(h("div", { class: "row title" }, h("h1", null, "Now"), counts), own,
        h("div", { class: "with-side" }, h("div", { class: "card" }, list, none, rest), side), news);

    const draw = () => {
        const all = [...open.values()];
        const [troubles, watched] = [all.filter(isOwn), all.filter((incident) => !isOwn(incident)).sort(order)];
        arrange(body, watched.slice(0, limit).map((incident) => rowFor(rows, incident)));
        for (const id of rows.keys()) if (!open.has(id)) rows.delete(id);
        list.hidden = !watched.length;
        none.hidden = watched.length > 0;
        fill(counts, countsOf(watched, hasMore, troubles.length > 0));
        arrange(own, troubles.map((incident) => rowFor(rows, incident)));
        fill(rest, watched.length > limit && button(`Show all ${watched.length}`, () => { limit = Infinity; draw(); }),
            hasMore && h("a", { href: link(["history"], { status: "open,acknowledged" }) }, "All that are open"));
        document.title = `${watched.length ? `(${watched.length}) ` : ""}Now · Alert gateway`;
    };
    /** Reads what is open; the first page is shown while others come. */
    const load = async () => {
        let page = await getPage("/api/incidents", { status: "open,acknowledged", limit: pageLength }, signal);
        open.clear();
        for (let count = 1; ; count += 1) {
            for (const incident of page.items) open.set(incident.id, incident);
            hasMore = page.next !== null;
            draw();
            if (!hasMore || count === mostPages) return;
            page = await getPage(page.next, {}, signal);
        }
    };
    const loadSide = async () => {
        const paths = ["/api/sources", "/api/webhooks", "/api/silences", "/api/blind?limit=5"];
        const [sources, webhooks, silences, blind] = await Promise.all(paths.map((path) => get(path, {}, signal)));
        fill(side, sourcesCard(sources), webhooksCard(webhooks), silencesCard(silences, loadSide), blindCard(blind));
    };
    const quietly = (f) => f().catch((problem) => { if (!signal.aborted) fill(rest, trouble(problem)); });

    const arrived = gather((events) => {
        for (const { data: { incident } } of events) {
            if (incident.status === "resolved") open.delete(incident.id);
            else open.set(incident.id, incident);
        }
        draw();
        fill(news, newsOf(events));
        if (events.some(({ data: { incident } }) => isOwn(incident))) quietly(loadSide);
    });
    listen(arrived, signal);
    // Events tell of every change but that of the last value, which is worth no reading of many pages.
    every(15000, () => { if (open.size < pageLength) quietly(load); }, signal);
    every(10000, () => quietly(loadSide), signal);
    await Promise.all([load(), loadSide()]);
}

function isOwn(incident) { return incident.source === "gateway"; }

/** The row of an incident: the one that is there where the incident is as it was. */
function rowFor(rows, incident) {
    const text = JSON.stringify(incident);
    const known = rows.get(incident.id);
    if (known?.text === text) return known.row;
    const row = isOwn(incident) ? troubleOf(incident) : rowOf(incident);
    if (known?.row.contains(document.activeElement)) queueMicrotask(() => row.querySelector("a")?.focus());
    rows.set(incident.id, { text, row });
    return row;
}

/** Hands on what comes within one frame together: a storm is drawn once. */
function gather(f) {
    let events = [];
    return (event) => {
        if (events.push(event) > 1) return;
        setTimeout(() => { const all = events; events = []; f(all); }, 50);
    };
}

function countsOf(incidents, hasMore, isTroubled) {
    // A gateway in trouble cannot say so: it may not see what is wrong.
    if (!incidents.length) return isTroubled ? "" : h("span", { class: "calm" }, "all is well");
    const of = (test) => incidents.filter(test).length;
    const parts = ["critical", "warning", "info"].map((name) => [of((incident) => incident.severity === name), name, name]);
    parts.push([of((incident) => incident.status === "acknowledged"), "acknowledged", ""]);
    parts.push([of((incident) => incident.silenced_by), "silenced", ""]);
    return [h("span", null, h("b", null, `${incidents.length}${hasMore ? "+" : ""}`), " open"),
        parts.filter(([count]) => count).map(([count, text, kind]) => h("span", { class: `count ${kind}` }, h("b", null, count), ` ${text}`))];
}
