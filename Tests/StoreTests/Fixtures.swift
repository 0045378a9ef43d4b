import Rules
import Store
import TestSupport
import Testing

extension TemporaryFolder {
    func open(at milliseconds: Int64 = 0) throws -> StoreWriter {
        try StoreWriter(path: database, newInstance: "test") { Timestamp(milliseconds: milliseconds) }
    }
}

let fleet = ObservedSource(
    name: "fleet", metrics: ["cpu", "mem"], labels: ["env": "production"], maxGap: .seconds(3))

func ruleset(window: Int = 2, above limit: Double = 85) throws -> Ruleset {
    let threshold = try #require(Threshold(.above, limit))
    let rule = Rule(
        name: "cpu-high", metric: "cpu", window: .samples(window), threshold: threshold, severity: .critical)
    return Ruleset(version: 1, rules: [rule], sources: [fleet])
}

func poll(at second: Int64, _ rows: KeyValuePairs<String, (cpu: Double, mem: Double)>) throws -> Poll {
    try #require(
        Poll(
            source: "fleet", at: Timestamp(milliseconds: second * 1000), metrics: ["cpu", "mem"],
            machines: NameList(rows.map(\.key)), values: rows.flatMap { [$0.value.cpu, $0.value.mem] }))
}

extension StoreWriter {
    /// Judges and commits a poll, a letter to `ops` for each event, as the gateway does.
    func take(_ poll: Poll, by table: inout SeriesTable, letters: [String] = ["ops"]) async throws -> [Event]
    {
        let judgement = table.judge(poll, nextIncident: try nextIncident())
        var change = Change(decidedAt: poll.at)
        change.samples = (poll, judgement.placement)
        change.progress = judgement.progress
        change.notices = judgement.events.map { event in
            Notice(event, letters: letters.map { Letter(to: $0, body: Array("\(event.kind)".utf8)) })
        }
        try commit(change)
        table.adopt(judgement, of: poll)
        return judgement.events
    }
}
