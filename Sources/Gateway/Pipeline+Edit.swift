import Collector
import Notifiers
import Rules
import Store

/// Going over from one accepted rules file to another.
extension Pipeline {
    /// Reads some more of the windows that `configuration` needs and nobody remembers; whether it has them all, and
    /// `adopt` need not wait for the disk. Polls may be taken in between.
    ///
    /// Only one configuration is prepared at a time.
    mutating func prepare(
        _ configuration: Configuration, blocks: Int
    ) async throws(StoreError) -> Bool {
        var edit = self.edit
        self.edit = nil
        defer { self.edit = edit }
        if edit == nil { edit = try await preparation(of: configuration) }
        return try await edit?.advance(in: store, blocks: blocks) ?? true
    }

    private func preparation(
        of configuration: Configuration
    ) async throws(StoreError) -> EditInPreparation {
        let next = Ruleset(
            version: 0, rules: configuration.rules, sources: configuration.sources.map(\.observed))
        var edit = EditInPreparation()
        for source in next.sources {
            let (table, gaps) = try await store.incompleteTable(
                of: source, by: next, after: tables[source.name])
            guard !gaps.metrics.isEmpty, let last = try await store.lastPoll(of: source.name) else {
                continue
            }
            let reader = SampleReader(of: table, gaps.metrics, lastPoll: last)
            edit.add(Backfill(table, metrics: gaps.metrics, by: next), reader, of: source.name)
        }
        return edit
    }

    /// Goes over to another accepted rules file: windows and open incidents stay, what lost its rule ends.
    mutating func adopt(
        _ configuration: Configuration, audit: AuditEntry? = nil
    ) async throws(StoreError) -> Taken {
        let time = now()
        let version = try await store.rulesVersion(
            of: configuration.text, from: configuration.origin, at: time, audit: audit)
        let next = Ruleset(
            version: version, rules: configuration.rules, sources: configuration.sources.map(\.observed))
        var tables: [String: SeriesTable] = [:]
        for source in next.sources {
            tables[source.name] = try await store.table(
                of: source, by: next, after: self.tables[source.name], backfill: edit?.backfills[source.name])
        }
        var step = Step()
        step.events = next.farewells(to: try await store.openIncidents(), at: time)
        step.add(troublesEnded(by: configuration, at: time))
        if ruleset.version == 0 { step.add(absence(until: time)) }
        step.released = try await store.heldIncidents().filter { !next.watches($0) }.map(\.id)
        let former = (router, maintenance, precedence)
        (router, maintenance, precedence) = (
            Router(configuration.webhooks, rendering: rendering(by: configuration)),
            configuration.maintenance, Precedence(configuration.rules)
        )
        attention.active = nil
        let change: Change
        var committed = Committed()
        // Last of all: had anything failed after it, nobody would be told of what it committed.
        do {
            change = try await self.change(of: step, at: time)
            if !step.isEmpty || !storms.isEmpty { committed = try await record(change) }
        } catch {
            (router, maintenance, precedence) = former
            throw error
        }
        (ruleset, self.tables, edit) = (next, tables, nil)
        adopt(step, change)
        let strays = troubles.waiting.keys.filter { !has($0) }
        for key in strays { troubles.forget(key) }
        fallbackMarks = [:]
        return Taken(change, committed)
    }

    /// What messages can say of the gateway itself: where it is reached, and what their readers may do.
    private func rendering(by configuration: Configuration) -> Rendering {
        guard let url = configuration.server.publicURL else { return Rendering() }
        return Rendering(gateway: url, links: actionKey.map { ActionLinks(base: url, key: $0) })
    }
}

/// What an edit of the rules needs, as far as it was read.
struct EditInPreparation: Sendable {
    /// By source.
    private(set) var backfills: [String: Backfill] = [:]
    private var readers: [(source: String, reader: SampleReader)] = []

    /// Has `backfill` read what `reader` reads.
    mutating func add(_ backfill: Backfill, _ reader: SampleReader, of source: String) {
        backfills[source] = backfill
        readers.append((source, reader))
    }

    /// Reads on, `blocks` or a poll more than that; whether there was less to read.
    mutating func advance(in store: StoreWriter, blocks: Int) async throws(StoreError) -> Bool {
        var left = blocks
        for index in readers.indices {
            let source = readers[index].source
            while left > 0,
                let (samples, reader) = try await store.samples(by: readers[index].reader, atLeast: left)
            {
                readers[index].reader = reader
                for row in samples { backfills[source]?.remember(row) }
                left -= max(1, samples.count)
            }
        }
        return left > 0
    }

    /// Takes along what a poll of a source has changed.
    mutating func follow(_ judgement: Judgement, of source: String) { backfills[source]?.follow(judgement) }

    /// Takes along an incident that has changed.
    mutating func follow(_ incident: Incident) { backfills[incident.source]?.follow(incident) }
}
