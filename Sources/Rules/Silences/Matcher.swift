/// Which incidents are meant; what is empty does not restrict.
public struct Matcher: Hashable, Sendable {
    /// Globs of rule names.
    public var rules: [Glob] = []
    /// Globs of machine names.
    public var machines: [Glob] = []
    public var severities: [Severity] = []
    public var sources: [String] = []
    public var labels: [String: String] = [:]

    public init() {}

    public func matches(_ incident: Incident) -> Bool {
        (severities.isEmpty || severities.contains(incident.severity))
            && (sources.isEmpty || sources.contains(incident.source))
            && labels.allSatisfy { incident.labels[$0.key] == $0.value }
            && (rules.isEmpty || rules.contains { $0.matches(incident.rule) })
            && (machines.isEmpty || machines.contains { $0.matches(incident.machine) })
    }
}
