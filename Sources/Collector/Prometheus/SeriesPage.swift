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
