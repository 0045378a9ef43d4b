// How the receivers do, what was sent to them, and what can be sent again.
import { h, fill } from "../dom.js";
import { get, getPage, post, url } from "../api.js";
import { age, every, timeOf } from "../time.js";
import { go } from "../router.js";
import { mayWrite } from "../session.js";
import { button, empty, field, incidentLink, section, select, state, toast, trouble } from "../ui.js";
import { replay } from "../actions.js";

const states = [["", "any"], ["pending"], ["held"], ["delivered"], ["dead"], ["superseded"]];

export function title() { return "Webhooks"; }

export async function show(root, place, signal) {
    const [cards, body, more, filters] = [h("div", { class: "columns" }), h("tbody"), h("div", { class: "row center" }), h("form", { class: "filters narrow", role: "search", "aria-label": "Filters" })];
    const list = h("table", { class: "stack" }, h("caption", { class: "hidden" }, "Deliveries, newest first"),
        h("thead", null, h("tr", null, ["Made", "Webhook", "What", "Incident", "State", "Tries"].map((text) =>
            h("th", { scope: "col", class: text === "Tries" ? "number" : null }, text)), h("td"))), body);
    root.append(h("h1", null, "Webhooks"), cards, section("Log", h("span", { class: "quiet" }, "newest first"), filters, h("div", { class: "scroll" }, list), more));
    let query = place.query;
    let webhooks = [];

    const loadCards = async () => {
        webhooks = await get("/api/webhooks", {}, signal);
        fill(cards, webhooks.length ? webhooks.map((webhook) => cardOf(webhook, load)) : empty("rules.yaml names no webhook."));
    };
    const showPage = (page, isFirst) => {
        const rows = page.items.map((delivery) => rowOf(delivery, load, signal));
        if (isFirst) fill(body, rows); else body.append(...rows.flat());
        list.hidden = !body.children.length;
        fill(more, !body.children.length && empty("Nothing was sent that matches."), page.next && button("More", async () => {
            showPage(await getPage(page.next, {}, signal), false);
        }));
    };
    const loadLog = async () => {
        try { showPage(await getPage("/api/deliveries", query, signal), true); } catch (problem) {
            if (!signal.aborted) { fill(body); list.hidden = true; fill(more, trouble(problem)); }
        }
    };
    const load = () => Promise.all([loadCards(), loadLog()]);

    await load();
    fill(filters, formOf(webhooks.map((webhook) => webhook.name), query));
    filters.addEventListener("change", () => go(["webhooks"], new URLSearchParams([...new FormData(filters)].filter(([, value]) => value)), { replace: true }));
    every(5000, () => loadCards().catch(() => {}), signal);
    // Whoever reads further down, or has a row open, is not to lose their place.
    every(5000, () => { if (scrollY < 200 && !body.querySelector("tr.more:not([hidden])") && body.children.length <= 100) loadLog(); }, signal);
    return async (next) => {
        query = next.query;
        for (const control of filters.elements) control.value = query.get(control.name) ?? "";
        await loadLog();
    };
}

function formOf(names, query) {
    const chosen = query.get("webhook") ?? "";
    const all = names.includes(chosen) || !chosen ? names : [...names, chosen];
    return [
        field("Webhook", select("webhook", [["", "any"], ...all.map((name) => [name])], chosen)),
        field("State", select("state", states, query.get("state") ?? "")),
    ];
}

function cardOf(webhook, load) {
    const counts = [[webhook.pending, "pending"], [webhook.held, "held"], [webhook.dead, "dead"]].filter(([count]) => count);
    const actions = mayWrite() && h("div", { class: "row" },
        button("Test", async () => {
            const { delivery } = await post(`/api/webhooks/${encodeURIComponent(webhook.name)}/test`);
            toast(`A trial is on its way to ${webhook.name}: delivery ${delivery}.`);
            await load();
        }, { class: "small", "aria-label": `Send a trial to ${webhook.name}` }),
        webhook.state === "disabled" && button("Enable", async () => {
            await post(`/api/webhooks/${encodeURIComponent(webhook.name)}/enable`);
            await load();
        }, { class: "small", "aria-label": `Send to ${webhook.name} again` }),
        webhook.dead > 0 && button("Replay dead", async () => {
            const { deliveries } = await post(url("/api/deliveries/replay", { webhook: webhook.name }));
            toast(`${deliveries ?? "All"} dead deliveries are sent again.`);
            await load();
        }, { class: "small", "aria-label": `Send the dead deliveries of ${webhook.name} again` }));
    const facts = [
        ["Last accepted", webhook.last_proven ? [age(webhook.last_proven), " ago"] : "never"],
        ["Waiting", counts.length ? counts.map(([count, text]) => `${count} ${text}`).join(", ") : "nothing"],
        webhook.failing_since && ["Failing for", age(webhook.failing_since)],
        webhook.drill && ["Drill", `every ${webhook.drill}`],
        webhook.storm_since && ["Storm", ["told by digests since ", timeOf(webhook.storm_since)]],
        webhook.fallback && ["Fallback", webhook.fallback_since ? [`${webhook.fallback} since `, timeOf(webhook.fallback_since)] : webhook.fallback],
    ].filter(Boolean);
    return h("section", { class: "card", "aria-label": webhook.name },
        h("div", { class: "head" }, h("h2", null, state(webhook.name, webhook.state), webhook.state !== "healthy" && h("span", { class: "quiet" }, ` ${webhook.state}`)), actions),
        h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)))),
        webhook.state !== "healthy" && h("p", { class: "why" }, webhook.disabled_why ?? webhook.last_error));
}

/** A delivery, and under it what was sent and answered, once somebody wants to see it. */
function rowOf(delivery, load, signal) {
    const details = h("td", { colspan: 7 });
    const hidden = h("tr", { class: "more", hidden: true }, details);
    const look = h("button", { type: "button", class: "small", "aria-expanded": "false", "aria-label": `Look into delivery ${delivery.id}` }, "Look");
    look.addEventListener("click", async () => {
        hidden.hidden = !hidden.hidden;
        look.setAttribute("aria-expanded", String(!hidden.hidden));
        if (hidden.hidden) return;
        try { fill(details, detailsOf(await get(`/api/deliveries/${delivery.id}`, {}, signal))); } catch (problem) { fill(details, trouble(problem)); }
    });
    const again = mayWrite() && ["delivered", "dead"].includes(delivery.state) &&
        button("Send again", async () => { await replay(delivery); await load(); }, { class: "small", "aria-label": `Send delivery ${delivery.id} again` });
    return [h("tr", null,
        h("td", { class: "fit quiet" }, timeOf(delivery.created_at)),
        h("td", null, delivery.webhook, h("span", { class: "quiet" }, ` ${delivery.sequence}`)),
        h("td", null, delivery.type),
        h("td", { class: "fit" }, delivery.incident ? incidentLink(delivery.incident) : "–"),
        h("td", { class: "fit" }, state(delivery.state), delivery.state === "pending" && delivery.tries > 0 && h("span", { class: "quiet" }, " next ", timeOf(delivery.due_at))),
        h("td", { class: "number fit" }, delivery.tries),
        h("td", { class: "fit" }, h("div", { class: "row end" }, again, look))), hidden];
}

function detailsOf(delivery) {
    const attempts = delivery.attempts.map((attempt) => h("li", null, h("span", { class: "quiet" }, timeOf(attempt.at), ` · ${attempt.duration_ms} ms · `),
        attempt.error ? h("span", { class: "why" }, attempt.error) : `answered ${attempt.status}`, attempt.answer && h("pre", null, attempt.answer)));
    return h("div", { class: "view" },
        h("div", null, h("h3", null, attempts.length ? "Attempts" : "No attempt yet"), h("ul", { class: "plain" }, attempts)),
        h("div", null, h("h3", null, "Body"), h("pre", { class: "well", tabindex: "0" }, pretty(delivery.body))),
        h("p", { class: "quiet" }, `webhook-id ${delivery.webhook_id}`));
}

/** JSON in lines, and anything else as it is. */
function pretty(text) {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}
