// How the gateway's surroundings do: sources, webhooks, silences, and when nothing was seen.
import { h } from "../dom.js";
import { del } from "../api.js";
import { age, between, timeOf } from "../time.js";
import { mayWrite } from "../session.js";
import { link } from "../router.js";
import { button, empty, number, section, state } from "../ui.js";

/** How many refused records, and how many targets that fail, are shown of a source. */
const shownComplaints = 3;

/** Those that are not well first. */
function worstFirst(a, b) { return Number(a.state === "healthy") - Number(b.state === "healthy"); }

export function sourcesCard(sources) {
    return section("Sources", tally(sources), list([...sources].sort(worstFirst), (source) => [
        h("div", { class: "line" }, state(source.name, source.state), h("span", { class: "quiet" },
            source.state === "failing" ? ["failing for ", age(source.since)]
                : source.last_poll.refused ? `${source.last_poll.taken} taken, ${source.last_poll.refused} refused` : `${number(source.last_poll.taken)} machines`)),
        complaintsOf(source).map((text) => h("div", { class: "why" }, text)),
    ]));
}

/** What is wrong with a source, its targets, or the records of its last poll. */
function complaintsOf({ state, last_error: error, last_poll: poll, refusals, targets }) {
    const more = poll.refused - shownComplaints;
    const records = [...refusals.slice(0, shownComplaints), more > 0 && `and ${more} more are refused`];
    const failures = (targets?.failures ?? []).slice(0, shownComplaints).map((one) => `${one.target}: ${one.error}`);
    return [...(state === "failing" ? [error] : [...records, ...failures]), targets?.file_error].filter(Boolean);
}

export function webhooksCard(webhooks) {
    return section("Webhooks", tally(webhooks), list([...webhooks].sort(worstFirst), (webhook) => [
        h("div", { class: "line" }, h("a", { href: link(["webhooks"], { webhook: webhook.name }), class: "plain-link" }, state(webhook.name, webhook.state)),
            h("span", { class: "quiet" }, backlog(webhook))),
        webhook.state !== "healthy" && h("div", { class: "why" }, webhook.disabled_why ?? webhook.last_error),
    ]));
}

function backlog(webhook) {
    const parts = [[webhook.pending, "pending"], [webhook.held, "held"], [webhook.dead, "dead"]].filter(([count]) => count);
    if (parts.length) return parts.map(([count, text]) => `${count} ${text}`).join(", ");
    return webhook.last_proven ? ["accepted ", age(webhook.last_proven), " ago"] : "nothing sent yet";
}

export function silencesCard(silences, changed) {
    const active = silences.filter((silence) => silence.status === "active");
    if (!active.length) return null;
    return section("Silences", null, list(active, (silence) => [
        h("div", { class: "line" }, h("span", null, subject(silence)),
            mayWrite() && silence.id !== null && button("End", async () => { await del(`/api/silences/${silence.id}`); await changed(); },
                { class: "small", "aria-label": `End the silence of ${subject(silence)}` })),
        h("div", { class: "quiet" }, "until ", timeOf(silence.ends_at), silence.by && ` by ${silence.by}`, silence.reason && `: ${silence.reason}`),
    ]));
}

/** What a silence is of: "rule disk-*, machine 10.0.*". */
export function subject(silence) {
    const parts = ["rule", "machine", "severity", "source"].filter((key) => silence[key].length)
        .map((key) => `${key} ${silence[key].join(" or ")}`);
    return [...parts, ...Object.entries(silence.labels).map(([key, value]) => `${key}=${value}`)].join(", ") || "everything";
}

export function blindCard(intervals) {
    if (!intervals.length) return null;
    const who = { down: () => "The gateway was down", source: (subject) => `${subject} was not seen`, clock: () => "The clock was set" };
    return section("Blind", null, list(intervals, (interval) => [
        h("div", { class: "line" }, h("span", null, who[interval.kind](interval.subject)),
            h("span", { class: interval.ended_at ? "quiet" : "lasts" }, interval.ended_at
                ? between(interval.started_at, interval.ended_at) : ["for ", age(interval.started_at)])),
        h("div", { class: "quiet" }, "from ", timeOf(interval.started_at)),
    ]));
}

function tally(things) {
    const well = things.filter((thing) => thing.state === "healthy").length;
    return h("span", { class: "quiet" }, things.length ? `${well} of ${things.length} healthy` : "");
}

function list(things, write) {
    if (!things.length) return empty("There is none.");
    return h("ul", { class: "plain" }, things.map((thing) => h("li", null, write(thing))));
}
