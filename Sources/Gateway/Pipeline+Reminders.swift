import Rules

extension Pipeline {
    /// What is still open, and nobody has acknowledged, for so long since it was last told; but for what `step`
    /// changes anyway.
    func reminders(at time: Timestamp, beside step: Step) -> [Event] {
        let changed = Set((step.events.map(\.incident) + (step.release?.incidents ?? [])).map(\.id))
        let own = troubles.open.values.filter { $0.isReminderDue(after: OwnRule.reminder, at: time) }
        let due = tables.values.flatMap { $0.incidentsToRemind(at: time) } + own
        return due.filter { !changed.contains($0.id) }.sorted { $0.id < $1.id }.map { incident in
            var incident = incident
            incident.remindedAt = time
            return Event(kind: .reminder, at: time, incident: incident, evidence: [])
        }
    }
}
