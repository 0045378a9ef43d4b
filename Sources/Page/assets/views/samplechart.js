// The samples around an incident, with its window and its threshold.
import { h, fill } from "../dom.js";
import { get } from "../api.js";
import { lineChart } from "../chart.js";
import { number } from "../ui.js";

/** The most samples that are drawn one by one. */
const mostSamples = 600;

/** Gives {element, note, show(incident, explanation, signal)}. */
export function sampleChart() {
    const chart = lineChart({ label: "Samples", height: 260 });
    const note = h("span", { class: "quiet" });
    return {
        element: chart.element, note,
        async show(incident, explanation, signal) {
            const span = spanOf(incident);
            const points = await samples(incident, span, signal);
            fill(note, `${incident.aggregate} of ${incident.metric} over the last ${windowText(incident.window)}`);
            chart.set({
                label: `${incident.metric} of ${incident.machine} around incident ${incident.id}`,
                points, from: span.from, to: span.to, lines: levels(incident, explanation), bands: bands(incident),
                marks: marks(incident),
            });
        },
    };
}

function windowText(window) { return window === 1 ? "sample" : typeof window === "number" ? `${window} samples` : window; }

/** The time to draw: the incident, and as much before and after as shows what was usual. */
function spanOf(incident) {
    const first = Date.parse(incident.evidence[0]?.at ?? incident.opened_at);
    const opened = Date.parse(incident.opened_at);
    const end = incident.resolved_at ? Date.parse(incident.resolved_at) : Date.now();
    const margin = Math.max((opened - first) * 4, (end - opened) * 0.25, 20_000);
    const count = Math.max(1, incident.evidence.length - 1);
    const interval = Math.max(1, (opened - first) / count || 1000);
    const to = incident.resolved_at ? Math.min(Date.now(), end + margin) : end;
    return { from: iso(first - margin), to: iso(to), expected: (to - first + margin) / interval };
}

async function samples(incident, { from, to, expected }, signal) {
    const path = `/api/machines/${encodeURIComponent(incident.machine)}/samples`;
    const question = { metric: incident.metric, source: incident.source, since: from, until: to };
    if (expected > mostSamples) question.points = 400;
    const found = await get(path, question, signal);
    const evidence = new Set(incident.evidence.map((sample) => sample.at));
    return found.map((point) => point.value === undefined ? { ...point, value: point.mean }
        : { ...point, kind: evidence.has(point.at) ? "breach" : undefined });
}

function levels(incident, explanation) {
    const limits = [].concat(incident.threshold).map((value) => ({ value, text: `${incident.condition} ${number(value)}`, kind: "limit" }));
    const clears = [].concat(explanation?.clear ?? []).filter((value) => !limits.some((limit) => limit.value === value));
    return [...limits, ...clears.map((value) => ({ value, text: `clear ${number(value)}`, kind: "clear" }))];
}

function bands(incident) {
    const [first, last] = [incident.evidence[0], incident.evidence.at(-1)];
    return [
        first && { from: first.at, to: last.at, text: "The window that opened the incident" },
        { from: incident.opened_at, to: incident.resolved_at ?? iso(Date.now()), text: "Open", kind: "open" },
    ].filter(Boolean);
}

function marks(incident) {
    const kinds = { "incident.opened": ["opened", "open"], "incident.acknowledged": ["acknowledged", "note"], "incident.resolved": ["resolved", "end"] };
    return incident.events.filter((event) => kinds[event.type])
        .map((event) => ({ at: event.at, text: kinds[event.type][0], kind: kinds[event.type][1] }));
}

function iso(milliseconds) { return new Date(milliseconds).toISOString(); }
