// The threshold of a rule, in the text of the file.

/** The threshold as the text has it; null where it is not written there as a number. */
export function thresholdIn(text, rule) {
    const found = find(text, rule);
    return found ? Number(found.value) : null;
}

/** The text with another threshold of `rule`. */
export function withThreshold(text, rule, value) {
    const found = find(text, rule);
    return found ? text.slice(0, found.start) + value + text.slice(found.start + found.value.length) : text;
}

/** `above: 85` between the rule's line and that of the next rule, whether in lines or within braces. */
function find(text, { line, until, condition }) {
    if (!line) return null;
    const lines = text.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const block = lines.slice(line - 1, until ? until - 1 : undefined).join("\n");
    const match = new RegExp(`^(?:[^#\\n"']*?[\\s,{-])?${condition}:[ ]*(-?[0-9][0-9_.eE+-]*)(?=[\\s,}#]|$)`, "m").exec(block);
    if (!match) return null;
    return { start: start + match.index + match[0].length - match[1].length, value: match[1] };
}
