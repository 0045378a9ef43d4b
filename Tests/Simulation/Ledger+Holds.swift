import Rules

@testable import Store

/// What webhooks are not told for now.
struct HeldBack {
    private typealias Change = (at: Int64, flaps: Bool)

    /// Incidents that were held back when they opened, and still are.
    var untold: Set<Int64> = []
    /// Incidents whose opening was told, and whose end is held back.
    var endsUntold: Set<Int64> = []
    /// The openings and ends of each rule on each machine, as they came.
    private var changes: [Oracle.Place: [Change]] = [:]

    /// Whether an event is held back since its rule opens and ends too often there.
    mutating func takeNote(of event: Ledger.Event, flapping: PlainRule.Flapping?) -> Bool {
        guard ["incident.opened", "incident.resolved"].contains(event.kind) else { return false }
        let isHeld = isFlapping(event.place, flapping, at: event.at)
        let begins = flapping.map { calm(at: event.place, $0, at: event.at) >= $0.changes } ?? false
        changes[event.place, default: []].append((event.at, flapping != nil && (isHeld || begins)))
        return isHeld
    }

    func isFlapping(_ place: Oracle.Place, _ flapping: PlainRule.Flapping?, at time: Int64) -> Bool {
        guard let flapping, let last = changes[place]?.last, last.flaps else { return false }
        return time < last.at + flapping.steady * 1000
    }

    /// How many changes came before one more at `time` that count together with it.
    private func calm(at place: Oracle.Place, _ flapping: PlainRule.Flapping, at time: Int64) -> Int {
        var (count, next) = (0, time)
        for change in changes[place, default: []].reversed() {
            guard !change.flaps, time - change.at < flapping.span * 1000,
                next - change.at < flapping.steady * 1000
            else { break }
            (count, next) = (count + 1, change.at)
        }
        return count
    }
}

/// Silences, stronger incidents and flapping: what they hold back, and that it is told when they no longer do.
extension Ledger {
    /// Whether a silence or a stronger incident holds back what is told of an event.
    func isHeld(_ event: Event, _ disk: Disk, at time: Timestamp) throws -> Bool {
        guard trustsClock else { return event.isUntold }
        return try isSilenced(event.place, disk, at: time) || isOutranked(event.place, disk)
    }

    private func isSilenced(_ place: Oracle.Place, _ disk: Disk, at time: Timestamp) throws -> Bool {
        let silences = try disk.db.rows(
            "SELECT rules, machines FROM silence WHERE starts_at <= ? AND ends_at > ?",
            [.time(time), .time(time)]
        ) { ($0.text(0) ?? "", $0.text(1) ?? "") }
        return silences.contains { rules, machines in
            (rules.isEmpty || rules == place.rule) && (machines.isEmpty || machines == place.machine)
        }
    }

    /// Whether an incident of a stronger rule is open on the machine, but for those in `begun`.
    private func isOutranked(
        _ place: Oracle.Place, _ disk: Disk, but begun: Set<Int64> = []
    ) throws -> Bool {
        guard let rule = active.rule(place.rule) else { return false }
        let open = try disk.db.rows(
            "SELECT id, rule FROM incident WHERE source = ? AND machine = ? AND resolved_at IS NULL",
            [.text(place.source), .text(place.machine)]
        ) { ($0.integer(0) ?? 0, $0.text(1) ?? "") }
        return open.contains { id, name in
            !begun.contains(id) && active.rule(name)?.holdsBack(rule) == true
        }
    }

    /// What was held back is told once nothing does so; `begun` are the incidents that began with this step.
    mutating func checkLate(
        _ late: [[Delivery]], beside begun: Set<Int64>, _ disk: Disk, at time: Timestamp
    ) throws {
        for letters in late { try checkRelease(letters, beside: begun, disk, at: time) }
    }

    private mutating func checkRelease(
        _ letters: [Delivery], beside begun: Set<Int64>, _ disk: Disk, at time: Timestamp
    ) throws {
        guard let first = letters.first, let incident = first.incident else { return }
        guard let subject = try subject(incident, disk) else {
            throw Breach("there is no incident \(incident)")
        }
        let place = subject.place
        switch first.kind {
        case "incident.opened" where holds.untold.remove(incident) != nil:
            toldLate[incident] = time.milliseconds
            if trustsClock, try isSilenced(place, disk, at: time) {
                throw Breach("incident \(incident) is told although it is silenced")
            }
            if try isOutranked(place, disk, but: begun) {
                throw Breach("incident \(incident) is told although a stronger one is open")
            }
        case "incident.resolved" where holds.endsUntold.remove(incident) != nil: break
        default:
            throw Breach("incident \(incident) is told anew: \(first.kind) to \(letters.map(\.webhook))")
        }
        if trustsClock, holds.isFlapping(place, active.rule(place.rule)?.flapping, at: time.milliseconds) {
            throw Breach("incident \(incident) is told although it is flapping")
        }
        let witnesses = first.kind == "incident.resolved" ? standIns.witnesses[incident] : nil
        guard letters.map(\.webhook).sorted() == wanting(place, subject.severity, or: witnesses) else {
            throw Breach("what was held back of incident \(incident) goes to \(letters.map(\.webhook))")
        }
    }

    /// What is held back no longer was told to all who want to know, of whom there may be none.
    mutating func checkUntold(_ disk: Disk, at time: Timestamp) throws {
        for incident in holds.untold.union(holds.endsUntold).sorted() {
            guard let subject = try subject(incident, disk), !subject.isUntold, !subject.isEndUntold else {
                continue
            }
            guard wanting(subject.place, subject.severity).isEmpty else {
                throw Breach("incident \(incident) is held back no longer, and told to nobody")
            }
            toldLate[incident] = time.milliseconds
            holds.untold.remove(incident)
            holds.endsUntold.remove(incident)
        }
    }

    /// Of what is held back it is plain by what.
    func checkHeldBack(_ disk: Disk, at time: Timestamp, silencesCount: Bool) throws {
        for incident in holds.untold.union(holds.endsUntold).sorted() {
            guard let place = try subject(incident, disk)?.place else { continue }
            if holds.isFlapping(place, active.rule(place.rule)?.flapping, at: time.milliseconds) { continue }
            if holds.untold.contains(incident) {
                if silencesCount, try !trustsClock || isSilenced(place, disk, at: time) { continue }
                if try isOutranked(place, disk) { continue }
            }
            throw Breach("nothing holds back incident \(incident), and nobody is told of it")
        }
    }
}

/// Incidents that are told again while nobody acknowledges them.
extension Ledger {
    /// When an incident was last told, or would have been, before `event`.
    private static let last = "SELECT max(at) FROM event WHERE incident = ? AND id < ? AND kind IN (?, ?)"

    private func lastTold(_ incident: Int64, before event: Int64, _ disk: Disk) throws -> Int64 {
        let last = try disk.db.integer(
            Self.last, .integer(incident), .integer(event), .text("incident.opened"),
            .text("incident.reminder"))
        return max(last ?? 0, toldLate[incident] ?? 0)
    }

    func checkReminder(_ event: Event, _ disk: Disk) throws {
        guard !event.isOwn else { return }
        let wait = active.rule(event.place.rule)?.reminder ?? 0
        let passed = event.at - (try lastTold(event.incident, before: event.id, disk))
        guard wait > 0, passed >= wait * 1000 else {
            throw Breach("incident \(event.incident) is told again after \(passed) ms")
        }
        let acknowledged = try disk.db.integer(
            "SELECT id FROM event WHERE incident = ? AND kind = 'incident.acknowledged' AND id < ?",
            .integer(event.incident), .integer(event.id))
        if acknowledged != nil {
            throw Breach("incident \(event.incident) is told again although it is acknowledged")
        }
    }

    func checkReminders(_ disk: Disk, at time: Timestamp) throws {
        guard trustsClock, active.rules.contains(where: { $0.reminder > 0 }) else { return }
        let open = try disk.db.rows(
            "SELECT id, rule FROM incident WHERE resolved_at IS NULL AND acknowledged_at IS NULL"
        ) { ($0.integer(0) ?? 0, $0.text(1) ?? "") }
        for (incident, name) in open {
            guard let wait = active.rule(name)?.reminder, wait > 0, !holds.untold.contains(incident) else {
                continue
            }
            let last = try lastTold(incident, before: .max, disk)
            guard time.milliseconds < last + wait * 1000 else {
                throw Breach("incident \(incident) is due to be told again, and is not")
            }
        }
    }
}
