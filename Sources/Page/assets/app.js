// The frame of the page: who looks, where they are, and the view of that place.
import { h, fill } from "./dom.js";
import { onLocked } from "./api.js";
import { here, link, go } from "./router.js";
import { session, load, logOut } from "./session.js";
import * as events from "./events.js";
import { button, trouble, empty } from "./ui.js";
import * as login from "./views/login.js";
import * as now from "./views/now.js";
import * as incident from "./views/incident.js";
import * as history from "./views/history.js";
import * as machines from "./views/machines.js";
import * as rules from "./views/rules.js";
import * as webhooks from "./views/webhooks.js";

/*
 * A view has a `title(place)` and `show(root, place, signal)`, which fills the element; `signal` is aborted when
 * another view comes. Where it gives a function, that one is told of a place that differs in its parameters alone.
 */
const views = { "": now, incidents: incident, history, machines, rules, webhooks };
const nav = [["", "Now"], ["history", "History"], ["machines", "Machines"], ["rules", "Rules"], ["webhooks", "Webhooks"]];

const main = document.getElementById("main");
let shown = { path: null, leave: new AbortController(), update: null };

function frame() {
    const links = nav.map(([name, text]) => h("a", { href: link([name].filter(Boolean)), data: { view: name } }, text));
    const live = h("span", { class: "live", role: "status" });
    events.onState((state) => {
        live.dataset.state = state;
        fill(live, { live: "Live", waiting: "Connecting…", off: "" }[state]);
    });
    const out = !session.open && session.name &&
        button("Log out", async () => { await logOut(); await enter(); }, { class: "plain" });
    fill(document.getElementById("bar"),
        h("a", { class: "brand", href: "#/" }, "Alert gateway"),
        h("nav", { "aria-label": "Views" }, links, h("a", { href: "/docs" }, "API")),
        h("div", { class: "side" }, live, session.name && h("span", { class: "who" }, session.name), out, themeButton()));
}

function themeButton() {
    const root = document.documentElement;
    const isDark = () => root.dataset.theme
        ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const name = () => isDark() ? "Light" : "Dark";
    const element = button(name(), () => {
        root.dataset.theme = isDark() ? "light" : "dark";
        localStorage.setItem("theme", root.dataset.theme);
        fill(element, name());
    }, { class: "plain", title: "The other theme" });
    return element;
}

async function showPlace() {
    const place = here();
    const path = place.path.join("/");
    if (shown.path === path && shown.update) return shown.update(place);
    shown.leave.abort();
    const isFirst = shown.path === null;
    const leave = new AbortController();
    shown = { path, leave, update: null };
    const view = views[place.path[0] ?? ""];
    const root = h("div", { class: `view ${place.path[0] ?? "now"}` });
    mark(place.path[0] ?? "");
    fill(main, root);
    document.title = `${view ? view.title(place) : "Not found"} · Alert gateway`;
    // Whoever follows a link begins to read, and to tab, at the view.
    if (!isFirst) main.focus({ preventScroll: true });
    if (!isFirst) scrollTo(0, 0);
    if (!view) return fill(root, empty("There is no such view. ", h("a", { href: "#/" }, "What is going on now")));
    main.setAttribute("aria-busy", "true");
    try {
        const update = await view.show(root, place, leave.signal);
        if (!leave.signal.aborted) shown.update = update ?? null;
    } catch (problem) {
        if (!leave.signal.aborted) fill(root, trouble(problem));
    }
    if (!leave.signal.aborted) main.removeAttribute("aria-busy");
}

function mark(name) {
    // An incident belongs to the history.
    const view = name === "incidents" ? "history" : name;
    for (const a of document.querySelectorAll("nav a[data-view]")) {
        if (a.dataset.view === view) a.setAttribute("aria-current", "page");
        else a.removeAttribute("aria-current");
    }
}

/** Shows the place to who may see it, or asks who is there. */
async function enter() {
    shown.leave.abort();
    shown = { path: null, leave: new AbortController(), update: null };
    try {
        if (!await load()) return locked();
        frame();
        await showPlace();
    } catch (problem) {
        fill(main, trouble(problem), button("Try again", enter));
    }
}

function locked() {
    shown.leave.abort();
    shown = { path: null, leave: new AbortController(), update: null };
    events.close();
    frame();
    document.title = "Log in · Alert gateway";
    login.show(fill(main), enter);
}

document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
});
onLocked(locked);
addEventListener("hashchange", () => { if (!document.querySelector(".login")) showPlace(); });
await enter();
