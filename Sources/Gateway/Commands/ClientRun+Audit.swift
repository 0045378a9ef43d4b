import Rules

extension ClientRun {
    func auditWords(for json: JSONValue) -> String {
        let rows = json.elements.map { entry in
            let omitted = entry["omitted"]?.number ?? 0
            let note = omitted > 0 ? " (\(omitted.plain) refusals before it are not kept)" : ""
            return ["at", "who", "address", "status"].map(entry.shown)
                + ["\(entry.shown("method")) \(entry.shown("route"))", entry.shown("subject")]
                + [entry.shown("summary") + note]
        }
        let heads = ["AT", "WHO", "FROM", "STATUS", "WHAT", "OF", "SENT"]
        return rows.isEmpty ? "nothing on record\n" : Table(heads, rows).text(width: width)
    }
}
