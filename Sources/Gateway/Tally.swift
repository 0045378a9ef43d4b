import Rules
import Store
import Synchronization

/// What the gateway has done since it was started, counted for `/metrics`.
final class Tally: Sendable {
    /// What the pipeline takes.
    enum Step: String, CaseIterable, Sendable {
        case poll, rules, request, tick, trouble
    }

    /// What came of an attempt at a delivery.
    enum Result: String, CaseIterable, Sendable {
        case delivered, retry, dead
    }

    struct Counts: Sendable {
        var samples = 0
        var evaluations = 0
        var events: [Event.Kind: Int] = [:]
        var attempts: [String: [Result: Int]] = [:]
        /// How long each step took, its commit included.
        var steps: [Step: Histogram] = [:]
        /// From the sample that broke a rule to the commit of its incident.
        var breachToCommit = Histogram()
        /// From that sample to the answer by which a receiver accepted the alert.
        var breachToDelivered = Histogram()
        /// When the sample of each incident that was opened lately was taken: at most 20,000 of the last.
        fileprivate var opened: (last: [Int64: Timestamp], before: [Int64: Timestamp]) = ([:], [:])

        fileprivate mutating func remember(_ incident: Incident) {
            if opened.last.count >= 10_000 { opened = ([:], opened.last) }
            opened.last[incident.id] = incident.openedAt
        }
    }

    /// Lengths of time in the buckets of Prometheus: each holds those that are at most so long.
    struct Histogram: Sendable {
        /// In seconds.
        static let bounds = [
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
        ]
        private(set) var counts = Array(repeating: 0, count: bounds.count)
        private(set) var count = 0
        private(set) var sum = 0.0

        mutating func add(_ duration: Duration) {
            let (whole, fraction) = duration.components
            let seconds = max(0, Double(whole) + Double(fraction) / 1e18)
            count += 1
            sum += seconds
            for (index, bound) in Self.bounds.enumerated() where seconds <= bound { counts[index] += 1 }
        }
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    func note(step: Step, lasting duration: Duration) {
        state.withLock { $0.steps[step, default: Histogram()].add(duration) }
    }

    func note(_ taken: Taken, at now: Timestamp) {
        state.withLock { counts in
            counts.samples += taken.samples
            counts.evaluations += taken.evaluations
            for event in taken.events {
                counts.events[event.kind, default: 0] += 1
                guard event.kind == .opened else { continue }
                counts.breachToCommit.add(event.at.duration(to: now))
                counts.remember(event.incident)
            }
        }
    }

    func note(_ finding: Finding, of delivery: Delivery) {
        state.withLock { counts in
            counts.attempts[delivery.webhook, default: [:]][Result(finding.next), default: 0] += 1
            guard finding.next == .delivered, delivery.kind == Event.Kind.opened.rawValue,
                let incident = delivery.incident,
                let opened = counts.opened.last[incident] ?? counts.opened.before[incident]
            else { return }
            let end = finding.attempt.at.advanced(by: finding.attempt.duration)
            counts.breachToDelivered.add(opened.duration(to: end))
        }
    }
}

extension Tally.Result {
    fileprivate init(_ next: Finding.Next) {
        switch next {
        case .delivered: self = .delivered
        case .retry: self = .retry
        case .dead: self = .dead
        }
    }
}
