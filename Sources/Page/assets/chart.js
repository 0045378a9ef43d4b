// Charts of values over time, as SVG.
import { h, s, fill } from "./dom.js";
import { scale, niceTicks, timeTicks, tickText } from "./scale.js";
import { stamp } from "./time.js";
import { number } from "./ui.js";

const edge = { top: 10, right: 14, bottom: 24, left: 46 };

/**
 * A chart that fits the width it is given, and shows the value under the pointer, or at the arrow keys.
 *
 * `options`:
 * - `label`: what it shows, for those who do not see it
 * - `points`: [{at, value}], oldest first; with `min` and `max` each is drawn as a stretch too
 * - `from`, `to`: the time it spans; that of the points unless told
 * - `lines`: [{value, text, kind}], levels such as thresholds; `kind` "limit" or "clear"
 * - `bands`: [{from, to, text}], stretches of time such as a window
 * - `marks`: [{at, text, kind}], moments; `kind` "open", "end" or "note"
 * - `show`: writes a value; `ticks`: the round values of an axis, as `niceTicks` gives them; `height` in pixels; `zero`: the axis begins at 0; `gap`: ms that break the line
 *
 * Gives {element, set}; `set(options)` changes some of them.
 */
export function lineChart(options) {
    let current = { points: [], lines: [], bands: [], marks: [], height: 220, show: number, ticks: niceTicks, ...options };
    const readout = h("figcaption", { class: "readout", "aria-live": "off" });
    const canvas = h("div", { class: "canvas" });
    const element = h("figure", { class: "chart" }, canvas, readout);
    const draw = () => {
        const width = canvas.clientWidth;
        if (width > 0) fill(canvas, drawing(current, width, readout));
    };
    new ResizeObserver(draw).observe(canvas);
    return { element, set(changes) { current = { ...current, ...changes }; draw(); } };
}

function drawing(options, width, readout) {
    const { points, height } = options;
    const times = points.map((point) => Date.parse(point.at));
    const [x, y] = scales(options, times, width);
    const cursor = s("g", { class: "cursor" });
    const svg = s("svg", {
        viewBox: `0 0 ${width} ${height}`, width, height, role: "img", tabindex: "0",
        "aria-label": `${options.label}. ${summary(options)}`,
    }, axes(options, x, y, width), options.bands.map((band) => bandOf(band, x, height)), stretches(points, times, x, y),
    lineOf(options, times, x, y), dots(points, times, x, y), options.lines.map((line) => levelOf(line, y, width)),
    options.marks.map((mark) => markOf(mark, x, height)), cursor);
    follow(svg, cursor, readout, options, times, x, y);
    return svg;
}

function scales(options, times, width) {
    const { points, lines, height } = options;
    const values = points.flatMap((point) => [point.min ?? point.value, point.max ?? point.value])
        .concat(lines.map((line) => line.value)).filter(Number.isFinite);
    let [least, most] = [Math.min(...values), Math.max(...values)];
    if (!values.length) [least, most] = [0, 1];
    if (options.zero) least = Math.min(0, least);
    const margin = (most - least) * 0.08 || Math.abs(most) * 0.1 || 1;
    const from = options.from ? Date.parse(options.from) : times[0] ?? Date.now() - 3600e3;
    const to = options.to ? Date.parse(options.to) : times.at(-1) ?? Date.now();
    return [
        scale(from, Math.max(to, from + 1), edge.left, width - edge.right),
        scale(options.zero && least === 0 ? 0 : least - margin, most + margin, height - edge.bottom, edge.top),
    ];
}

function axes({ height, ticks: ticksOf, show }, x, y, width) {
    const { ticks, step } = timeTicks(x.from, x.to, Math.max(2, (width - edge.left) / 90));
    return s("g", { class: "axes" },
        ticksOf(y.from, y.to, Math.max(2, height / 50)).map((tick) => [
            s("line", { x1: edge.left, x2: width - edge.right, y1: y.of(tick), y2: y.of(tick) }),
            s("text", { x: edge.left - 8, y: y.of(tick), dy: "0.35em", "text-anchor": "end" }, show(tick)),
        ]),
        ticks.map((tick) => s("text", { x: x.of(tick), y: height - 6, "text-anchor": "middle" }, tickText(tick, step))));
}

function bandOf(band, x, height) {
    const [start, end] = [x.of(Date.parse(band.from)), x.of(Date.parse(band.to))];
    return s("g", { class: `band ${band.kind ?? ""}` },
        s("rect", { x: start, width: Math.max(2, end - start), y: edge.top, height: height - edge.top - edge.bottom }),
        s("title", null, band.text ?? ""));
}

function stretches(points, times, x, y) {
    return points.map((point, index) => point.min !== undefined && point.max > point.min && s("line", {
        class: "stretch", x1: x.of(times[index]), x2: x.of(times[index]), y1: y.of(point.min), y2: y.of(point.max),
    }));
}

function lineOf({ points, gap = Infinity }, times, x, y) {
    const steps = points.map((point, index) => {
        const isBroken = index === 0 || times[index] - times[index - 1] > gap;
        return `${isBroken ? "M" : "L"}${x.of(times[index]).toFixed(1)} ${y.of(point.value).toFixed(1)}`;
    });
    return s("path", { class: "line", d: steps.join("") });
}

/** Each point by itself, where there is room for that. */
function dots(points, times, x, y) {
    if (points.length > 80) return null;
    return points.map((point, index) =>
        s("circle", { class: `dot ${point.kind ?? ""}`, cx: x.of(times[index]), cy: y.of(point.value), r: point.kind ? 4 : 2.5 }));
}

function levelOf(line, y, width) {
    const place = y.of(line.value);
    return s("g", { class: `level ${line.kind ?? "limit"}` },
        s("line", { x1: edge.left, x2: width - edge.right, y1: place, y2: place }),
        s("text", { x: width - edge.right - 4, y: place - 5, "text-anchor": "end" }, line.text));
}

function markOf(mark, x, height) {
    const place = x.of(Date.parse(mark.at));
    if (place < x.of(x.from) - 1 || place > x.of(x.to) + 1) return null;
    return s("g", { class: `mark ${mark.kind ?? "note"}` },
        s("line", { x1: place, x2: place, y1: edge.top, y2: height - edge.bottom }),
        s("circle", { cx: place, cy: edge.top, r: 4 }), s("title", null, `${mark.text}, ${stamp(mark.at)}`));
}

/** Has the readout tell of the point that is nearest to the pointer, or that the arrow keys have come to. */
function follow(svg, cursor, readout, { points, show }, times, x, y) {
    let index = points.length - 1;
    const tell = (next) => {
        if (!points.length) return;
        index = Math.min(points.length - 1, Math.max(0, next));
        const point = points[index];
        const spread = point.min !== undefined ? ` (${show(point.min)} to ${show(point.max)})` : "";
        fill(readout, h("b", null, show(point.value)), `${spread} at ${stamp(point.at)}`);
        fill(cursor, s("line", { x1: x.of(times[index]), x2: x.of(times[index]), y1: y.of(y.from), y2: y.of(y.to) }),
            s("circle", { cx: x.of(times[index]), cy: y.of(point.value), r: 4.5 }));
    };
    const quiet = () => { fill(readout); fill(cursor); };
    svg.addEventListener("pointermove", (event) => {
        tell(nearest(times, x.back(event.clientX - svg.getBoundingClientRect().left)));
    });
    svg.addEventListener("pointerleave", quiet);
    svg.addEventListener("blur", quiet);
    svg.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step) return;
        event.preventDefault();
        tell(index + step);
        readout.setAttribute("aria-live", "polite");
    });
}

function nearest(times, time) {
    let [low, high] = [0, times.length - 1];
    while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (times[middle] < time) low = middle; else high = middle;
    }
    return time - times[low] < times[high] - time ? low : high;
}

/** What the chart shows, in words. */
function summary({ points, lines, show }) {
    if (!points.length) return "There are no values.";
    const values = points.map((point) => point.value);
    const levels = lines.map((line) => `${line.text}.`).join(" ");
    return `${points.length} values from ${show(values.reduce((a, b) => Math.min(a, b)))} to `
        + `${show(values.reduce((a, b) => Math.max(a, b)))}, the last ${show(values.at(-1))}. ${levels}`;
}
