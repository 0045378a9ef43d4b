// Open incidents as rows of a list.
import { h } from "../dom.js";
import { age, withTimes } from "../time.js";
import { mayWrite } from "../session.js";
import { acknowledge, silence } from "../actions.js";
import { button, incidentLink, machineLink, number, severity } from "../ui.js";

const ranks = { critical: 0, warning: 1, info: 2 };

/** The worst first; what somebody takes care of, or what is silenced, after the rest; the newest first. */
export function order(a, b) {
    return isCared(a) - isCared(b) || ranks[a.severity] - ranks[b.severity] || b.id - a.id;
}

function isCared(incident) { return Number(incident.status === "acknowledged" || Boolean(incident.silenced_by)); }

function isFresh(incident) { return Date.now() - Date.parse(incident.opened_at) < 5000; }

export function rowOf(incident) {
    const actions = mayWrite() && h("div", { class: "row end" },
        incident.status === "open" && button("Acknowledge", () => acknowledge(incident), { class: "small", "aria-label": `Acknowledge #${incident.id}` }),
        !incident.silenced_by && button("Silence", () => silence(incident), { class: "small", "aria-label": `Silence #${incident.id}` }));
    return h("tr", { class: isCared(incident) ? "cared" : isFresh(incident) ? "arrived" : null, data: { incident: incident.id } },
        h("td", { class: "fit" }, severity(incident.severity)),
        h("td", null, machineLink(incident.machine)),
        h("td", { class: "wide" }, h("strong", { class: "subject" }, incidentLink(incident.id, incident.rule)), h("div", { class: "quiet" }, incident.message)),
        h("td", { class: "number fit" }, number(incident.last_value)),
        h("td", { class: "fit quiet" }, age(incident.opened_at)),
        h("td", { class: "standing" }, standing(incident)), h("td", { class: "fit" }, actions));
}

/** Trouble of the gateway's own. */
export function troubleOf(incident) {
    return h("div", { class: `own-trouble ${incident.severity}`, data: { incident: incident.id } },
        severity(incident.severity), h("span", { class: "grow" }, h("strong", { class: "subject" }, incidentLink(incident.id, incident.rule)), " ", withTimes(incident.message)),
        incident.acknowledged_by && h("span", { class: "quiet" }, `acknowledged by ${incident.acknowledged_by}`),
        h("span", { class: "quiet" }, age(incident.opened_at)),
        mayWrite() && incident.status === "open" &&
            button("Acknowledge", () => acknowledge(incident), { class: "small", "aria-label": `Acknowledge #${incident.id}` }));
}

/** Who takes care, and what holds it back. */
export function standing(incident) {
    const holds = (incident.held_by ?? []).filter((hold) => hold !== incident.silenced_by);
    return [
        incident.status === "acknowledged" && h("div", null, incident.acknowledged_by ? `acknowledged by ${incident.acknowledged_by}` : "acknowledged"),
        incident.silenced_by && h("div", null, `silenced by ${incident.silenced_by}`),
        incident.untold && holds.length > 0 && h("div", null, `held back by ${holds.join(", ")}`),
    ];
}

/** What has just happened, in words for who listens. */
export function newsOf(events) {
    const words = { "incident.opened": "opened", "incident.reminder": "still open", "incident.acknowledged": "acknowledged", "incident.resolved": "resolved" };
    if (events.length > 3) return `${events.length} incidents have changed`;
    return events.map(({ type, data: { incident } }) => `${incident.severity}: ${incident.rule} on ${incident.machine} ${words[type]}. `);
}
