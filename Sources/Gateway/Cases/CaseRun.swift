import Collector
import HTTP
import Notifiers
import Rules
import Store

extension Case {
    /// Runs the case with the real gateway on a clock of its own, in the new database `database`; gives what was
    /// not as expected.
    func run(_ configuration: Configuration, database: String) async throws(StoreError) -> [CaseFailure] {
        var attempts: [String: Int] = [:]
        var gateway = try await VirtualGateway(configuration, database: database, at: start) { parcel, _ in
            attempts[parcel.webhook, default: 0] += 1
            let script = answers[parcel.webhook] ?? .always204
            return script[attempts[parcel.webhook, default: 1]].answer(to: parcel)
        }
        for number in 1...max(polls, 1) {
            if restarts.contains(number) { gateway.addRestart(at: time(ofPoll: number)) }
            if let outcome = outcome(ofPoll: number) { gateway.add(outcome) }
        }
        try await gateway.run(until: time(ofPoll: max(polls, 1)).advanced(by: then))
        return failures(events, gateway.events.map { CaseHappening($0) }, "event")
            + failures(requests, gateway.sent.map { CaseHappening($0) }, "request")
    }

    /// What the source says at a poll; nil for one that cannot be said.
    private func outcome(ofPoll number: Int) -> PollOutcome? {
        let time = time(ofPoll: number)
        guard !failedPolls.contains(number) else {
            let failure = HTTPFailure(.timeout, "no answer within \(source.timeout.compact)")
            return PollOutcome(
                source: source.name, startedAt: time, duration: .zero, result: .failure(.http(failure)))
        }
        let metrics = source.metrics
        var machines: [String] = []
        var rows: [String: [Double]] = [:]
        for series in series {
            guard number <= series.values.count, let value = series.values[number - 1],
                let column = metrics.firstIndex(of: series.metric)
            else { continue }
            if rows[series.machine] == nil { machines.append(series.machine) }
            rows[series.machine, default: metrics.map { _ in .nan }][column] = value
        }
        let poll = Poll(
            source: source.name, at: time, metrics: metrics, machines: NameList(machines),
            values: machines.flatMap { rows[$0] ?? [] })
        return poll.map {
            PollOutcome(
                source: source.name, startedAt: time, duration: .zero, result: .success(.init(poll: $0)))
        }
    }

    /// What of `expected` did not happen, and what happened beside it.
    ///
    /// Each expectation takes the first happening that fits it and is not before the one of the expectation before.
    private func failures(
        _ expected: [Expectation]?, _ happenings: [CaseHappening], _ noun: String
    ) -> [CaseFailure] {
        guard let expected else { return [] }
        var isTaken = happenings.map { _ in false }
        var missed: [(expectation: Expectation, after: Int?)] = []
        var (last, lastLine) = (start, Int?.none)
        for expectation in expected {
            let found = happenings.indices.first { index in
                !isTaken[index] && happenings[index].at >= last
                    && isAsExpected(happenings[index], expectation)
            }
            guard let found else {
                missed.append((expectation, after: lastLine))
                continue
            }
            isTaken[found] = true
            (last, lastLine) = (happenings[found].at, expectation.line)
        }
        var rest = happenings.indices.filter { !isTaken[$0] }
        var failures: [CaseFailure] = []
        for (expectation, line) in missed {
            let nearest = rest.min {
                differences(happenings[$0], expectation) < differences(happenings[$1], expectation)
            }
            rest.removeAll { $0 == nearest }
            failures.append(failure(expectation, after: line, got: nearest.map { happenings[$0] }, noun))
        }
        return failures
            + rest.map { index in
                CaseFailure(
                    line: nil, "unexpected \(noun) at \(shown(happenings[index].at))",
                    details: ["got: \(happenings[index].shown)"])
            }
    }

    private func isAsExpected(_ happening: CaseHappening, _ expectation: Expectation) -> Bool {
        differences(happening, expectation) == 0
    }

    private func differences(_ happening: CaseHappening, _ expectation: Expectation) -> Int {
        let isInTime = expectation.at.map { time(of: $0) == happening.at } ?? true
        return expectation.pattern.mismatches(happening.value).count + (isInTime ? 0 : 1)
    }

    /// `after` is the line of the expectation that was met last.
    private func failure(
        _ expectation: Expectation, after: Int?, got: CaseHappening?, _ noun: String
    ) -> CaseFailure {
        if let got, let after, isAsExpected(got, expectation) {
            return CaseFailure(
                line: expectation.line,
                "this \(noun) came before the one on line \(after): they stand in the order of time",
                details: ["got: \(got.shown)"])
        }
        let place = expectation.at.map { " at \(shown(time(of: $0)))" } ?? ""
        var details = ["expected: \(expectation.pattern.shown)"]
        if let got {
            details.append("got:      \(got.shown)")
            if let at = expectation.at, time(of: at) != got.at {
                details.append("  at: expected \(shown(time(of: at))), got \(shown(got.at))")
            }
            details += expectation.pattern.mismatches(got.value).map {
                "  \($0.path): expected \($0.expected), got \($0.got)\(got.hint(for: $0))"
            }
        } else {
            details.append("got:      no further \(noun)")
        }
        return CaseFailure(line: expectation.line, "no such \(noun)\(place)", details: details)
    }
}

/// Something that was not as a case expects.
struct CaseFailure: Equatable {
    /// Of the expectation; nil for what was not expected at all.
    let line: Int?
    let message: String
    let details: [String]

    init(line: Int?, _ message: String, details: [String]) {
        self.line = line
        self.message = message
        self.details = details
    }
}
