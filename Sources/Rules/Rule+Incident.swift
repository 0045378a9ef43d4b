/// The incidents that a rule opens.
extension Rule {
    /// The incident that opens with an aggregate of samples.
    func incident(
        _ id: Int64, of machine: String, _ source: ObservedSource, _ aggregate: Double,
        _ evidence: [Sample], at time: Timestamp, rulesVersion: Int
    ) -> Incident {
        let worst = evidence.map(\.value).reduce(evidence[0].value, threshold.worse)
        let trend = self.aggregate == .forecast ? WindowSamples(evidence).line : nil
        let eta = trend?.time(to: threshold.limit)
        return incident(
            id, of: machine, source, aggregate, peak: self.aggregate.isOfAnotherUnit ? aggregate : worst,
            at: time, rulesVersion: rulesVersion, eta: eta
        ) { $0.opening(eta: eta) }
    }

    /// The incident that opens when a machine was missing in so many polls.
    func incident(
        _ id: Int64, of machine: String, _ source: ObservedSource, missing polls: Int, lastSeen: Timestamp,
        at time: Timestamp, rulesVersion: Int
    ) -> Incident {
        incident(
            id, of: machine, source, Double(polls), peak: Double(polls), at: time, rulesVersion: rulesVersion
        ) { "\($0.absence) (last seen \(lastSeen))" }
    }

    /// `words` are the gateway's own, where the rule has none.
    private func incident(
        _ id: Int64, of machine: String, _ source: ObservedSource, _ value: Double, peak: Double,
        at time: Timestamp, rulesVersion: Int, eta: Duration? = nil, words: (Incident) -> String
    ) -> Incident {
        func incident(_ message: String) -> Incident {
            Incident(
                id: id, rule: name, severity: severity, machine: machine, source: source.name,
                metric: metric, aggregate: aggregate, window: window, threshold: threshold, value: value,
                peak: peak, lastValue: value, message: message,
                labels: source.labels.merging(addedLabels) { _, added in added }, openedAt: time,
                rulesVersion: rulesVersion, runbook: runbook)
        }
        let unworded = incident("")
        return incident(wording?.text(for: unworded, eta: eta) ?? words(unworded))
    }
}
