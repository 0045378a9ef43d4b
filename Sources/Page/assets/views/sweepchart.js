// How many incidents each threshold of a rule would have given, as bars; the one that is chosen stands out.
import { h, s, fill } from "../dom.js";
import { number } from "../ui.js";

const height = 120, top = 18, bottom = 20;

/** Gives {element, set(thresholds, condition), mark(threshold)}. */
export function sweepChart() {
    const canvas = h("div", { class: "canvas" });
    const element = h("figure", { class: "chart bars-chart" }, canvas);
    let [thresholds, condition, chosen] = [[], "above", null];
    const draw = () => {
        const width = canvas.clientWidth;
        if (width > 0) fill(canvas, thresholds.length > 0 && drawing(thresholds, condition, chosen, width));
    };
    new ResizeObserver(draw).observe(canvas);
    return {
        element,
        set(found, side) { thresholds = found; condition = side; draw(); },
        mark(threshold) { chosen = threshold; draw(); },
    };
}

function drawing(thresholds, condition, chosen, width) {
    const most = Math.max(1, ...thresholds.map((one) => one.incidents));
    // The thumb of the slider below travels from half its width to half its width before the end.
    const thumb = 16;
    const step = (width - thumb) / Math.max(1, thresholds.length - 1);
    const at = nearest(thresholds, chosen);
    const one = thresholds[at];
    return s("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": summary(thresholds, condition, one) },
        thresholds.map((each, index) => {
            const tall = Math.max(1, (each.incidents / most) * (height - top - bottom));
            return s("rect", {
                class: index === at ? "bar chosen" : "bar", x: thumb / 2 + index * step - Math.max(1, step * 0.35), width: Math.max(2, step * 0.7),
                y: height - bottom - tall, height: tall, rx: 1.5,
            }, s("title", null, `${condition} ${number(each.threshold)}: ${each.incidents} incidents on ${each.machines} machines`));
        }),
        thresholds.map((each, index) => index % 5 === 0 && s("text", { x: thumb / 2 + index * step, y: height - 5, "text-anchor": anchor(index, thresholds.length) }, number(each.threshold))),
        s("text", { class: "strong", x: Math.min(width - 60, Math.max(60, thumb / 2 + at * step)), y: 11, "text-anchor": "middle" },
            `${number(one.incidents)} on ${number(one.machines)} machines`));
}

function anchor(index, count) { return index === 0 ? "start" : index === count - 1 ? "end" : "middle"; }

function nearest(thresholds, chosen) {
    let best = 0;
    thresholds.forEach((one, index) => {
        if (Math.abs(one.threshold - chosen) < Math.abs(thresholds[best].threshold - chosen)) best = index;
    });
    return best;
}

function summary(thresholds, condition, one) {
    const [first, last] = [thresholds[0], thresholds.at(-1)];
    return `Incidents by threshold, from ${first.incidents} at ${condition} ${number(first.threshold)} to ${last.incidents} at ${number(last.threshold)}; `
        + `${one.incidents} at ${number(one.threshold)}.`;
}
