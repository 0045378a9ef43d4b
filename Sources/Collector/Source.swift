public import Rules

/// An HTTP endpoint that is polled: one response carries records of many machines.
public struct Source: Hashable, Sendable {
    public let name: String
    public let url: String
    /// How often it is polled; at least 100 ms.
    public let interval: Duration
    public let timeout: Duration
    public let format: Format
    /// Where a JSON document holds its records, and what their fields are called.
    public let shape: FleetShape
    public let headers: [Header]
    public let labels: [String: String]
    /// The longest time between two samples of a series that a window bridges.
    public let maxGap: Duration
    public let maxMachines: Int
    public let options: RequestOptions

    public enum Format: String, CaseIterable, Sendable {
        case auto, json
    }

    public struct Header: Hashable, Sendable {
        public let name: String
        public let value: Secret

        public init(_ name: String, _ value: Secret) {
            self.name = name
            self.value = value
        }
    }

    public init(
        name: String, url: String, interval: Duration = .seconds(900), timeout: Duration = .seconds(10),
        format: Format = .auto, shape: FleetShape = FleetShape(), headers: [Header] = [],
        labels: [String: String] = [:], maxGap: Duration? = nil, maxMachines: Int = 100_000,
        options: RequestOptions = RequestOptions()
    ) {
        self.name = name
        self.url = url
        self.interval = interval
        self.timeout = timeout
        self.format = format
        self.shape = shape
        self.headers = headers
        self.labels = labels
        self.maxGap = maxGap ?? interval * 3
        self.maxMachines = maxMachines
        self.options = options
    }

    /// The same source at another interval, with the gap that goes with it.
    public func polled(every interval: Duration) -> Source {
        Source(
            name: name, url: url, interval: interval, timeout: timeout, format: format, shape: shape,
            headers: headers, labels: labels, maxMachines: maxMachines, options: options)
    }

    /// The part of it that judging needs to know.
    public var observed: ObservedSource {
        ObservedSource(
            name: name, metrics: shape.metrics.map(\.name), labels: labels, maxGap: maxGap,
            maxMachines: maxMachines)
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
