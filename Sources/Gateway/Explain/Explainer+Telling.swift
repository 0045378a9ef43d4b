import Notifiers
import Rules
import Store

/// What had become of telling webhooks of an incident, by a moment.
struct Telling: Sendable {
    /// The incident and what followed from it by then; its values are those of now.
    let record: IncidentRecord
    /// The webhooks that the rules in force then have for it.
    let recipients: [String]
    let held: Held
    /// What is wrong with the receivers of deliveries that wait, by their number.
    let trouble: [Int64: String]

    /// What held the pushes back.
    enum Held: Sendable {
        case nothing
        /// So that its last change was not told.
        case change([Hold])
        /// It was told; what would tell it again was held back.
        case reminders([Hold])
        /// It was told late, or ended untold.
        case before([Hold])

        var holds: [Hold] {
            switch self {
            case .nothing: []
            case .change(let holds), .reminders(let holds), .before(let holds): holds
            }
        }
    }

    /// The incident as the API shows it.
    var incident: Incident {
        var incident = record.incident
        incident.heldBy = held.holds
        var isHeld = false
        if case .change = held { isHeld = true }
        incident.isUntold = isHeld && incident.resolvedAt == nil
        incident.isEndUntold = isHeld && incident.resolvedAt != nil
        return incident
    }
}

extension Explainer {
    /// What had become of telling webhooks of `incident` by then; nil when nothing is on record.
    func telling(of incident: Incident, by rule: Rule) throws(StoreError) -> Telling? {
        guard let found = try reader.record(of: incident.id) else { return nil }
        var digests: Set<Int64> = []
        for id in Set(found.deliveries.compactMap(\.delivery.supersededBy))
        where try reader.delivery(id)?.delivery.kind == Digest.kind {
            digests.insert(id)
        }
        let record = found.asOf(at, digests: digests)
        var trouble: [Int64: String] = [:]
        for report in record.deliveries where report.delivery.state == .pending {
            trouble[report.delivery.id] = try self.trouble(of: report)
        }
        return Telling(
            record: record, recipients: Router(configuration.webhooks).recipients(of: incident),
            held: try held(record, found, by: rule), trouble: trouble)
    }

    private func held(
        _ record: IncidentRecord, _ found: IncidentRecord, by rule: Rule
    ) throws(StoreError) -> Telling.Held {
        let changes = record.events.filter { event in
            [Event.Kind.opened, .resolved].contains { $0.rawValue == event.kind }
        }
        guard let opening = changes.first, let last = changes.last else { return .nothing }
        func letters(_ event: IncidentRecord.Entry) -> [Delivery] {
            record.deliveries.map(\.delivery).filter { $0.event == event.id }
        }
        let wasHeld = letters(opening).allSatisfy { $0.createdAt > opening.committedAt }
        let before =
            wasHeld && !found.incident.heldBy.isEmpty ? Telling.Held.before(found.incident.heldBy) : .nothing
        let holds = try holds(on: record.incident, by: rule)
        guard last.id == opening.id else {
            let isTold = !letters(last).isEmpty || letters(opening).isEmpty
            let end = holds.endHolds(isFlapping: try isFlapping(record.incident, by: rule))
            return isTold || end.isEmpty || record.incident.resolution != .recovered ? before : .change(end)
        }
        let reasons = try reasons(holds, on: record.incident, by: rule)
        if letters(opening).isEmpty { return reasons.isEmpty ? before : .change(reasons) }
        return rule.reminder == nil || reasons.isEmpty ? before : .reminders(reasons)
    }

    /// What decided it then: the silences that were made by then and active, and the rules that were in force.
    private func holds(on incident: Incident, by rule: Rule) throws(StoreError) -> Holds {
        let made = try reader.silences(before: nil, endingAfter: at, limit: 1000).page.reversed()
            .filter { $0.createdAt.map { $0 <= at } ?? true }
        let active = (made + configuration.maintenance).filter { $0.isActive(at: at) }
        return Holds(silences: active, precedence: Precedence(configuration.rules))
    }

    private func reasons(_ holds: Holds, on incident: Incident, by rule: Rule) throws(StoreError) -> [Hold] {
        var query = IncidentQuery()
        (query.machine, query.source, query.at, query.limit) = (incident.machine, incident.source, at, 1000)
        let beside = try reader.incidents(matching: query).page
        return holds.holds(on: incident, beside: beside, isFlapping: try isFlapping(incident, by: rule))
    }

    func isFlapping(_ incident: Incident, by rule: Rule) throws(StoreError) -> Bool {
        guard let flapping = rule.flapping,
            let last = try reader.lastChange(of: rule.name, on: incident.place, until: at),
            let end = flapping.end(after: [last])
        else { return false }
        return at < end
    }

    /// What keeps a delivery from being tried, or tried again; nil when nothing is known to.
    private func trouble(of report: IncidentRecord.Report) throws(StoreError) -> String? {
        let delivery = report.delivery
        let endpoint = try reader.endpoints()[delivery.webhook]
        if let time = endpoint?.disabledAt, time <= at {
            return "\(delivery.webhook) is disabled since \(time)"
        }
        guard report.attempts.isEmpty else { return nil }
        let last = try reader.lastAttempt(at: delivery.webhook, before: delivery.sequence, until: at)
        return last.flatMap(\.failure).map { "\(delivery.webhook) was failing (\($0))" }
    }
}

extension Attempt {
    /// Why it failed; nil when it did not.
    var failure: String? {
        guard !(200..<300).contains(status ?? 0) else { return nil }
        return error ?? status.map { "it answered \($0)" } ?? "no answer"
    }
}
