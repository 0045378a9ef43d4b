// What an edit would have meant: the stored samples through the rules in force and through the edited ones, and how
// many incidents each threshold of one rule would have given.
import { h, fill } from "../dom.js";
import { post } from "../api.js";
import { between, timeOf } from "../time.js";
import { button, empty, field, machineLink, number, section, select, severity, trouble } from "../ui.js";
import { thresholdIn, withThreshold } from "./threshold.js";
import { sweepChart } from "./sweepchart.js";

const spans = [["1h", "1 hour"], ["6h", "6 hours"], ["24h", "24 hours"], ["7d", "7 days"], ["30d", "30 days"]];
const listed = 10;

/** `draft()` gives the edited text, `write(text)` puts another in its place. Gives {element, set({rules, isRight, isChanged})}. */
export function backtestPanel({ draft, write }) {
    const result = h("div", { class: "trial", role: "status" });
    const span = select("span", spans, "24h", { "aria-label": "How far back" });
    const run = button("Backtest the edit", async () => {
        fill(result, h("p", { class: "quiet" }, "Replaying the stored samples…"));
        try { fill(result, report(await post("/api/backtest", { text: draft(), since: span.value }))); } catch (problem) { fill(result, trouble(problem)); }
    });
    const slider = thresholdSlider({ draft, write, span });
    const element = section("Backtest", h("div", { class: "row" }, span, run), slider.element, result);
    return {
        element,
        set({ rules, isRight }) {
            run.disabled = !isRight;
            slider.set(rules, isRight);
        },
    };
}

/** A rule and its threshold, to be moved along how many incidents each would have given. */
function thresholdSlider({ draft, write, span }) {
    const choice = h("select", { name: "rule" });
    const range = h("input", { type: "range", "aria-label": "Threshold" });
    const value = h("output", { class: "number" });
    const chart = sweepChart();
    const [body, note] = [h("div", { class: "sweep", hidden: true }), h("p", { class: "quiet" })];
    const element = h("div", { class: "view" }, h("div", { class: "row" }, field("Threshold of", choice)), body, note);
    let [rules, swept] = [[], null];
    const rule = () => rules.find((one) => one.name === choice.value);
    fill(body, chart.element, h("div", { class: "row" }, range, value));

    const show = (threshold) => {
        range.value = threshold;
        fill(value, `${rule()?.condition ?? ""} ${number(Number(threshold))}`);
        chart.mark(Number(threshold));
    };
    const sweep = async () => {
        const one = rule();
        body.hidden = !one;
        if (!one) return fill(note);
        const now = thresholdIn(draft(), one) ?? one.threshold;
        const { low, high, step } = rangeAround(now);
        Object.assign(range, { min: low, max: high, step });
        show(now);
        const key = [one.name, one.condition, low, high, step, span.value].join("\n");
        if (key === swept) return;
        fill(note, "Replaying the stored samples at each threshold…");
        try {
            const question = { text: draft(), since: span.value, rule: one.name, sweep: `${one.condition}=${low}..${high}/${step}` };
            const found = await post("/api/backtest/sweep", question);
            swept = key;
            chart.set(found.thresholds, one.condition);
            show(thresholdIn(draft(), one) ?? one.threshold);
            fill(note, `Incidents that each threshold would have opened in the last ${span.selectedOptions[0].text}; ${number(found.polls)} polls were replayed.`);
        } catch (problem) { fill(note, problem.message); }
    };
    range.addEventListener("input", () => show(range.value));
    range.addEventListener("change", () => write(withThreshold(draft(), rule(), range.value)));
    choice.addEventListener("change", sweep);
    span.addEventListener("change", () => { if (!body.hidden) sweep(); });
    return {
        element,
        set(all, isRight) {
            if (!isRight) return;
            const lines = all.map((one) => one.line).sort((a, b) => a - b);
            rules = all.map((one) => ({ ...one, until: lines.find((line) => line > one.line) })).filter((one) => ["above", "below"].includes(one.condition) && thresholdIn(draft(), one) !== null);
            const names = ["", ...rules.map((one) => one.name)];
            if ([...choice.options].map((option) => option.value).join() !== names.join()) {
                const chosen = choice.value;
                fill(choice, names.map((name) => h("option", { value: name, selected: name === chosen }, name || "choose a rule")));
            }
            if (rule()) sweep();
        },
    };
}

/** Thirty round steps to both sides of a threshold. */
function rangeAround(threshold) {
    const rough = (Math.abs(threshold) || 1) / 100;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = round(power * [1, 2, 5, 10].find((factor) => factor * power >= rough));
    return { low: round(threshold - 15 * step), high: round(threshold + 15 * step), step };
}

function round(value) { return Number(value.toPrecision(10)); }

function report(found) {
    if (!found.polls) return empty("No sample of that time is stored.");
    return [
        h("dl", { class: "facts" }, [
            ["Incidents", change(found.in_force, found.edited)],
            ["Appear", number(found.appearing.length)], ["Vanish", number(found.vanishing.length)], ["Change", number(found.changing.length)],
            ...found.webhooks.map((webhook) => [`To ${webhook.name}`, [change(webhook.in_force, webhook.edited), h("span", { class: "quiet" }, `, at most ${webhook.most_a_minute_edited} a minute`)]]),
        ].map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)))),
        list("Would appear", found.appearing), list("Would vanish", found.vanishing), list("Would change", found.changing.map((one) => one.edited)),
        h("p", { class: "quiet" }, `${number(found.samples)} samples of ${number(found.polls)} polls were replayed through both.`),
    ];
}

function change(before, after) {
    return before === after ? number(after) : [number(before), " → ", h("b", null, number(after))];
}

function list(name, incidents) {
    if (!incidents.length) return null;
    return h("div", { class: "view tight" }, h("h3", null, `${name}: ${number(incidents.length)}`),
        h("table", { class: "stack" }, h("tbody", null, incidents.slice(0, listed).map((one) => h("tr", null,
            h("td", { class: "fit quiet" }, timeOf(one.opened_at)), h("td", { class: "fit" }, severity(one.severity)), h("td", null, machineLink(one.machine)),
            h("td", { class: "wide" }, one.message), h("td", { class: "fit" }, one.resolved_at ? between(one.opened_at, one.resolved_at) : "still open"))))),
        incidents.length > listed && h("p", { class: "quiet" }, `and ${number(incidents.length - listed)} more`));
}
