// Which rules files were in force, and how they differ.
import { h } from "../dom.js";
import { get, post } from "../api.js";
import { timeOf } from "../time.js";
import { go, link } from "../router.js";
import { mayWrite, signature } from "../session.js";
import { button, empty, section, toast } from "../ui.js";

const context = 3;

export function versionsCard(versions) {
    return section("Versions", null, h("ul", { class: "plain" }, versions.map((version) => h("li", null,
        h("div", { class: "line" }, h("a", { href: link(["rules"], { version: version.number }) }, `Version ${version.number}`), h("span", { class: "quiet" }, timeOf(version.accepted_at))),
        h("div", { class: "quiet" }, version.origin, sizeOf(version))))));
}

function sizeOf({ lines_added: added, lines_removed: removed, ended_incidents: ended }) {
    const parts = [added !== undefined && `+${added} −${removed} lines`, ended > 0 && `ended ${ended} incident${ended === 1 ? "" : "s"}`].filter(Boolean);
    return parts.length ? ` · ${parts.join(", ")}` : "";
}

/** Where an edit is, in the file and never accepted, that was overwritten. */
export function keptIn(file) { return file ? ` What stood in the file and was not accepted is now in ${file}.` : ""; }

/** What would change by going back to a version, and its whole text. */
export async function versionView(number, inForce, place, signal) {
    if (!mayWrite()) return section("File", null, empty("The file may hold secrets: to read it takes the role 'write'."));
    const [version, diff] = await Promise.all([
        get(`/api/rules/versions/${number}`, {}, signal), get("/api/rules/diff", { from: inForce, to: number }, signal),
    ]);
    const back = button(`Go back to version ${number}`, async () => {
        const { version: made, kept } = await post("/api/rules/rollback", { version: number, by: signature() });
        toast(`Version ${made} is in force, with the text of version ${number}.${keptIn(kept)}`);
        go(["rules"]);
    }, { class: "primary" });
    const line = Number(place.query.get("line"));
    const text = h("pre", { class: "well numbered", tabindex: "0", "aria-label": `Version ${number}` }, version.text.split("\n").map((each, index) =>
        h("span", { class: index + 1 === line ? "row-line here" : "row-line" }, each, "\n")));
    if (line) requestAnimationFrame(() => text.querySelector(".here")?.scrollIntoView({ block: "center" }));
    return h("div", { class: "view" },
        section("What going back would change", back, diffOf(diff.lines)),
        section("File", h("span", { class: "quiet" }, "accepted ", timeOf(version.accepted_at), `, ${version.origin}`), text));
}

/** The changed lines with a few around them. */
function diffOf(lines) {
    const near = new Set();
    lines.forEach((line, index) => {
        if (line.change !== "=") for (let i = index - context; i <= index + context; i += 1) near.add(i);
    });
    if (!near.size) return empty("Nothing: both are the same.");
    const kinds = { "=": "same", "-": "removed", "+": "added" };
    return h("pre", { class: "well diff", tabindex: "0", "aria-label": "Changed lines" }, lines.map((line, index) => {
        if (!near.has(index)) return near.has(index - 1) ? h("span", { class: "row-line quiet" }, "⋮\n") : null;
        const mark = { "=": " ", "-": "−", "+": "+" }[line.change];
        return h("span", { class: `row-line ${kinds[line.change]}` }, `${mark} ${line.text}\n`);
    }));
}
