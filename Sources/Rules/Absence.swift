/// Which machines of a source were last reported when, for one metric or for any, and the rules that watch that.
///
/// Polls are numbered from 1. A poll that failed never gets here: when the source as a whole says nothing, that says
/// nothing of any machine.
struct Absence: Sendable {
    /// Nil for any metric.
    let metric: String?
    var watches: [SeriesTable.Watch]
    /// By slot, the number of the last poll that held a sample of the machine; 0 for none that is known.
    private var numbers: [Int] = []
    private var times: [Timestamp] = []

    init(metric: String?, watches: [SeriesTable.Watch]) {
        self.metric = metric
        self.watches = watches
    }

    /// The last poll that held a sample of the machine in `slot`; nil when none is known.
    func lastSeen(_ slot: Int) -> (number: Int, at: Timestamp)? {
        guard slot < numbers.count, numbers[slot] > 0 else { return nil }
        return (numbers[slot], times[slot])
    }

    mutating func see(_ slot: Int, in number: Int, at time: Timestamp) {
        while numbers.count <= slot {
            numbers.append(0)
            times.append(time)
        }
        guard number >= numbers[slot] else { return }
        (numbers[slot], times[slot]) = (number, time)
    }

    /// Takes over from before an edit which machines were last reported when.
    mutating func see(like former: Absence) { (numbers, times) = (former.numbers, former.times) }

    mutating func forget(_ slot: Int) {
        if slot < numbers.count { numbers[slot] = 0 }
    }

    /// The slots that `poll` holds a sample of, and true at their places in an array of `slots`.
    func present(in poll: Poll, _ placement: Placement, slots: Int) -> [Bool] {
        var present = Array(repeating: false, count: slots)
        for (column, name) in poll.metrics.enumerated() where metric == nil || metric == name {
            PollColumn(column, of: poll, placement).forEachSample { _, slot, _ in
                if slot < slots { present[slot] = true }
            }
        }
        return present
    }
}

extension Rule {
    /// What the metric of a rule is that watches whether a machine is reported at all.
    public static let anyMetric = "*"

    /// For how many polls a machine must be missing; nil for a rule that judges values.
    public var missingPolls: Int? {
        guard aggregate == .missing, case .samples(let polls) = window else { return nil }
        return polls
    }
}

extension Threshold {
    /// Of the number of polls in which a machine was missing: reached at `polls`, and over when it is none.
    init(missing polls: Int) {
        self = Threshold(.above, Double(polls), clear: 0) ?? .aboveZero
    }
}
