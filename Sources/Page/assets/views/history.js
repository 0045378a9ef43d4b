// What happened, and whether it gets better. The filters are part of the URL.
import { h, fill } from "../dom.js";
import { get, getPage, url } from "../api.js";
import { between, length, timeOf } from "../time.js";
import { go, link } from "../router.js";
import { lineChart } from "../chart.js";
import { lengthTicks } from "../scale.js";
import { button, empty, field, incidentLink, machineLink, number, section, select, severity, state, trouble } from "../ui.js";
import { calendar } from "./calendar.js";

const spans = [["", "any time"], ["24h", "24 hours"], ["7d", "7 days"], ["30d", "30 days"], ["90d", "90 days"], ["365d", "a year"]];
const pause = 300;

export function title() { return "History"; }

export async function show(root, place, signal) {
    const [summary, chips, body, more, exports] = [h("div", { class: "view" }), h("div", { class: "row" }), h("tbody"), h("div", { class: "row center" }), h("span", { class: "row" })];
    const filters = form(place.query);
    const list = h("table", { class: "stack" }, h("caption", { class: "hidden" }, "Incidents, newest first"),
        h("thead", null, h("tr", null, ["Opened", "Severity", "Machine", "Incident", "Peak", "Lasted", "State"].map((text) =>
            h("th", { scope: "col", class: text === "Peak" ? "number" : null }, text)))), body);
    const noisiest = h("aside", { class: "side-cards", "aria-label": "Noisiest" });
    root.append(h("h1", null, "History"), summary, h("div", { class: "with-side" },
        section("Incidents", exports, filters, chips, h("div", { class: "scroll" }, list), more), noisiest));
    let latest = new AbortController();

    const showPage = (page, isFirst, within) => {
        const rows = page.items.map(rowOf);
        if (isFirst) fill(body, rows); else body.append(...rows);
        list.hidden = !body.children.length;
        fill(more, !body.children.length && empty("No incident matches."), page.next && button("More", async () => {
            showPage(await getPage(page.next, {}, within), false, within);
            rows.at(-1)?.nextElementSibling?.querySelector("a")?.focus();
        }));
    };
    const update = async ({ query }) => {
        latest.abort();
        latest = new AbortController();
        const within = AbortSignal.any([signal, latest.signal]);
        fill(chips, chipsOf(query));
        fill(exports, exportLinks(query));
        for (const control of filters.elements) if (control.name && control !== document.activeElement) put(control, query.get(control.name) ?? "");
        try { showPage(await getPage("/api/incidents", query, within), true, within); } catch (problem) {
            if (!within.aborted) { fill(body); list.hidden = true; fill(more, trouble(problem)); }
        }
    };
    await Promise.all([update(place), showSummary(summary, noisiest, signal)]);
    return update;
}

/** The filters; a change of one is a change of the URL. */
function form(query) {
    const input = (name, placeholder, type = "search") => h("input", { name, placeholder, type, value: query.get(name) ?? "", size: 14 });
    const apply = () => {
        const params = new URLSearchParams([...new FormData(element)].filter(([, value]) => value));
        const rest = [...current()].filter(([name]) => !element.elements[name]);
        for (const [name, value] of rest) params.append(name, value);
        go(["history"], params, { replace: true });
    };
    let timer = 0;
    const soon = () => { clearTimeout(timer); timer = setTimeout(apply, pause); };
    const element = h("form", { class: "filters", role: "search", "aria-label": "Filters", on: { input: soon, submit: (event) => { event.preventDefault(); apply(); } } },
        field("Words", input("q", "message, note, …")),
        field("State", select("status", [["", "any"], ["open", "open"], ["acknowledged", "acknowledged"], ["open,acknowledged", "not resolved"], ["resolved", "resolved"]], query.get("status") ?? "")),
        field("Severity", select("severity", [["", "any"], ["critical"], ["warning"], ["info"]], query.get("severity") ?? "")),
        field("Rule", input("rule", "cpu-high")), field("Machine", input("machine", "10.0.*")),
        field("Opened within", select("since", spans, query.get("since") ?? "")));
    return element;
}

/** Shows a value; one that a list of choices has not, such as a date in a link, becomes one of them. */
function put(control, value) {
    if (control.options && ![...control.options].some((option) => option.value === value)) control.append(h("option", { value }, value));
    control.value = value;
}

/** The parameters as they are in the URL now. */
function current() { return new URLSearchParams(location.hash.split("?")[1] ?? ""); }

/** What the form does not show: labels, a day, a source, a metric; each with a way out. */
function chipsOf(query) {
    const shownByForm = new Set(["q", "status", "severity", "rule", "machine", "since"]);
    const extra = [...query].filter(([name]) => !shownByForm.has(name));
    return extra.map(([name, value]) => {
        const rest = new URLSearchParams([...query].filter(([other]) => other !== name));
        return h("a", { class: "chip", href: link(["history"], rest), "aria-label": `Without ${name} ${value}` }, `${name} ${value}`, h("span", { "aria-hidden": "true" }, " ×"));
    });
}

function exportLinks(query) {
    const links = [["csv", "CSV"], ["ndjson", "NDJSON"]].map(([format, text]) => h("a", {
        href: url("/api/incidents", new URLSearchParams([...query, ["format", format]])), download: `incidents.${format}`,
    }, text));
    return [h("span", { class: "quiet" }, "All that match as"), links];
}

function rowOf(incident) {
    return h("tr", null,
        h("td", { class: "fit quiet" }, timeOf(incident.opened_at)),
        h("td", { class: "fit" }, severity(incident.severity)),
        h("td", null, incident.source === "gateway" ? incident.machine : machineLink(incident.machine)),
        h("td", { class: "wide" }, h("strong", { class: "subject" }, incidentLink(incident.id, incident.rule)), " ", h("span", { class: "quiet" }, incident.message)),
        h("td", { class: "number fit" }, number(incident.peak)),
        h("td", { class: "fit" }, incident.resolved_at ? between(incident.opened_at, incident.resolved_at) : "–"),
        h("td", { class: "fit" }, state(incident.status), incident.resolution && incident.resolution !== "recovered" && h("span", { class: "quiet" }, ` ${incident.resolution}`)));
}

/** The last 30 days in numbers, the year as a calendar, and whether incidents end sooner. */
async function showSummary(root, noisiest, signal) {
    const [month, year] = await Promise.all(["30d", "365d"].map((since) => get("/api/stats", { since }, signal)));
    if (!year.total) return;
    const trend = lineChart({ label: "Mean time to resolve, by day", height: 112, zero: true, show: length, ticks: lengthTicks, gap: 5 * 86_400_000 });
    const points = year.days.filter((day) => day.mean_time_to_resolve_s !== null).slice(-90)
        .map((day) => ({ at: `${day.date}T12:00:00Z`, value: day.mean_time_to_resolve_s }));
    // A week at least: along less, an axis tells of hours.
    const from = points.length && Math.min(Date.parse(points[0].at), Date.parse(points.at(-1).at) - 7 * 86_400_000);
    trend.set({ points, from: from && new Date(from).toISOString() });
    fill(root,
        h("dl", { class: "tiles" }, tiles(month).map(([name, value, extra]) => h("div", { class: "card" }, h("dt", null, name), h("dd", null, h("b", null, value), extra && h("span", { class: "quiet" }, ` ${extra}`))))),
        h("div", { class: "columns wide-first" },
            section("By day", h("span", { class: "quiet" }, "opened, days in UTC"), calendar(year.days, (date) => ({ since: date, until: dayAfter(date) }))),
            section("Mean time to resolve", h("span", { class: "quiet" }, "by day of opening"), trend.element)));
    fill(noisiest,
        section("Noisiest rules", h("span", { class: "quiet" }, "30 days"), bars(month.rules, (name) => ({ rule: name, since: "30d" }))),
        section("Noisiest machines", h("span", { class: "quiet" }, "30 days"), bars(month.machines, (name) => ({ machine: name, since: "30d" }))));
}

function tiles(stats) {
    const time = (seconds) => seconds === null ? "–" : length(seconds);
    return [
        ["Opened in 30 days", number(stats.total), `${number(stats.by_severity.critical)} critical`],
        ["To acknowledge", time(stats.time_to_acknowledge.p50_s), `median of ${number(stats.time_to_acknowledge.count)}`],
        ["To resolve", time(stats.time_to_resolve.p50_s), `median of ${number(stats.time_to_resolve.count)}`],
        ["95 % resolved within", time(stats.time_to_resolve.p95_s)],
    ];
}

function bars(counts, place) {
    if (!counts.length) return empty("There is none.");
    const most = counts[0].incidents;
    return h("ol", { class: "bars" }, counts.slice(0, 5).map(({ name, incidents }) => h("li", null,
        h("a", { href: link(["history"], place(name)) }, name), h("span", { class: "number" }, number(incidents)),
        h("span", { class: "track" }, h("span", { style: { width: `${(100 * incidents) / most}%` } })))));
}

function dayAfter(date) { return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10); }
