import Rules

/// Writes metrics in the text format of Prometheus
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
struct Exposition {
    private(set) var text = ""

    enum Kind: String { case counter, gauge, histogram }

    /// Begins a metric; its samples follow.
    mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: KeyValuePairs<String, String> = [:], _ value: Double) {
        let pairs = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
        text += "\(name)\(pairs.isEmpty ? "" : "{\(pairs)}") \(value.isFinite ? value.plain : "NaN")\n"
    }

    mutating func sample(_ name: String, _ labels: KeyValuePairs<String, String> = [:], _ value: Int) {
        sample(name, labels, Double(value))
    }

    /// A metric of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        metric(name, kind, help)
        sample(name, [:], value)
    }

    /// One histogram, under a label where there are several.
    mutating func histogram(
        _ name: String, _ label: (name: String, value: String)? = nil, _ histogram: Tally.Histogram
    ) {
        let own = label.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
        for (bound, count) in zip(Tally.Histogram.bounds, histogram.counts) {
            text += "\(name)_bucket{\(own.map { $0 + "," } ?? "")le=\"\(bound.plain)\"} \(count)\n"
        }
        text += "\(name)_bucket{\(own.map { $0 + "," } ?? "")le=\"+Inf\"} \(histogram.count)\n"
        let labels = own.map { "{\($0)}" } ?? ""
        text += "\(name)_sum\(labels) \(histogram.sum.plain)\n\(name)_count\(labels) \(histogram.count)\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

extension Double {
    /// As it reads back, a whole number without a fraction.
    fileprivate var plain: String {
        var json = JSONWriter()
        json.number(self)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
