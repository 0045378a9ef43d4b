// From values to places on a chart, and back.

/** Maps `from...to` to `start...end`; `of` and `back` are each other's opposite. */
export function scale(from, to, start, end) {
    const ratio = (end - start) / (to - from || 1);
    return { from, to, of: (value) => start + (value - from) * ratio, back: (place) => from + (place - start) / ratio };
}

/** Round numbers, about `count` of them, from `least` to `most`. */
export function niceTicks(least, most, count) {
    const rough = (most - least) / count || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
    const ticks = [];
    for (let tick = Math.ceil(least / step) * step; tick <= most + step / 1e6; tick += step) ticks.push(Number(tick.toPrecision(12)));
    return ticks;
}

const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
const steps = [second, 5 * second, 10 * second, 30 * second, minute, 2 * minute, 5 * minute, 10 * minute, 30 * minute,
    hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 30 * day, 90 * day];

/** Round moments of the viewer's clock, at most `count` of them, and the step between two, in milliseconds. */
export function timeTicks(from, to, count) {
    const step = steps.find((candidate) => (to - from) / candidate <= count) ?? 365 * day;
    const shift = new Date(from).getTimezoneOffset() * minute;
    const ticks = [];
    for (let tick = Math.ceil((from - shift) / step) * step + shift; tick <= to; tick += step) ticks.push(tick);
    return { ticks, step };
}

/** Round lengths of time in seconds, about `count` of them. */
export function lengthTicks(least, most, count) {
    const step = (steps.find((candidate) => ((most - least) * second) / candidate <= count) ?? 90 * day) / second;
    const ticks = [];
    for (let tick = Math.ceil(least / step) * step; tick <= most; tick += step) ticks.push(tick);
    return ticks;
}

/** What to write at a tick of `timeTicks`. */
export function tickText(tick, step) {
    const date = new Date(tick);
    if (step >= day) return date.toLocaleDateString(undefined, { day: "numeric", month: "short" });
    const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(step < minute && { second: "2-digit" }) };
    return date.toLocaleTimeString(undefined, parts);
}
