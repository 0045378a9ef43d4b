import Foundation
import Notifiers
import Rules
import Testing

@testable import Store

/// What the fleets said, what is stored and what the receiver was told, held against each other.
struct Ledger {
    private(set) var incidents = 0
    /// Breaches without an incident, events without a delivery, deliveries that the receiver never accepted.
    private(set) var lost: [String] = []
    /// Second incidents of a breach, and events that were told under two ids.
    private(set) var doubled: [String] = []
    /// A damaged file, holes in the sequence, events out of order, wrong signatures.
    private(set) var faults: [String] = []

    init(of rig: Rig) throws {
        let db = try Connection(path: rig.database, mode: .readWrite)
        let answer = try db.rows("PRAGMA integrity_check") { $0.text(0) ?? "" }
        if answer != ["ok"] { faults.append("integrity: \(answer)") }
        let reader = try StoreReader(path: rig.database)
        try lookForHoles(in: db)
        for fleet in rig.fleets { try hold(fleet, against: db) }
        readReceived(rig.receiver.webhooks)
        let accepted = Set(rig.receiver.webhooks.filter(\.isAccepted).map(\.id))
        let ids = try db.rows("SELECT id FROM incident WHERE source <> 'gateway' ORDER BY id") {
            $0.integer(0) ?? 0
        }
        incidents = ids.count
        for id in ids {
            if let record = try reader.record(of: id) { look(at: record, accepted) }
        }
    }

    /// Has the test fail for whatever is wrong.
    func expectClean(_ location: SourceLocation = #_sourceLocation) {
        #expect(lost == [], sourceLocation: location)
        #expect(doubled == [], sourceLocation: location)
        #expect(faults == [], sourceLocation: location)
        #expect(incidents > 0, "nothing happened", sourceLocation: location)
    }

    private mutating func lookForHoles(in db: Connection) throws {
        let counts = try db.rows(
            "SELECT COUNT(*), COUNT(DISTINCT sequence), MIN(sequence), MAX(sequence) FROM delivery WHERE webhook = 'ops'"
        ) { row in (0..<4).map { row.integer($0) ?? 0 } }
        guard let row = counts.first, row[0] > 0 else { return }
        if row[0] != row[1] || row[2] != 1 || row[3] != row[0] { faults.append("sequence: \(row)") }
    }

    private mutating func hold(_ fleet: Fleet, against db: Connection) throws {
        let rows = try db.rows(
            "SELECT machine, COUNT(*) FROM incident WHERE source = ? GROUP BY machine", [.text(fleet.name)]
        ) { ($0.text(0) ?? "", Int($0.integer(1) ?? 0)) }
        let opened = Dictionary(uniqueKeysWithValues: rows)
        for (machine, phases) in fleet.phases.sorted(by: { $0.key < $1.key }) {
            let count = opened[machine] ?? 0
            if count < phases { lost.append("\(machine): \(phases) breaches, \(count) incidents") }
            if count > phases { doubled.append("\(machine): \(phases) breaches, \(count) incidents") }
        }
    }

    private mutating func look(at record: IncidentRecord, _ accepted: Set<String>) {
        let name = "incident \(record.incident.id)"
        let kinds = record.events.map(\.kind)
        if kinds != ["incident.opened", "incident.resolved"] { faults.append("\(name): \(kinds)") }
        if record.deliveries.count != kinds.count {
            lost.append("\(name): \(record.deliveries.count) deliveries")
        }
        for report in record.deliveries {
            let delivery = report.delivery
            // What the last one says too need not arrive by itself.
            let isSaidByLast =
                delivery.state == .superseded
                && delivery.supersededBy == record.deliveries.last?.delivery.id
            if isSaidByLast { continue }
            if delivery.state != .delivered || !accepted.contains(delivery.messageID) {
                lost.append("\(name): delivery \(delivery.id) is \(delivery.state) and was not accepted")
            }
        }
    }

    private struct Body: Decodable {
        struct Data: Decodable { let incident: Incident }
        struct Incident: Decodable {
            let id: Int64
            let source: String
        }
        let type: String
        let data: Data
    }

    /// Each event has one id, each id one event and one number; of an incident, the end is not told first.
    private mutating func readReceived(_ webhooks: [Receiver.Webhook]) {
        var sequences: [Int: String] = [:]
        var bodies: [String: [UInt8]] = [:]
        var told: [String: String] = [:]
        for webhook in webhooks {
            if webhook.check != .ok { faults.append("\(webhook.id): \(webhook.check.rawValue)") }
            let other = sequences.updateValue(webhook.id, forKey: webhook.sequence)
            if let other, other != webhook.id {
                doubled.append("\(webhook.sequence) is \(other) and \(webhook.id)")
            }
            let former = bodies.updateValue(webhook.body, forKey: webhook.id)
            if let former, former != webhook.body { doubled.append("\(webhook.id) stands for two events") }
            guard webhook.isAccepted,
                let body = try? JSONDecoder().decode(Body.self, from: Data(webhook.body))
            else { continue }
            let event = "\(body.data.incident.id) \(body.type)"
            let known = told.updateValue(webhook.id, forKey: event)
            if let known, known != webhook.id { doubled.append("\(event) is \(known) and \(webhook.id)") }
            if body.type == "incident.opened", told["\(body.data.incident.id) incident.resolved"] != nil,
                known == nil
            {
                faults.append("\(event) was told after its end")
            }
        }
    }
}
