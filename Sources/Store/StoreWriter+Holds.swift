public import Rules

/// What is held back from webhooks, and what that is decided by.
extension StoreWriter {
    /// The incidents of which webhooks have something yet to be told, on one machine or on all, by number: those that
    /// are open and untold, and those whose end is.
    public func heldBack(on place: Place? = nil) throws(StoreError) -> [Incident] {
        var found: [Incident] = []
        // One for each partial index, in its order, for which it is chosen.
        for condition in ["is_untold = 1 AND resolved_at IS NULL", "is_end_untold = 1"] {
            let here = place == nil ? "" : "AND source = ? AND machine = ?"
            found += try db.rows(
                "SELECT \(IncidentRow.columns) FROM incident WHERE \(condition) \(here) ORDER BY source, machine",
                place.map { [.text($0.source), .text($0.machine)] } ?? [], IncidentRow.read)
        }
        return found.sorted { $0.id < $1.id }
    }

    /// The last openings and resolves of a rule on a machine, newest first.
    public func changes(
        of rule: String, on place: Place, limit: Int
    ) throws(StoreError) -> [Flapping.Change] {
        try db.rows(
            """
            SELECT e.at, e.is_flapping FROM incident i JOIN event e ON e.incident = i.id
            WHERE i.machine = ? AND +i.source = ? AND +i.rule = ? AND e.kind IN (?, ?) ORDER BY i.id DESC, e.id DESC
            LIMIT ?
            """,
            [
                .text(place.machine), .text(place.source), .text(rule), .text(Event.Kind.opened.rawValue),
                .text(Event.Kind.resolved.rawValue), .integer(Int64(limit)),
            ]
        ) { Flapping.Change(at: $0.time(0) ?? Timestamp(milliseconds: 0), isFlapping: $0.integer(1) == 1) }
    }

    /// The samples that decided the first event of a kind of an incident.
    public func evidence(of incident: Int64, _ kind: Event.Kind) throws(StoreError) -> [Sample] {
        let texts = try db.rows(
            "SELECT evidence FROM event WHERE incident = ? AND kind = ? ORDER BY id LIMIT 1",
            [.integer(incident), .text(kind.rawValue)]
        ) { $0.text(0) ?? "[]" }
        guard let text = texts.first, let json = try? JSONValue(Array(text.utf8)) else { return [] }
        return json.elements.compactMap { element in
            guard let at = element["at"]?.text.flatMap(Timestamp.init(rfc3339:)),
                let value = element["value"]?.number
            else { return nil }
            return Sample(at: at, value: value)
        }
    }
}
