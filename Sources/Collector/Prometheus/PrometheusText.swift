import Rules

/// The Prometheus text format (exposition format 0.0.4) and what is common of OpenMetrics 1.0.
public enum PrometheusText {
    /// What is known of a page beside its bytes.
    struct Origin {
        /// The machine that the page is of, unless a label names it.
        var machine: String?
        /// When the page had been read.
        var at: Timestamp
        /// The longest time between two readings of a counter that a rate bridges.
        var maxGap: Duration
        var isOpenMetrics = false
        /// Whether the page need not hold every metric of the shape.
        var isPartial = false
    }

    /// Decodes a page; a line that does not fit is refused by itself.
    ///
    /// A pure function of its arguments: `counters` come from the last page of the same target, and go to the next.
    static func decode(
        _ body: [UInt8], shape: PrometheusShape, of origin: Origin, counters: inout CounterMemory
    ) throws(DecodeError) -> Decoded {
        guard let first = body.first(where: { $0 > UInt8(ascii: " ") }) else { throw .emptyPage }
        guard first != UInt8(ascii: "<") else { throw .htmlPage }
        guard body.count <= Int(Int32.max) else { throw .tooLarge }
        let uses = shape.uses
        var reader = PageReader(body, uses: uses, machineLabel: shape.machine, machine: origin.machine)
        reader.read()
        if origin.isOpenMetrics, !reader.hasEnd { throw .unfinishedPage }
        var evaluation = PageEvaluation(reader.page, uses: uses, of: shape)
        evaluation.sortSeries()
        evaluation.rate(at: origin.at, maxGap: origin.maxGap, with: &counters)
        evaluation.evaluate(shape)
        evaluation.reportUnmet(shape, isPartial: origin.isPartial)
        return evaluation.decoded
    }

    /// Whether a text is most likely in this format: it begins with a comment, or with a name and a number.
    static func isLikely(_ body: [UInt8]) -> Bool {
        guard let start = body.firstIndex(where: { !$0.isPageSpace && $0 != UInt8(ascii: "\n") }) else {
            return false
        }
        let line = body[start...].prefix { $0 != UInt8(ascii: "\n") }
        if line.first == UInt8(ascii: "#") { return true }
        let name = line.prefix { $0.isPageName }
        guard let first = name.first, first.beginsPageName else { return false }
        let rest = line[name.endIndex...]
        if rest.first == UInt8(ascii: "{") { return true }
        let value = rest.drop { $0.isPageSpace }.prefix { !$0.isPageSpace }
        return rest.first?.isPageSpace == true && PageNumber.value(of: value) != nil
    }
}
