// What people do about incidents and deliveries.
import { h } from "./dom.js";
import { post } from "./api.js";
import { actor, isKnown, rememberActor, session, signature } from "./session.js";
import { ask, field, select, toast } from "./ui.js";

const spans = [["1h", "1 hour"], ["4h", "4 hours"], ["1d", "1 day"], ["7d", "7 days"]];

/** Acknowledges at once where it is known who acts, and asks first where it is not. */
export async function acknowledge(incident) {
    const act = (by) => post(`/api/incidents/${incident.id}/acknowledge`, { by });
    if (isKnown()) return act(signature());
    return ask(`Acknowledge #${incident.id}`, "Acknowledge", [who()], (form) => act(remember(form)));
}

export function resolve(incident) {
    return ask(`Resolve #${incident.id} by hand`, "Resolve",
        [h("p", { class: "quiet" }, "It opens again only after its value was back within the threshold."), who(), words("note", "Note")],
        (form) => post(`/api/incidents/${incident.id}/resolve`, said(form)));
}

export function note(incident) {
    return ask(`Note on #${incident.id}`, "Keep", [who(), words("note", "Note", true)],
        (form) => post(`/api/incidents/${incident.id}/notes`, said(form)));
}

export function silence(incident) {
    const scopes = {
        both: [`${incident.rule} on ${incident.machine}`, { rule: incident.rule, machine: incident.machine }],
        machine: [`Everything on ${incident.machine}`, { machine: incident.machine }],
        rule: [`${incident.rule} on every machine`, { rule: incident.rule }],
    };
    return ask("Silence", "Silence", [
        field("What", select("scope", Object.entries(scopes).map(([key, [text]]) => [key, text]), "both")),
        field("For", select("span", spans, "1h")), who(), words("reason", "Reason"),
    ], async (form) => {
        const { by } = said(form);
        const reason = form.get("reason").trim() || undefined;
        await post("/api/silences", { ...scopes[form.get("scope")][1], ends_at: form.get("span"), by, reason });
        toast("Silenced. It is recorded, and nobody is told until the silence ends.");
    });
}

export async function replay(delivery) {
    await post(`/api/deliveries/${delivery.id}/replay`);
    toast(`Sent again to ${delivery.webhook}, with the same id.`);
}

/** The field for who acts; none where the log-in says it. */
function who() {
    if (session.name) return null;
    return field("Your name", h("input", { name: "by", value: actor(), maxlength: 100, autocomplete: "nickname" }));
}

function words(name, label, required = false) {
    return field(label, h("input", { name, maxlength: 4000, required, autocomplete: "off" }));
}

function said(form) {
    return { by: remember(form), note: form.get("note")?.trim() || undefined };
}

function remember(form) {
    const name = form.get("by")?.trim();
    if (name) rememberActor(name);
    return name || undefined;
}
