import Rules
import TestSupport
import Testing

@testable import Store

/// A store with a history that is made by a seed, and the same history as values.
struct History {
    let folder: TemporaryFolder
    let writer: StoreWriter
    let reader: StoreReader
    var incidents: [Incident] = []
    /// The words of each incident and of the notes on it.
    private var words: [Int64: Set<String>] = [:]
    private var seed: UInt64

    init(seed: UInt64 = 1) throws {
        folder = try TemporaryFolder()
        writer = try StoreWriter(path: folder.database, newInstance: "test", durability: .none) {
            Timestamp(milliseconds: 0)
        }
        reader = try StoreReader(path: folder.database, of: writer, count: 1)
        self.seed = seed
    }

    mutating func random(_ bound: Int) -> Int {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(seed >> 33) % bound
    }

    /// An incident of some rule on some machine, opened about `id` minutes after the epoch.
    mutating func incident(_ id: Int64, special: Bool = false, isOpen: Bool = false) throws -> Incident {
        let opened = id * 60_000 + Int64(random(600_000))
        let value = Double(random(1000)) / 10
        let isOpen = isOpen || !special && random(20) == 0
        let rule = special ? "rare-rule" : "cpu-\(random(3))"
        // One alone of a rule may be open on a machine.
        let machine = special ? "Rare.é" : "m\(random(9))" + (isOpen ? "-\(id)" : "")
        var incident = Incident(
            id: id, rule: rule, severity: special ? .critical : [.info, .warning][random(2)],
            machine: machine, source: special ? "lab" : "fleet", metric: special ? "odd" : "cpu",
            aggregate: .mean, window: .samples(3), threshold: try #require(Threshold(.above, 85)),
            value: value, peak: value, lastValue: value,
            message: "\(special ? "Strange" : "cpu") mean \(value.shown) is above 85",
            labels: special ? ["env": "test"] : ["env": "production", "team": "t\(random(2))"],
            openedAt: Timestamp(milliseconds: opened), rulesVersion: 1)
        if !isOpen {
            incident = incident.resolved(
                .recovered, at: Timestamp(milliseconds: opened + Int64(random(900_000))))
        }
        return incident
    }

    mutating func open(_ opened: [Incident]) async throws {
        var change = Change(decidedAt: Timestamp(milliseconds: 0))
        change.notices = opened.map {
            Notice(Event(kind: .opened, at: $0.openedAt, incident: $0, evidence: []), letters: [])
        }
        let ends = opened.filter { $0.resolvedAt != nil }
        change.notices += ends.map {
            Notice(Event(kind: .resolved, at: $0.openedAt, incident: $0, evidence: []), letters: [])
        }
        try await writer.commit(change)
        incidents += opened
        for incident in opened { words[incident.id] = Set(Term.texts(of: incident).flatMap(Term.words)) }
    }

    /// Something that befalls an incident that is open.
    mutating func move(_ kind: Event.Kind, _ index: Int, at time: Timestamp) async throws {
        var incident = incidents[index]
        if kind == .resolved {
            incident = incident.resolved(.recovered, at: time)
        } else {
            (incident.acknowledgedAt, incident.acknowledgedBy) = (time, "kim")
        }
        var change = Change(decidedAt: time)
        change.notices = [
            Notice(Event(kind: kind, at: time, incident: incident, evidence: []), letters: [])
        ]
        try await writer.commit(change)
        incidents[index] = incident
    }

    mutating func note(_ text: String, on incident: Int64) async throws {
        var change = Change(decidedAt: Timestamp(milliseconds: 0))
        change.remarks = [
            Remark(
                incident: incident, at: Timestamp(milliseconds: 0), action: .note, by: nil, note: text)
        ]
        try await writer.commit(change)
        words[incident, default: []].formUnion(Term.words(of: text))
    }

    /// The numbers of those that match, as a list of all would be gone through by hand.
    func expected(_ query: IncidentQuery) -> [Int64] {
        incidents.filter { incident in
            guard query.matches(incident) else { return false }
            return query.beginnings.allSatisfy { start in
                (words[incident.id] ?? []).contains { $0.hasPrefix(start) }
            }
        }.map(\.id).reversed()
    }

    /// What the store gives, page by page.
    func found(_ query: IncidentQuery, by limit: Int = 1000) throws -> [Int64] {
        var (query, found) = (query, [Int64]())
        query.limit = limit
        while true {
            let (page, more) = try reader.incidents(matching: query)
            found += page.map(\.id)
            guard more else { return found }
            query.before = page.last?.id
        }
    }
}
