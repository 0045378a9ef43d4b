// Times in the viewer's zone, and lengths of time.
import { h } from "./dom.js";

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const yearFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long", hourCycle: "h23" });

/** The name of the viewer's zone: "Europe/Berlin". */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** "14:03:22" today, "24 Nov 14:03:22" this year, with the year else. */
export function stamp(time, now = new Date()) {
    const date = new Date(time);
    if (date.toDateString() === now.toDateString()) return clockFormat.format(date);
    const day = date.getFullYear() === now.getFullYear() ? dayFormat : yearFormat;
    return `${day.format(date)} ${clockFormat.format(date)}`;
}

export function clock(time) { return clockFormat.format(new Date(time)); }

/** "24 Nov". */
export function day(time) { return dayFormat.format(new Date(time)); }

/** "3s", "4m 10s", "2h 5m", "3d 4h". */
export function length(seconds) {
    const total = Math.max(0, Math.round(seconds));
    const [d, hours, m, sec] = [Math.floor(total / 86400), Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60, total % 60];
    const parts = d ? [[d, "d"], [hours, "h"]] : hours ? [[hours, "h"], [m, "m"]] : m ? [[m, "m"], [sec, "s"]] : [[sec, "s"]];
    return parts.filter(([n], index) => n || index === 0).map(([n, unit]) => n + unit).join(" ");
}

/** The time between two times as `length`. */
export function between(from, to) { return length((new Date(to) - new Date(from)) / 1000); }

/** A time as an element, the whole of it as its tooltip; nothing for null. */
export function timeOf(time) {
    if (!time) return null;
    return h("time", { datetime: time, title: fullFormat.format(new Date(time)) }, stamp(time));
}

/** How long ago a time was, kept current: "4m 10s". */
export function age(time) {
    if (!time) return null;
    return h("time", { datetime: time, title: fullFormat.format(new Date(time)), data: { age: "" } },
        between(time, new Date()));
}

/** A text of the gateway's, its times as elements in the viewer's zone. */
export function withTimes(text) {
    return text.split(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/).map((part, index) => index % 2 ? timeOf(part) : part);
}

/** Calls `f` every so many milliseconds while somebody looks, until `signal` says that it is over. */
export function every(milliseconds, f, signal) {
    const timer = setInterval(() => { if (!document.hidden) f(); }, milliseconds);
    signal.addEventListener("abort", () => clearInterval(timer));
}

setInterval(() => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("time[data-age]")) {
        const text = between(element.dateTime, new Date());
        if (element.firstChild.data !== text) element.firstChild.data = text;
    }
}, 1000);
