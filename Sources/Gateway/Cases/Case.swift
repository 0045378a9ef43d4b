import Collector
import Rules

/// One unit test of rules: what a source says, poll by poll, and what is to come of it.
struct Case: Sendable {
    let name: String
    let line: Int
    let source: Source
    /// The moment of the first poll.
    let start: Timestamp
    let series: [Series]
    /// The polls, the first being 1, that the source does not answer.
    let failedPolls: Set<Int>
    /// The polls before which the gateway is killed and started again.
    let restarts: Set<Int>
    let answers: [String: AnswerScript]
    /// How long the time goes on after the last poll.
    let then: Duration
    /// All events, in order; nil when they are not looked at.
    let events: [Expectation]?
    /// All requests to webhooks, in order; nil when they are not looked at.
    let requests: [Expectation]?

    struct Series: Sendable {
        let machine: String
        let metric: String
        /// One for each poll, as far as they go; nil where the machine says nothing.
        let values: [Double?]
    }

    /// Something that is to happen.
    struct Expectation: Sendable {
        let line: Int
        /// Nil when it may happen at any time.
        let at: Moment?
        let pattern: Pattern
    }

    enum Moment: Hashable, Sendable {
        /// So long after the poll of a number, the first being 1: `3`, `3+5s`.
        case poll(Int, after: Duration)
        /// So long after the first poll: `2m`.
        case after(Duration)
    }

    var polls: Int { max(series.map(\.values.count).max() ?? 0, failedPolls.max() ?? 0) }

    func time(ofPoll number: Int) -> Timestamp { start.advanced(by: source.interval * (number - 1)) }

    func time(of moment: Moment) -> Timestamp {
        switch moment {
        case .poll(let number, let duration): time(ofPoll: number).advanced(by: duration)
        case .after(let duration): start.advanced(by: duration)
        }
    }

    /// A moment for people, by the sample that came last: `sample 3 (2m)`, `sample 3+5s`.
    func shown(_ time: Timestamp) -> String {
        let offset = start.duration(to: time)
        let number = min(Int(offset.wholeMilliseconds / source.interval.wholeMilliseconds) + 1, max(polls, 1))
        let later = self.time(ofPoll: number).duration(to: time)
        return "sample \(number)" + (later > .zero ? "+\(later.compact)" : " (\(offset.compact))")
    }
}
