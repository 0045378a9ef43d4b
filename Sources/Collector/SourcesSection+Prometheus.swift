import Rules

/// What a source's responses look like: its keys `format`, `json` and `prometheus`.
struct SourceContent {
    let format: Source.Format
    let shape: FleetShape
    let prometheus: PrometheusShape

    /// Nil, with faults, when its metrics are not clear.
    init?(of section: inout Section) {
        let given = section.take("format")
        let format = given?.choice(of: Source.Format.self) ?? .auto
        let json = section.take("json")
        let prometheus = section.take("prometheus")
        if let json, !format.mayBeJSON {
            json.fail("'json' is of no use to format: \(format.rawValue)", cure: "remove one of the two")
        }
        if let prometheus, !format.mayBePrometheus {
            prometheus.fail("'prometheus' is of no use to format: json", cure: "remove one of the two")
        }
        if format == .prometheus, prometheus == nil {
            given?.fail(
                "format: prometheus needs 'prometheus'",
                cure: "add prometheus: {metrics: {load: node_load1}}; format: node_exporter needs none")
        }
        let isExtended = format == .nodeExporter
        let shape = json.map { $0.fleetShape() } ?? FleetShape()
        let pages = prometheus.map { $0.prometheusShape(adding: isExtended) } ?? .nodeExporter
        guard let shape, let pages else { return nil }
        self.shape = shape
        self.prometheus = pages
        // What is described is what is expected; described neither, it may be either.
        switch (format, json, prometheus) {
        case (.auto, _?, nil): self.format = .json
        case (.auto, nil, _?): self.format = .prometheus
        default: self.format = format
        }
    }
}

extension Setting {
    /// The metrics of a page, in addition to those of node_exporter if `adding`; nil, with faults, when they are
    /// not clear.
    fileprivate func prometheusShape(adding: Bool) -> PrometheusShape? {
        if isNull, adding { return .nodeExporter }
        guard !isNull else {
            return failing("a mapping", cure: "write prometheus: {metrics: {load: node_load1}}")
        }
        guard var section = section("'prometheus'") else { return nil }
        let machine = section.take("machine").map { $0.labelName() }
        let cure = "add metrics: {load: node_load1}"
        let given = adding ? section.take("metrics") : section.require("metrics", cure: cure)
        let metrics = given.map { $0.expressions() } ?? (adding ? [] : nil)
        section.finish()
        guard let metrics, machine != .some(nil) else { return nil }
        let usual = adding ? PrometheusShape.nodeExporter : PrometheusShape(metrics: [])
        return usual.adding(metrics, machine: machine ?? nil)
    }

    private func expressions() -> [PrometheusShape.Metric]? {
        guard let entries = entries() else { return nil }
        let metrics = entries.compactMap { entry -> PrometheusShape.Metric? in
            let name = entry.key.name()
            let expression = entry.value.expression()
            guard let name, let expression else { return nil }
            return .init(name, expression)
        }
        if entries.isEmpty {
            fail("'metrics' has no metric", cure: "write {name: expression}, such as {load: node_load1}")
        }
        return metrics.count == entries.count && !entries.isEmpty ? metrics : nil
    }

    private func expression() -> Expression? {
        guard let text = text("an expression") else { return nil }
        do {
            let expression = try Expression(parsing: text)
            warnOfLiterals(in: expression)
            return expression
        } catch {
            let guess = suggestion(for: error.word, among: error.candidates)
            fail(
                at: error.offset, of: text, error.message,
                cure: guess.map { "did you mean '\($0)'? \(error.cure)" } ?? error.cure)
            return nil
        }
    }

    /// Warns of texts that are compared as they stand, and look as if meant for patterns.
    private func warnOfLiterals(in expression: Expression) {
        let matchers = expression.selectors.flatMap(\.selector.matchers)
        for matcher in matchers where matcher.pattern.isExact && matcher.pattern.text.contains("*") {
            let pattern = Expression.Matcher(
                label: matcher.label, isNegated: matcher.isNegated,
                pattern: LabelPattern(pattern: matcher.pattern.text))
            warn("\(matcher) compares with '*' itself", cure: "write \(pattern) for a pattern")
        }
    }

    private func labelName() -> String? {
        guard let text = text("the name of a label") else { return nil }
        let bytes = Array(text.utf8)
        guard bytes[0].beginsPageName, bytes.allSatisfy({ $0.isPageName && $0 != UInt8(ascii: ":") }) else {
            return failing(
                "the name of a label", cure: "the label that names the machine of each series: instance")
        }
        return text
    }
}
