// One incident: what was measured, what happened, who was told, and why.
import { h, fill } from "../dom.js";
import { get } from "../api.js";
import { listen } from "../events.js";
import { age, between, every, timeOf, withTimes } from "../time.js";
import { link } from "../router.js";
import { mayWrite } from "../session.js";
import { acknowledge, note, resolve, silence } from "../actions.js";
import { button, machineLink, number, section, severity, state } from "../ui.js";
import { standing } from "./openrows.js";
import { sampleChart } from "./samplechart.js";
import { timeline } from "./timeline.js";

export function title(place) { return `Incident ${place.path[1] ?? ""}`; }

export async function show(root, place, signal) {
    const path = `/api/incidents/${encodeURIComponent(place.path[1] ?? "")}`;
    const [head, story, why] = [h("div", { class: "card" }), h("div"), h("div")];
    let incident = await get(path, {}, signal);
    const isOwn = incident.source === "gateway";
    const chart = isOwn ? null : sampleChart();
    fill(root, head, chart && section("Samples", chart.note, chart.element), isOwn ? story : h("div", { class: "with-why" }, story, why));

    const draw = async () => {
        document.title = `#${incident.id} ${incident.rule} on ${incident.machine} · Alert gateway`;
        fill(head, headOf(incident, load));
        fill(story, section("Timeline", null, timeline(incident, load)));
        if (isOwn) return;
        const explained = await explanations(incident, signal);
        fill(why, whyOf(explained));
        await chart.show(incident, explained[0], signal);
    };
    const load = async () => {
        incident = await get(path, {}, signal);
        await draw();
    };
    const quietly = () => load().catch(() => {});
    // The reply of a receiver makes no event; it is there soon after one.
    listen(({ data }) => { if (data.incident.id === incident.id) { quietly(); setTimeout(quietly, 1500); } }, signal);
    every(5000, () => { if (incident.status !== "resolved") quietly(); }, signal);
    await draw();
}

function headOf(incident, load) {
    const then = (act) => async () => { await act(incident); await load(); };
    const actions = mayWrite() && h("div", { class: "row" },
        incident.status === "open" && button("Acknowledge", then(acknowledge), { class: "primary" }),
        incident.status !== "resolved" && button("Silence", then(silence)),
        button("Note", then(note)),
        incident.status !== "resolved" && button("Resolve", then(resolve)));
    return [
        h("div", { class: "row title" }, h("h1", null, incident.rule, h("span", { class: "quiet" }, " on "), incident.source === "gateway" ? incident.machine : machineLink(incident.machine), h("span", { class: "quiet serial" }, `#${incident.id}`)), actions),
        h("p", { class: "row lead" }, severity(incident.severity), state(incident.status), h("span", null, withTimes(incident.resolved_message ?? incident.message))),
        h("dl", { class: "facts" }, facts(incident).filter(([, value]) => value).map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)))),
    ];
}

function facts(incident) {
    const holds = standing(incident).some(Boolean) && standing(incident);
    const labels = Object.entries(incident.labels).map(([key, value]) => h("a", { class: "badge", href: link(["history"], { [`label.${key}`]: value }) }, `${key}=${value}`));
    const isOwn = incident.source === "gateway";
    return [
        ["Opened", timeOf(incident.opened_at)],
        incident.resolved_at ? ["Lasted", between(incident.opened_at, incident.resolved_at)] : ["For", age(incident.opened_at)],
        ["Ended", incident.resolved_at && [timeOf(incident.resolved_at), ` ${incident.resolution}`]],
        ["Value", !isOwn && `${number(incident.value)} at opening, peak ${number(incident.peak)}, last ${number(incident.last_value)}`],
        ["Condition", !isOwn && `${incident.aggregate} of ${incident.metric} ${incident.condition} ${[].concat(incident.threshold).map(number).join(" to ")}`],
        ["Told in", toldIn(incident.timing)],
        ["State", holds],
        ["Source", !isOwn && incident.source],
        ["Rules", incident.rules_version > 0 && h("a", { href: link(["rules"], { version: incident.rules_version }) }, `version ${incident.rules_version}`)],
        ["Runbook", runbook(incident.runbook)],
        ["Labels", labels.length > 0 && h("span", { class: "row" }, labels)],
    ];
}

/** A runbook is a link where it is one of the web, and text where it is anything else. */
function runbook(text) {
    if (!text) return null;
    return /^https?:\/\//.test(text) ? h("a", { href: text, rel: "noreferrer", target: "_blank" }, text) : text;
}

/** How long it took from the sample to the receiver's answer. */
function toldIn(timing) {
    if (!timing.sampled_at || !timing.accepted_at) return null;
    const taken = Date.parse(timing.accepted_at) - Date.parse(timing.sampled_at);
    return taken < 1000 ? `${taken} ms` : between(timing.sampled_at, timing.accepted_at);
}

/** What the rule said when the incident opened, and what it says now where that still matters. */
async function explanations(incident, signal) {
    const ask = (at) => get("/api/explain", { machine: incident.machine, rule: incident.rule, source: incident.source, at }, signal)
        .catch((problem) => { if (problem.name === "AbortError") throw problem; return { reason: problem.message }; });
    return Promise.all([ask(incident.opened_at), incident.status === "resolved" ? null : ask()]);
}

function whyOf([opening, now]) {
    const line = opening.line && [", ", h("a", { href: link(["rules"], { version: opening.rules_version, line: opening.line }) }, `line ${opening.line}`), ` of version ${opening.rules_version}`];
    return section("Why", null, h("dl", { class: "why-list" },
        h("dt", null, "At the opening"), h("dd", null, withTimes(opening.reason), line),
        now && [h("dt", null, "Now"), h("dd", null, withTimes(now.reason))],
        opening.recipients && [h("dt", null, "Told"), h("dd", null, opening.recipients.join(", ") || "no webhook is for it")],
        opening.push?.filter((text) => text.includes("held back")).map((text) => h("dd", null, withTimes(text)))));
}
