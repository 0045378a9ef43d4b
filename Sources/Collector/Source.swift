public import Rules

/// Where samples come from: an HTTP endpoint that is polled, many of one kind, or whoever pushes them.
public struct Source: Hashable, Sendable {
    public let name: String
    /// What is polled; with `{target}` in it when there are targets, and empty for a source that is pushed to.
    public let url: String
    /// The endpoints that are polled in place of the one URL; nil when there are none.
    public let targets: Targets?
    /// Whether it is not polled, and takes the samples that are pushed to it.
    public let isPush: Bool
    /// How often it is polled; at least 100 ms.
    public private(set) var interval: Duration
    public let timeout: Duration
    public let format: Format
    /// Where a JSON document holds its records, and what their fields are called.
    public let shape: FleetShape
    /// What a page in the Prometheus text format comes to.
    public let prometheus: PrometheusShape
    public let headers: [Header]
    public let labels: [String: String]
    /// The longest time between two samples of a series that a window bridges.
    public private(set) var maxGap: Duration
    public let maxMachines: Int
    /// How many polls in a row must fail to be told as trouble.
    public let failingAfter: Int
    public let options: RequestOptions

    public enum Format: String, CaseIterable, Sendable {
        /// The fleet format or node_exporter's, as each response is.
        case auto
        case json, prometheus
        case nodeExporter = "node_exporter"

        var mayBeJSON: Bool { self == .auto || self == .json }
        var mayBePrometheus: Bool { self != .json }
    }

    public init(
        name: String, url: String, targets: Targets? = nil, isPush: Bool = false,
        interval: Duration = .seconds(900), timeout: Duration = .seconds(10), format: Format = .auto,
        shape: FleetShape = FleetShape(), prometheus: PrometheusShape = .nodeExporter,
        headers: [Header] = [], labels: [String: String] = [:], maxGap: Duration? = nil,
        maxMachines: Int = 100_000, failingAfter: Int = 3, options: RequestOptions = RequestOptions()
    ) {
        self.name = name
        self.url = url
        self.targets = targets
        self.isPush = isPush
        self.interval = interval
        self.timeout = timeout
        self.format = format
        self.shape = shape
        self.prometheus = prometheus
        self.headers = headers
        self.labels = labels
        self.maxGap = maxGap ?? interval * 3
        self.maxMachines = maxMachines
        self.failingAfter = failingAfter
        self.options = options
    }

    /// The same source at another interval, with the gap that goes with it.
    public func polled(every interval: Duration) -> Source {
        var source = self
        source.interval = interval
        source.maxGap = interval * 3
        return source
    }

    /// The names of all metrics that it may report.
    public var metrics: [String] {
        let json = format.mayBeJSON ? shape.metrics.map(\.name) : []
        let prometheus = format.mayBePrometheus ? prometheus.metrics.map(\.name) : []
        return json + prometheus.filter { !json.contains($0) }
    }

    /// The part of it that judging needs to know.
    public var observed: ObservedSource {
        ObservedSource(
            name: name, metrics: metrics, percentages: percentages, labels: labels, maxGap: maxGap,
            maxMachines: maxMachines,
            interval: isPush ? nil : interval,
            // What comes of several requests comes in several polls.
            pollSpacing: isPush || targets != nil ? interval / 2 : .zero)
    }

    /// Those that the fleet format and node_exporter define to be percentages; what a user maps may be anything.
    private var percentages: Set<String> {
        let usual = FleetShape().metrics
        let fleet = shape.metrics == usual ? Set(usual.map(\.name)) : []
        let pages = Set(
            PrometheusShape.nodeExporter.metrics.filter(prometheus.metrics.contains).map(\.name))
        return format.mayBeJSON
            ? format.mayBePrometheus ? fleet.intersection(pages) : fleet
            : pages
    }
}

/// Where a JSON document holds its records, and what their fields are called.
public struct FleetShape: Hashable, Sendable {
    /// A JSON pointer (RFC 6901) to the array of records, or to one bare record; empty is the whole document.
    public let records: String
    /// The path of the field that names the machine, its steps separated by dots: `host.name`.
    public let machine: String
    public let metrics: [Metric]

    public struct Metric: Hashable, Sendable {
        public let name: String
        /// The path of its field, its steps separated by dots: `memory.used_percent`.
        public let path: String

        public init(_ name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    /// The fleet format, unless said otherwise.
    public init(
        records: String = "", machine: String = "machine_ip",
        metrics: [Metric] = ["cpu", "mem", "disk"].map { Metric($0, path: $0) }
    ) {
        self.records = records
        self.machine = machine
        self.metrics = metrics
    }
}
