import Rules

/// The series of a page that its shape asks for, and what could not be read of it.
struct SeriesPage {
    /// One value of one series.
    struct Series {
        let machine: Int32
        /// The line it stands in, from 1.
        let line: Int32
        let key: SeriesKey
        var value: Double

        /// Whether it comes before another in the order of machines, then labels.
        func precedes(_ other: Series) -> Bool {
            if machine != other.machine { return machine < other.machine }
            return key != other.key ? key < other.key : line < other.line
        }

        func isTwin(of other: Series) -> Bool { machine == other.machine && key == other.key }
    }

    var machines = NameList()
    /// The key of each machine's name.
    var machineKeys: [SeriesKey] = []
    /// By use of a selector.
    var series: [[Series]]
    /// Whether a use met a series at all, if only one without a value.
    var isMet: [Bool]
    /// By use: the machines that have the metric with all the labels that the selector compares, and other values in
    /// them. There the selector may select nothing, and rightly so; without the metric, or by a misspelt label, it
    /// says nothing of the machine.
    var others: [Set<SeriesKey>]
    /// By use: the machines of which it met a series that has no value.
    var valueless: [Set<SeriesKey>]
    /// Whether any line was a series.
    var hasSeries = false
    var refusals = RefusalList()

    init(uses: Int) {
        series = Array(repeating: [], count: uses)
        isMet = Array(repeating: false, count: uses)
        others = Array(repeating: [], count: uses)
        valueless = others
    }
}

extension SeriesPage {
    /// Whether values can come of a page of which no use has selected a series. Without any that it is asked for no
    /// machine has shown itself, even one whose name is known beforehand.
    func isEnough(for shape: PrometheusShape, _ uses: [SelectorUse]) -> Bool {
        guard machines.count > 0 else { return false }
        return shape.metrics.contains { metric in
            let needed = metric.expression.needed
            let isSummed =
                !needed.isEmpty
                && needed.allSatisfy { use, isSummed in
                    isSummed && uses.firstIndex(of: use).map { !others[$0].isEmpty } ?? false
                }
            return isSummed || hasSeries && metric.expression.hasDefault
        }
    }
}
