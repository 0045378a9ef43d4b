/// Which metrics a page in the Prometheus text format holds, and how the machine is called that they are of.
public struct PrometheusShape: Hashable, Sendable {
    /// The label that names the machine; nil when a page is of one machine and does not name it.
    public let machine: String?
    public let metrics: [Metric]

    public struct Metric: Hashable, Sendable {
        public let name: String
        public let expression: Expression

        public init(_ name: String, _ expression: Expression) {
            self.name = name
            self.expression = expression
        }
    }

    public init(machine: String? = nil, metrics: [Metric]) {
        self.machine = machine
        self.metrics = metrics
    }

    /// The expressions that make percentages of what node_exporter serves, as they would stand in rules.yaml.
    ///
    /// The share of idle time among all time, rather than idle seconds per second: it stays within 0 and 100
    /// however unpunctual the polls are. The disk is the fullest file system that can fill up: images are always
    /// full, and those in memory or of other machines are not this machine's disk.
    static let nodeExporterTexts = [
        (
            "cpu",
            #"100 * (1 - sum(rate(node_cpu_seconds_total{mode="idle"})) / sum(rate(node_cpu_seconds_total)))"#
        ),
        ("mem", "100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)"),
        (
            "disk",
            "100 * (1 - min(node_filesystem_avail_bytes{\(realDisks)} / node_filesystem_size_bytes{\(realDisks)}))"
        ),
    ]

    private static let realDisks =
        #"fstype!*"tmpfs|ramfs|devtmpfs|overlay|squashfs|iso9660|udf|erofs|autofs|fuse.*|nfs*|cifs|smb*""#

    /// What node_exporter's pages come to; `nil` would be a fault in the texts above, which a test reads.
    public static let nodeExporter = PrometheusShape(
        metrics: nodeExporterTexts.compactMap { name, text in
            (try? Expression(parsing: text)).map { Metric(name, $0) }
        })

    /// The shape with other metrics; those of the same name take the place of its own.
    func adding(_ more: [Metric], machine: String?) -> PrometheusShape {
        let kept = metrics.filter { metric in !more.contains { $0.name == metric.name } }
        return PrometheusShape(machine: machine ?? self.machine, metrics: kept + more)
    }

    /// The ways in which series are used, each once.
    var uses: [SelectorUse] {
        var uses: [SelectorUse] = []
        for use in metrics.flatMap(\.expression.selectors) where !uses.contains(use) { uses.append(use) }
        return uses
    }
}
