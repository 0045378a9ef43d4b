// One machine: its metrics over time with its incidents marked, and what has happened to it.
import { h, fill } from "../dom.js";
import { get, getPage } from "../api.js";
import { listen } from "../events.js";
import { age, between, every, timeOf } from "../time.js";
import { go, link } from "../router.js";
import { lineChart } from "../chart.js";
import { empty, incidentLink, number, section, select, severity, state } from "../ui.js";

const spans = [["1h", "1 hour"], ["6h", "6 hours"], ["24h", "24 hours"], ["7d", "7 days"], ["30d", "30 days"]];
const lengths = { "1h": 3600e3, "6h": 21600e3, "24h": 86400e3, "7d": 7 * 86400e3, "30d": 30 * 86400e3 };

export async function show(root, place, signal) {
    const name = place.path[1];
    const path = `/api/machines/${encodeURIComponent(name)}`;
    const [reported, charts, history] = [h("p", { class: "quiet" }), h("div", { class: "view" }), h("div")];
    let { query } = place;
    const span = select("span", spans, chosen(query), { "aria-label": "Time span", on: { change: (event) => go(place.path, { span: event.target.value }, { replace: true }) } });
    root.append(h("div", { class: "row title" }, h("div", null, h("h1", { class: "machine" }, name), reported), span), charts, history);
    const drawn = new Map();

    const load = async () => {
        const [machine, rules, incidents, blind] = await Promise.all([
            get(path, {}, signal), get("/api/rules", {}, signal).catch(() => ({ rules: [] })),
            getPage("/api/incidents", { machine: literal(name), limit: 100 }, signal), get("/api/blind", { since: chosen(query), limit: 100 }, signal),
        ]);
        fill(reported, machine.reported.map((tenure, index) => [index > 0 && ", ", tenure.source, tenure.until ? [" until ", timeOf(tenure.until)] : [" since ", timeOf(tenure.since)]]));
        const to = Date.now();
        const from = to - lengths[chosen(query)];
        const wanted = machine.last.map((reading) => `${reading.source}\n${reading.metric}`);
        for (const key of [...drawn.keys()]) if (!wanted.includes(key)) drawn.delete(key);
        await Promise.all(machine.last.map(async (reading, index) => {
            const key = wanted[index];
            if (!drawn.has(key)) drawn.set(key, chartOf(reading, machine.last));
            const points = await get(`${path}/samples`, { metric: reading.metric, source: reading.source, since: iso(from), until: iso(to), points: 400 }, signal);
            drawn.get(key).show(reading, points, { from, to, name, rules: rules.rules, incidents: incidents.items, blind });
        }));
        if (charts.children.length !== drawn.size) fill(charts, drawn.size ? [...drawn.values()].map((one) => one.element) : empty("No sample of it is stored."));
        fill(history, historyOf(incidents.items, name, incidents.next));
    };
    listen(({ data }) => { if (data.incident.machine === name) load().catch(() => {}); }, signal);
    await load();
    every(10_000, () => load().catch(() => {}), signal);
    return (next) => { query = next.query; span.value = chosen(query); return load(); };
}

function chosen(query) { return lengths[query.get("span")] ? query.get("span") : "1h"; }

/** A name as a glob that fits nothing else. */
function literal(name) { return name.replace(/[*?]/g, "?"); }

function chartOf(reading, all) {
    const isAmbiguous = all.some((other) => other.metric === reading.metric && other.source !== reading.source);
    const value = h("span", { class: "quiet" });
    const chart = lineChart({ label: reading.metric, height: 180 });
    const name = isAmbiguous ? `${reading.metric} of ${reading.source}` : reading.metric;
    return {
        element: section(name, value, chart.element),
        show(now, points, context) {
            fill(value, h("b", null, number(now.value)), " ", age(now.at), " ago");
            const { from, to } = context;
            chart.set({
                label: `${name} of ${context.name}`, from: iso(from), to: iso(to), gap: gapOf(points, to - from),
                points: points.map((point) => point.value === undefined ? { ...point, value: point.mean } : point),
                lines: limits(context.rules, reading.metric), bands: bands(context, reading), marks: marks(context, reading),
            });
        },
    };
}

/** The thresholds of the rules on the metric. */
function limits(rules, metric) {
    return rules.filter((rule) => rule.metric === metric && ["above", "below", "outside"].includes(rule.condition) && isPlain(rule.aggregate))
        .flatMap((rule) => [].concat(rule.threshold).map((value) => ({ value, text: `${rule.name} ${number(value)}`, kind: "limit" })));
}

/** Whether an aggregate is in the unit of the samples. */
function isPlain(aggregate) { return !["rate", "sum", "forecast"].includes(aggregate); }

function bands({ incidents, blind, from, to }, reading) {
    const within = (start, end) => Date.parse(start) < to && (end === null || Date.parse(end) > from);
    const clip = (start, end) => ({ from: iso(Math.max(from, Date.parse(start))), to: iso(Math.min(to, end === null ? to : Date.parse(end))) });
    return [
        ...blind.filter((one) => (one.kind === "down" || one.subject === reading.source) && within(one.started_at, one.ended_at))
            .map((one) => ({ ...clip(one.started_at, one.ended_at), text: "Nothing was seen", kind: "blind" })),
        ...incidents.filter((one) => one.metric === reading.metric && within(one.opened_at, one.resolved_at))
            .map((one) => ({ ...clip(one.opened_at, one.resolved_at), text: `#${one.id} ${one.rule}`, kind: "open" })),
    ];
}

function marks({ incidents, from }, reading) {
    return incidents.filter((one) => one.metric === reading.metric && Date.parse(one.opened_at) >= from)
        .map((one) => ({ at: one.opened_at, text: `#${one.id} ${one.rule} opened`, kind: "open" }));
}

/** What breaks the line: a stretch with nothing in it, three times as long as usual. */
function gapOf(points, span) {
    if (points.length < 3) return Infinity;
    const steps = points.slice(1).map((point, index) => Date.parse(point.at) - Date.parse(points[index].at)).sort((a, b) => a - b);
    return Math.max(steps[Math.floor(steps.length / 2)] * 3, span / 100);
}

function historyOf(incidents, name, next) {
    const all = h("a", { href: link(["history"], { machine: literal(name) }) }, next ? "All of them" : "In the history");
    if (!incidents.length) return section("Incidents", null, empty("Nothing has happened to it."));
    return section("Incidents", all, h("table", { class: "stack" }, h("caption", { class: "hidden" }, "Incidents of the machine, newest first"),
        h("thead", null, h("tr", null, ["Opened", "Severity", "Incident", "Lasted", "State"].map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", null, incidents.slice(0, 20).map((one) => h("tr", null,
            h("td", { class: "fit quiet" }, timeOf(one.opened_at)), h("td", { class: "fit" }, severity(one.severity)),
            h("td", { class: "wide" }, h("strong", { class: "subject" }, incidentLink(one.id, one.rule)), " ", h("span", { class: "quiet" }, one.message)),
            h("td", { class: "fit" }, one.resolved_at ? between(one.opened_at, one.resolved_at) : age(one.opened_at)),
            h("td", { class: "fit" }, state(one.status)))))));
}

function iso(milliseconds) { return new Date(milliseconds).toISOString(); }
