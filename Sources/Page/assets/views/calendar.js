// A year of days, the darker the more incidents were opened: weeks are columns, and a week begins on Monday.
import { h, s, fill } from "../dom.js";
import { link } from "../router.js";

const cell = 13, left = 30, top = 18;
const dayLength = 86_400_000;

/** Fits as many weeks as there is room for; `place(date)` gives the parameters of the history of a day. */
export function calendar(days, place) {
    const counts = new Map(days.map((entry) => [entry.date, entry.opened]));
    const levels = quartiles([...counts.values()]);
    const canvas = h("div", { class: "calendar" });
    new ResizeObserver(() => {
        const weeks = Math.min(53, Math.floor((canvas.clientWidth - left) / cell));
        if (weeks > 0) fill(canvas, drawing(weeks, counts, levels, place));
    }).observe(canvas);
    return canvas;
}

function drawing(weeks, counts, levels, place) {
    const today = Math.floor(Date.now() / dayLength);
    // Day 0, the first of 1970, was a Thursday.
    const first = today - (today + 3) % 7 - (weeks - 1) * 7;
    const days = Array.from({ length: today - first + 1 }, (_, index) => first + index);
    const width = left + weeks * cell;
    return s("svg", { viewBox: `0 0 ${width} ${top + 7 * cell}`, width, height: top + 7 * cell, role: "group", "aria-label": "Incidents by day" },
        ["Mon", "Wed", "Fri"].map((name, index) => s("text", { x: 0, y: top + (index * 2 + 0.8) * cell }, name)),
        monthNames(days, first),
        days.map((day) => dayOf(day, first, counts, levels, place)));
}

function dayOf(day, first, counts, levels, place) {
    const date = new Date(day * dayLength).toISOString().slice(0, 10);
    const count = counts.get(date) ?? 0;
    const index = day - first;
    const square = s("rect", {
        class: `day level-${level(count, levels)}`, x: left + Math.floor(index / 7) * cell, y: top + (index % 7) * cell,
        width: cell - 2, height: cell - 2, rx: 2,
    }, s("title", null, `${date}: ${count} incident${count === 1 ? "" : "s"}`));
    if (!count) return square;
    return s("a", { href: link(["history"], place(date)), "aria-label": `${date}: ${count} opened` }, square);
}

function monthNames(days, first) {
    const names = days.filter((day) => new Date(day * dayLength).getUTCDate() === 1).map((day) => {
        const name = new Date(day * dayLength).toLocaleDateString(undefined, { month: "short", timeZone: "UTC" });
        return s("text", { x: left + Math.floor((day - first) / 7) * cell, y: 10 }, name);
    });
    return names;
}

/** The counts at which the second, third and fourth of four shades begin. */
function quartiles(counts) {
    const sorted = counts.filter((count) => count > 0).sort((a, b) => a - b);
    return [0.25, 0.5, 0.75].map((part) => sorted[Math.floor(sorted.length * part)] ?? 1);
}

function level(count, levels) { return count ? 1 + levels.filter((least) => count > least).length : 0; }
