internal import HTTP
import Rules

extension Source {
    /// A response or a pushed body, and what is known of it beside its bytes.
    struct Document {
        let body: [UInt8]
        let contentType: String
        /// The machine that a page is of, unless it names one itself.
        let machine: String?
        /// Whether JSON is of that machine too: one URL stands for a whole fleet, each of many for a machine.
        let isOneMachine: Bool
        /// When it had been read.
        let at: Timestamp
        /// Whether it need not hold all metrics.
        var isPartial = false
    }

    /// Reads a document in the format of the source.
    func decode(
        _ document: Document, counters: inout CounterMemory
    ) throws(DecodeError) -> Decoded {
        guard isPrometheus(document) else {
            if format == .json, PrometheusText.isLikely(document.body) { throw .prometheusText }
            return try JSONFleet.decode(
                document.body, shape: shape, machine: document.isOneMachine ? document.machine : nil)
        }
        let origin = PrometheusText.Origin(
            machine: document.machine, at: document.at, maxGap: maxGap,
            isOpenMetrics: document.mediaType == "application/openmetrics-text",
            isPartial: document.isPartial)
        return try PrometheusText.decode(document.body, shape: prometheus, of: origin, counters: &counters)
    }

    /// In doubt a document is JSON, whose errors say more to who does not know Prometheus.
    func isPrometheus(_ document: Document) -> Bool {
        guard format == .auto else { return format.mayBePrometheus }
        switch document.mediaType {
        case "application/openmetrics-text": return true
        case "application/json": return false
        case "text/plain" where document.contentType.contains("version=0.0.4"): return true
        default: return PrometheusText.isLikely(document.body)
        }
    }
}

extension Source.Document {
    /// The media type in lower case, without its parameters (RFC 9110 §8.3.1).
    fileprivate var mediaType: String {
        let type = contentType.prefix { $0 != ";" }
        return type.filter { $0 != " " && $0 != "\t" }.lowercased()
    }
}

extension Decoded {
    /// The values in the columns of other metrics; NaN in those that it has not.
    func values(in columns: [String]) -> [Double] {
        guard columns != metrics else { return values }
        let places = columns.map { name in metrics.firstIndex(of: name) }
        return (0..<machines.count).flatMap { row in
            places.map { $0.map { values[row * metrics.count + $0] } ?? .nan }
        }
    }
}
