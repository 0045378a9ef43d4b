// Every machine at a glance, by one metric; and one machine, by all of them.
import { h, fill } from "../dom.js";
import { getPage } from "../api.js";
import { every } from "../time.js";
import { go, link } from "../router.js";
import { empty, field, number, section, select } from "../ui.js";
import { heatGrid } from "./heatgrid.js";
import * as machine from "./machine.js";

const pageLength = 1000;
const mostMachines = 20_000;
const listed = 50;

export function title(place) { return place.path[1] ?? "Machines"; }

export async function show(root, place, signal) {
    return place.path[1] === undefined ? overview(root, place, signal) : machine.show(root, place, signal);
}

async function overview(root, place, signal) {
    let { query } = place;
    let machines = [];
    const counts = h("p", { class: "counts" });
    const controls = h("form", { class: "filters narrow", role: "search", "aria-label": "Filters" });
    const body = h("tbody");
    const note = h("p", { class: "quiet" });
    const grid = heatGrid((found) => { location.hash = link(["machines", found.name]); });
    const head = h("tr");
    const list = h("table", { class: "stack" }, h("caption", { class: "hidden" }, "Machines, the highest value first"), h("thead", null, head), body);
    root.append(h("div", { class: "row title" }, h("h1", null, "Machines"), counts),
        section("By metric", null, controls, grid.element), section("Highest", note, h("div", { class: "scroll" }, list)));

    const draw = () => {
        const metrics = metricsOf(machines);
        const metric = metrics.includes(query.get("metric")) ? query.get("metric") : metrics[0];
        const shown = machines.filter(matcher(query.get("machine") ?? ""));
        fill(counts, h("span", null, h("b", null, number(shown.length)), shown.length === 1 ? " machine" : " machines"),
            h("span", { class: "count critical" }, ...alarm(shown)));
        if (!controls.elements.length) fill(controls, controlsOf(metrics, metric, query));
        grid.set(shown, metric);
        const highest = shown.filter((one) => one.values[metric] !== undefined).sort((a, b) => b.open_incidents - a.open_incidents || b.values[metric] - a.values[metric]);
        const columns = [metric, ...metrics.filter((name) => name !== metric)].filter(Boolean).slice(0, 6);
        fill(head, ["Machine", "Source", ...columns, "Open"].map((text, index) => h("th", { scope: "col", class: index > 1 ? "number" : null }, text)));
        fill(body, highest.slice(0, listed).map((one) => rowOf(one, columns)));
        fill(note, highest.length > listed ? `those with incidents first; ${listed} of ${number(highest.length)}` : "those with incidents first");
        list.hidden = !highest.length;
        if (!machines.length) fill(note, empty("No machine was seen yet."));
    };
    let pages = 1;
    const load = async () => {
        const found = [];
        let page = await getPage("/api/machines", { limit: pageLength }, signal);
        for (;;) {
            found.push(...page.items);
            if (page.next === null || found.length >= mostMachines) break;
            // Something is to be seen before all have come, but not each page by itself.
            if (!machines.length) { machines = [...found]; draw(); }
            page = await getPage(page.next, {}, signal);
        }
        machines = found;
        pages = Math.ceil(found.length / pageLength) || 1;
        draw();
    };
    const apply = () => go(["machines"], new URLSearchParams([...new FormData(controls)].filter(([, value]) => value)), { replace: true });
    controls.addEventListener("input", apply);
    controls.addEventListener("submit", (event) => event.preventDefault());
    await load();
    // The more there are to read, the more seldom: a page of them each ten seconds.
    let turn = 0;
    every(10_000, () => { turn += 1; if (turn % pages === 0) load().catch(() => {}); }, signal);
    return (next) => { query = next.query; draw(); };
}

function metricsOf(machines) {
    const counts = new Map();
    for (const one of machines) for (const name of Object.keys(one.values)) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || a.localeCompare(b));
}

function controlsOf(metrics, metric, query) {
    return [
        field("Metric", select("metric", metrics.map((name) => [name]), metric)),
        field("Machine", h("input", { name: "machine", type: "search", placeholder: "10.0.*", value: query.get("machine") ?? "", size: 14 })),
    ];
}

/** Whether a name fits a glob with `*` and `?`; a text without them is looked for anywhere in it. */
function matcher(text) {
    if (!text) return () => true;
    if (!/[*?]/.test(text)) return (one) => one.name.includes(text);
    const pattern = text.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
    const expression = new RegExp(`^${pattern}$`, "s");
    return (one) => expression.test(one.name);
}

function alarm(machines) {
    const count = machines.filter((one) => one.open_incidents).length;
    return count ? [h("b", null, number(count)), " with open incidents"] : [];
}

function rowOf(one, columns) {
    return h("tr", null,
        h("td", { class: "wide" }, h("a", { href: link(["machines", one.name]), class: "machine" }, one.name)),
        h("td", { class: "quiet" }, one.source),
        columns.map((name) => h("td", { class: "number fit", data: { name } }, number(one.values[name]))),
        h("td", { class: "number fit" }, one.open_incidents ? h("a", { class: "badge critical", href: link(["history"], { machine: one.name, status: "open,acknowledged" }) }, one.open_incidents) : "–"));
}
