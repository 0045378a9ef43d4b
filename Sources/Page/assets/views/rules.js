// The rules: their state, their versions, and an edit that is checked and tried before it is saved.
import { h, fill } from "../dom.js";
import { get, getPage, post, put } from "../api.js";
import { timeOf } from "../time.js";
import { go, link } from "../router.js";
import { isKnown, mayWrite, rememberActor, signature } from "../session.js";
import { ask, button, empty, field, number, section, severity, toast, trouble } from "../ui.js";
import { editor } from "./editor.js";
import { backtestPanel } from "./backtest.js";
import { keptIn, versionsCard, versionView } from "./versions.js";

const pause = 300;

export function title() { return "Rules"; }

export async function show(root, place, signal) {
    const version = place.query.get("version");
    const rules = await get("/api/rules", {}, signal);
    if (version && Number(version) !== rules.number) return former(root, Number(version), rules, place, signal);
    return current(root, rules, place, signal);
}

/** A version that is no longer in force, beside the one that is. */
async function former(root, number, rules, place, signal) {
    const view = await versionView(number, rules.number, place, signal);
    root.append(h("h1", null, `Rules, version ${number}`), view, h("a", { href: link(["rules"]) }, `Version ${rules.number}, which is in force`));
    return (next) => anew(root, next, signal);
}

async function current(root, rules, place, signal) {
    const [versions, open] = await Promise.all([get("/api/rules/versions", { limit: 20 }, signal), openByRule(signal)]);
    const side = h("aside", { class: "side-cards", "aria-label": "State and versions" }, stateCard(rules, open), versionsCard(versions));
    const desk = h("div", { class: "view" });
    root.append(h("div", { class: "row title" }, h("h1", null, "Rules"), h("p", { class: "quiet" }, rules.file, ` · version ${rules.number} since `, timeOf(rules.accepted_at))),
        rules.refused ? refusal(rules) : "", h("div", { class: "with-side" }, desk, side));
    if (mayWrite()) await work(desk, rules, place, signal, () => anew(root, { path: ["rules"], query: new URLSearchParams() }, signal));
    else desk.append(section("File", null, empty("The file may hold secrets: to read and edit it takes the role 'write'.")));
    return (next) => anew(root, next, signal);
}

function anew(root, place, signal) {
    fill(root);
    return show(root, place, signal).catch((problem) => { if (!signal.aborted) fill(root, trouble(problem)); });
}

function refusal(rules) {
    return h("div", { class: "own-trouble warning", role: "alert" }, h("div", { class: "grow" },
        h("strong", null, `The file as it is now was refused; version ${rules.number} goes on.`),
        rules.refused.map((fault) => h("pre", null, fault.text))));
}

/** How many incidents of each rule are open. */
async function openByRule(signal) {
    const { items } = await getPage("/api/incidents", { status: "open,acknowledged", limit: 1000 }, signal);
    const counts = new Map();
    for (const one of items) counts.set(one.rule, (counts.get(one.rule) ?? 0) + 1);
    return counts;
}

function stateCard(rules, open) {
    return section("State", null, h("ul", { class: "plain" }, rules.rules.map((rule) => {
        const count = open.get(rule.name) ?? 0;
        return h("li", null,
            h("div", { class: "line" }, h("a", { href: link(["rules"], { line: rule.line }), class: "plain-link" }, rule.name), severity(rule.severity)),
            h("div", { class: "line quiet" }, h("span", null, conditionOf(rule)),
                count ? h("a", { class: "lasts", href: link(["history"], { rule: rule.name, status: "open,acknowledged" }) }, `${count} open`) : "none open"));
    })));
}

function conditionOf(rule) {
    const threshold = [].concat(rule.threshold ?? []).map(number).join(" to ");
    return [rule.aggregate, "of", rule.metric, rule.condition, threshold].filter(Boolean).join(" ");
}

/** The editor and what an edit would mean. */
async function work(desk, rules, place, signal, reload) {
    const { text } = await get(`/api/rules/versions/${rules.number}`, {}, signal);
    const save = button("Save as a new version", () => saveAs(draft.text(), rules, reload), { class: "primary" });
    const revert = button("Revert", () => { draft.set(text); changed(); }, {});
    const trial = backtestPanel({ draft: () => draft.text(), write: (edited) => { draft.set(edited); changed(); } });
    const draft = editor(text, { label: `${rules.file}, edited`, changed: () => changed() });
    let latest = 0;
    let timer = 0;
    const judge = async () => {
        const mine = latest += 1;
        const verdict = await post("/api/rules/check", { text: draft.text() });
        if (mine !== latest || signal.aborted) return;
        draft.tell(verdict);
        const isChanged = draft.text() !== text;
        save.disabled = !verdict.ok || !isChanged;
        revert.disabled = !isChanged;
        trial.set({ rules: verdict.rules ?? [], isRight: verdict.ok, isChanged });
    };
    const changed = () => {
        save.disabled = true;
        clearTimeout(timer);
        timer = setTimeout(() => judge().catch((problem) => draft.tell({ ok: false, faults: [], problem })), pause);
    };
    desk.append(section("File", h("div", { class: "row" }, revert, save), draft.element, draft.faults), trial.element);
    await judge();
    const line = Number(place.query.get("line"));
    if (line) draft.goTo(line);
}

async function saveAs(text, rules, reload) {
    const send = (by) => put("/api/rules", { text, base: rules.number, by });
    const done = ({ version, kept }) => toast(`Version ${version} is in force.${keptIn(kept)}`);
    if (isKnown()) {
        done(await send(signature()));
        return reload();
    }
    const isDone = await ask("Save as a new version", "Save", [field("Your name", h("input", { name: "by", maxlength: 100, autocomplete: "nickname" }))],
        async (form) => {
            const by = form.get("by").trim();
            if (by) rememberActor(by);
            done(await send(by || undefined));
        });
    if (isDone) await reload();
}
