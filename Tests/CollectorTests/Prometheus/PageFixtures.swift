import Rules
import Testing

@testable import Collector

/// A shape of metrics and their expressions.
func shape(_ metrics: KeyValuePairs<String, String>, machine: String? = nil) throws -> PrometheusShape {
    PrometheusShape(
        machine: machine, metrics: try metrics.map { .init($0.key, try Expression(parsing: $0.value)) })
}

/// Decodes a page of the machine `m`, unless a label names it.
func decode(
    page: String, _ shape: PrometheusShape, at second: Double = 0, isOpenMetrics: Bool = false,
    counters: inout CounterMemory
) throws(DecodeError) -> Decoded {
    let origin = PrometheusText.Origin(
        machine: "m", at: Timestamp(milliseconds: Int64(second * 1000)), maxGap: .seconds(60),
        isOpenMetrics: isOpenMetrics)
    return try PrometheusText.decode(Array(page.utf8), shape: shape, of: origin, counters: &counters)
}

func decode(
    page: String, _ shape: PrometheusShape, isOpenMetrics: Bool = false
) throws(DecodeError) -> Decoded {
    var counters = CounterMemory()
    return try decode(page: page, shape, isOpenMetrics: isOpenMetrics, counters: &counters)
}

/// The value of one expression over a page of one machine; nil when it has none.
func value(of expression: String, in page: String) throws -> Double? {
    let decoded = try decode(page: page, shape(["x": expression]))
    return decoded.values.first.flatMap { $0.isNaN ? nil : $0 }
}
