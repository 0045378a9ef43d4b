extension Rule {
    /// Why it does not watch a machine of a source, in words; nil when it does.
    public func reasonNotToWatch(_ machine: String, of source: ObservedSource) -> String? {
        if !isAbout(source) {
            return "the source \(source.name) has no metric '\(metric)'; it has \(source.metrics.listed)"
        }
        if !selection.sources.isEmpty, !selection.sources.contains(source.name) {
            return "the rule is for the sources \(selection.sources.listed), and not for \(source.name)"
        }
        for (label, value) in selection.labels.sorted(by: { $0.key < $1.key })
        where source.labels[label] != value {
            let own = source.labels[label].map { "has \(label)=\($0)" } ?? "has no label \(label)"
            return "the rule is for sources with \(label)=\(value), and \(source.name) \(own)"
        }
        guard !selection.includes(machine: machine) else { return nil }
        let globs = selection.machines.map(\.pattern).listed
        return "the rule is for the machines \(globs), and \(machine) is none of them"
    }

    /// What was measured and on which side of the bounds that lies, in words; nil while nothing is known.
    ///
    /// `cpu mean 71.2 over the last 3 samples is not above 85`; of an open incident between the bound and `clear`,
    /// `… is not above 85, but not yet at or below 80`.
    public func account(of standing: Standing, on machine: String, in source: String) -> String? {
        guard let value = standing.value else { return nil }
        guard aggregate != .missing else { return absence(value, of: machine, in: source) }
        let shown = value.shown(apartFrom: threshold.nearer(to: value))
        let measured =
            aggregate == .forecast
            ? "\(metric) leads to \(shown) within \(within.compact) at the trend of the last \(window.phrase), which"
            : "\(metric) \(aggregate.rawValue) \(shown) over the last \(window.phrase)"
        let bound = aggregate == .forecast ? threshold.bounds : threshold.phrase
        let (does, doesNot) =
            switch (aggregate, threshold.side) {
            case (.forecast, .fallTo): ("falls to", "does not fall to")
            case (.forecast, _): ("reaches", "does not reach")
            default: ("is", "is not")
            }
        let isBeyond = threshold.verdict(on: value, whileOpen: false) == .breach
        if standing.state != .calm, standing.verdict == .ok {
            return "\(measured) is back \(threshold.clearPhrase)"
        }
        guard !isBeyond else { return "\(measured) \(does) \(bound)" }
        let between = standing.verdict == .breach ? ", but not yet \(threshold.clearPhrase)" : ""
        return "\(measured) \(doesNot) \(bound)\(between)"
    }

    private func absence(_ polls: Double, of machine: String, in source: String) -> String {
        let reported = metric == Rule.anyMetric ? machine : "\(metric) of \(machine)"
        guard polls > 0 else { return "\(reported) is in the last poll of \(source)" }
        return "\(reported) has not been reported by \(source) for \(polls.plain) "
            + "poll\(polls == 1 ? "" : "s"); the rule asks for \(threshold.limit.plain)"
    }
}
