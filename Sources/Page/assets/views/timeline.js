// What happened to an incident, in order: its events, what people said, and each delivery with the answers to it.
import { h } from "../dom.js";
import { stamp, timeOf } from "../time.js";
import { mayWrite } from "../session.js";
import { replay } from "../actions.js";
import { button, state } from "../ui.js";

const words = {
    "incident.opened": "Opened", "incident.reminder": "Reminder: still open", "incident.acknowledged": "Acknowledged",
    "incident.resolved": "Resolved", acknowledge: "acknowledged", resolve: "resolved", note: "noted",
};

export function timeline(incident, changed) {
    const entries = [
        ...incident.events.map((event) => [event.at, 0, eventOf(event)]),
        ...incident.notes.map((remark) => [remark.at, 1, remarkOf(remark)]),
        ...incident.deliveries.map((delivery) => [delivery.created_at, 2, deliveryOf(delivery, changed)]),
    ];
    entries.sort(([a, i], [b, j]) => a.localeCompare(b) || i - j);
    return h("ol", { class: "timeline" }, entries.map(([at, , [kind, ...content]]) =>
        h("li", { class: kind }, h("span", { class: "at quiet" }, timeOf(at)), h("div", { class: "what" }, content))));
}

function eventOf(event) {
    const kind = { "incident.opened": "open", "incident.resolved": "end" }[event.type] ?? "event";
    return [kind, h("strong", null, words[event.type] ?? event.type), event.note && h("div", { class: "quiet" }, event.note)];
}

function remarkOf(remark) {
    return ["note", h("div", null, h("strong", null, remark.by ?? "Somebody"), ` ${words[remark.action] ?? remark.action}`),
        remark.note && h("blockquote", null, remark.note)];
}

function deliveryOf(delivery, changed) {
    const again = mayWrite() && ["delivered", "dead"].includes(delivery.state) &&
        button("Send again", async () => { await replay(delivery); await changed(); },
            { class: "small", "aria-label": `Send delivery ${delivery.id} to ${delivery.webhook} again` });
    return ["delivery",
        h("div", { class: "line" }, h("span", { class: "row" }, state(delivery.webhook, delivery.state), h("span", { class: "quiet" }, account(delivery))), again),
        delivery.attempts.length > 0 && (delivery.state !== "delivered" || delivery.attempts.length > 1) && attemptsOf(delivery)];
}

/** `opened: delivered in 4 ms (204)`. */
function account(delivery) {
    const last = delivery.attempts.at(-1);
    const what = delivery.type.replace("incident.", "");
    if (delivery.state === "delivered") return `${what}: delivered, answered ${last?.status ?? "?"} in ${last?.duration_ms ?? "?"} ms`;
    if (delivery.state === "pending") return delivery.tries ? `${what}: the next attempt is due at ${stamp(delivery.due_at)}` : `${what}: on its way`;
    if (delivery.state === "dead") return `${what}: given up after ${delivery.tries} attempts`;
    if (delivery.state === "superseded") return `${what}: not sent, a later delivery says it`;
    return `${what}: waits for the next digest`;
}

function attemptsOf(delivery) {
    const count = delivery.attempts.length;
    return h("details", null, h("summary", null, `${count} attempt${count === 1 ? "" : "s"}`),
        h("ul", { class: "plain" }, delivery.attempts.map((attempt) => h("li", null,
            h("span", { class: "quiet" }, timeOf(attempt.at), ` · ${attempt.duration_ms} ms · `),
            attempt.error ? h("span", { class: "why" }, attempt.error) : `answered ${attempt.status}`,
            attempt.answer && !attempt.error?.includes(attempt.answer) && h("pre", null, attempt.answer)))));
}
