import Collector
import Notifiers
import Rules
import Store

/// `gateway import`: brings past samples into the database, so that a backtest has something on the first day.
struct ImportCommand: Equatable, Sendable {
    var path = "-"
    var rules = "rules.yaml"
    /// The source that the samples are of; the first of the rules file unless given.
    var source: String?
    /// The database; that of the rules file unless given.
    var database: String?

    static let command = Command(
        name: "import", outline: "FILE", summary: "brings in past samples, CSV or NDJSON, for a backtest",
        about: """
            Brings past samples into the database, so that a backtest has something on the first day; no rule judges them. The
            gateway must not run meanwhile. FILE, or - for standard input, is CSV with a first line of names, or NDJSON:

              time,machine,cpu,mem
              2026-11-23T12:00:00Z,10.0.0.7,45%,30.5

              {"time": "2026-11-23T12:00:00Z", "machine": "10.0.0.7", "cpu": 45}

            Times are RFC 3339 or seconds since 1970. Rows of the same time are one poll; one that is there already is left alone.
            """,
        operands: [Command.Operand("FILE", .file)],
        options: [
            Command.Option("--source", "NAME", "the source that they are of (the first in the rules file)"),
            Command.Option(
                "--rules", "FILE", .file,
                "the rules file, which says what metrics the source has (rules.yaml)"),
            Command.Option("--database", "FILE", .file, "the database (that of the rules file)"),
        ]
    ) { arguments, environment in
        let report = try await ImportCommand(arguments).run(
            environment: environment, now: TimeSource.system.now)
        print(report.text, terminator: "")
        return report.refused > 0 ? 1 : 0
    }

    init(_ arguments: Arguments) {
        path = arguments.operands.first ?? path
        rules = arguments.value("--rules") ?? rules
        source = arguments.value("--source")
        database = arguments.value("--database")
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Gap: Equatable {
        let apart: Duration
        let bridged: Duration
        let source: String
    }

    struct Report: Equatable {
        var polls = 0
        var samples = 0
        /// Polls of a time of which there is one already.
        var known = 0
        var refused = 0
        /// The first of the lines that were refused, at most 20, each with its place.
        var faults: [String] = []
        /// How far apart most polls are, and what windows of the source bridge, where no window could fill.
        var gap: Gap?

        var text: String {
            var lines = faults
            if refused > faults.count {
                lines.append("… and \((refused - faults.count).counted("more line")) refused")
            }
            var summary = "imported \(samples.counted("sample")) in \(polls.counted("poll"))"
            if known > 0 {
                summary += "; \(known.counted("poll")) \(known == 1 ? "was" : "were") there already"
            }
            if refused > 0 { summary += "; \(refused.counted("line")) refused" }
            lines.append(summary)
            if let gap {
                lines.append(
                    "note: most polls are \(gap.apart.compact) apart, and windows of \(gap.source) bridge "
                        + "\(gap.bridged.compact), so that hardly any fills; for a backtest of them write "
                        + "max_gap: \((gap.apart * 3).compact) to the source")
            }
            return lines.joined(separator: "\n") + "\n"
        }
    }

    func run(environment: [String: String], now: @escaping @Sendable () -> Timestamp) async throws -> Report {
        let configuration = try Configuration.load(path: rules, environment: environment)
        let names = configuration.sources.map(\.name)
        guard let source = configuration.sources.first(where: { $0.name == source ?? names.first }) else {
            throw Failure(
                description:
                    "there is no source '\(self.source ?? "")'; sources: \(names.joined(separator: ", "))")
        }
        var report = Report()
        let rows = try read(source, &report, notAfter: now())
        report.gap = Self.gap(of: rows, in: source.observed)
        let store = try StoreWriter(
            path: database ?? configuration.storage.path,
            newInstance: Crypto.randomHex(bytes: 8) ?? "\(now().milliseconds)", now: now)
        try await write(rows, of: source.observed, to: store, &report)
        try await store.keep(
            AuditEntry(
                at: now(), who: "cli", address: "-", method: "-", route: "gateway import",
                subject: source.name, summary: "\(path.suffix(200)): \(report.samples.counted("sample"))",
                status: 200))
        try await store.checkpoint()
        return report
    }

    /// The rows of the file, by time.
    private func read(_ source: Source, _ report: inout Report, notAfter now: Timestamp) throws -> [PastRow] {
        let reader = try LineReader(path: path)
        var rows: [PastRow] = []
        var format: PastFormat?
        var number = 0
        while let line = reader.next() {
            number += 1
            guard !line.isEmpty else { continue }
            do throws(PastFlaw) {
                if format == nil {
                    let first = number == 1 && line.hasPrefix("\u{FEFF}") ? String(line.dropFirst()) : line
                    let read = try PastFormat(first: first, metrics: source.metrics)
                    format = read
                    if read.hasHeader { continue }
                }
                guard let row = try format?.row(line) else { continue }
                guard row.at <= now else {
                    throw PastFlaw("\(row.at) is in the future; write the time at which it was measured")
                }
                rows.append(row)
            } catch {
                guard format != nil else { throw Failure(description: "\(path):\(number): \(error.message)") }
                report.refused += 1
                if report.faults.count < 20 { report.faults.append("\(path):\(number): \(error.message)") }
            }
        }
        return rows.sorted { ($0.at, $0.machine) < ($1.at, $1.machine) }
    }

    /// What keeps windows from filling: polls of which most are further apart than a window bridges.
    private static func gap(
        of rows: [PastRow], in source: ObservedSource
    ) -> Gap? {
        let gaps = zip(rows, rows.dropFirst()).map { $0.at.duration(to: $1.at) }.filter { $0 > .zero }
            .sorted()
        guard !gaps.isEmpty, gaps[gaps.count / 2] > source.maxGap else { return nil }
        return Gap(apart: gaps[gaps.count / 2], bridged: source.maxGap, source: source.name)
    }

    /// Commits the rows poll by poll, by the same way as those of a running gateway.
    private func write(
        _ rows: [PastRow], of source: ObservedSource, to store: StoreWriter, _ report: inout Report
    ) async throws {
        let ruleset = Ruleset(version: 0, rules: [], sources: [source])
        var table = try await store.table(of: source, by: ruleset)
        var start = 0
        while start < rows.count {
            let end = rows[start...].firstIndex { $0.at != rows[start].at } ?? rows.count
            guard let poll = Self.poll(rows[start..<end], of: source) else { break }
            start = end
            guard try await !store.hasPoll(of: source.name, at: poll.at) else {
                report.known += 1
                continue
            }
            let judgement = table.judge(poll, nextIncident: 1)
            var change = Change(decidedAt: poll.at)
            change.samples = (poll, judgement.placement)
            try await store.commit(change)
            table.adopt(judgement, of: poll)
            report.polls += 1
            report.samples += poll.values.count { !$0.isNaN }
        }
        try await store.backdate(
            Dictionary(rows.map { ($0.machine, $0.at) }, uniquingKeysWith: { min($0, $1) }), of: source.name)
    }

    /// The rows of one moment; of a machine that is named twice the later line counts.
    private static func poll(_ rows: ArraySlice<PastRow>, of source: ObservedSource) -> Poll? {
        guard let at = rows.first?.at else { return nil }
        let machines = Dictionary(rows.map { ($0.machine, $0.values) }, uniquingKeysWith: { _, last in last })
            .sorted { $0.key < $1.key }
        return Poll(
            source: source.name, at: at, metrics: source.metrics, machines: NameList(machines.map(\.key)),
            values: machines.flatMap { machine in source.metrics.map { machine.value[$0] ?? .nan } })
    }
}
