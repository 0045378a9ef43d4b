import Rules

@testable import Collector

/// What a source answers in the Prometheus text format.
enum PageDoor {
    private static let shapes: [PrometheusShape] = {
        let texts = [
            "up", "sum(up)", "rate(c)", "sum(rate(c{a!=\"b\"}))", "max(x{l*\"a*|b\"}) / min(x)",
            "count(x) - -y * 2",
            "avg(x) or 0",
        ]
        let metrics = texts.compactMap { text in
            (try? Expression(parsing: text)).map { PrometheusShape.Metric(text, $0) }
        }
        return [.nodeExporter, PrometheusShape(machine: "instance", metrics: metrics)]
    }()

    @Sendable static func take(_ bytes: [UInt8]) {
        _ = PrometheusText.isLikely(bytes)
        for shape in shapes {
            for isOpenMetrics in [false, true] {
                var counters = CounterMemory()
                let said = read(bytes, shape, at: 0, isOpenMetrics, &counters)
                // A line that has no end may have been cut, and the end of a page in OpenMetrics is its end.
                if bytes.last == 0x0A, !isOpenMetrics {
                    var again = CounterMemory()
                    let blank = read(bytes + [0x0A], shape, at: 0, isOpenMetrics, &again)
                    demand(said == blank, "a blank line at the end changes \(said) to \(blank)")
                }
                let next = read(bytes, shape, at: 15_000, isOpenMetrics, &counters)
                demand((next.error == nil) || said.error != nil, "the same page is refused later")
            }
        }
    }

    private static func read(
        _ bytes: [UInt8], _ shape: PrometheusShape, at time: Int64, _ isOpenMetrics: Bool,
        _ counters: inout CounterMemory
    ) -> Said {
        let origin = PrometheusText.Origin(
            machine: "m", at: Timestamp(milliseconds: time), maxGap: .seconds(60),
            isOpenMetrics: isOpenMetrics)
        do throws(DecodeError) {
            return Said(try PrometheusText.decode(bytes, shape: shape, of: origin, counters: &counters))
        } catch {
            demand(!error.description.contains(where: \.isNewline), "a message has two lines: \(error)")
            return Said(error: error)
        }
    }
}
