/// Which rules hold back which: the stronger of a group the weaker, and a rule those that it `inhibits`.
public struct Precedence: Sendable {
    private let rules: [String: Rule]
    /// By the name of a rule, the rules that hold it back; those without any are left out.
    private let stronger: [String: Set<String>]
    /// The rules that hold any back.
    private let holders: Set<String>

    public init(_ rules: [Rule] = []) {
        var stronger: [String: Set<String>] = [:]
        let holding = rules.filter { $0.group != nil || !$0.inhibits.isEmpty }
        for weak in rules {
            let names = holding.filter { $0.holdsBack(weak) }.map(\.name)
            if !names.isEmpty { stronger[weak.name] = Set(names) }
        }
        self.stronger = stronger
        self.rules = Dictionary(rules.map { ($0.name, $0) }) { first, _ in first }
        holders = stronger.values.reduce(into: []) { $0.formUnion($1) }
    }

    public var isEmpty: Bool { holders.isEmpty }

    public subscript(rule: String) -> Rule? { rules[rule] }

    /// Whether incidents of `rule` hold back any others.
    public func isHolder(_ rule: String) -> Bool { holders.contains(rule) }

    /// Those of `open` that hold back `incident`, on whose machine they are open, oldest first.
    func holders(of incident: Incident, among open: [Incident]) -> [Incident] {
        guard let names = stronger[incident.rule] else { return [] }
        return open.filter { names.contains($0.rule) && $0.id != incident.id }.sorted { $0.id < $1.id }
    }
}

extension Rule {
    /// Whether an open incident of this rule holds back those of `other` on the same machine.
    ///
    /// What decides is what the rules say now, and not the severity with which an incident opened: two that held
    /// back each other would both stay untold.
    func holdsBack(_ other: Rule) -> Bool {
        guard name != other.name else { return false }
        if group != nil, group == other.group, severity > other.severity { return true }
        return inhibits.contains { $0.matches(other.name) }
    }
}

extension Severity: Comparable {
    public static func < (one: Severity, other: Severity) -> Bool { one.rank < other.rank }

    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }
}
