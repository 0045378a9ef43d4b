/// Where a file says which incidents are meant.
public struct MatcherPlaces {
    public let machines: Setting?
    public let labels: Setting?

    public init(machines: Setting?, labels: Setting?) {
        self.machines = machines
        self.labels = labels
    }
}

/// Which incidents the rules of a file can open, as far as that is known.
public struct KnownIncidents {
    /// The values that each label may have.
    private let labels: [String: Set<String>]
    /// The names of all machines that were ever watched; nil when nothing is known of the past.
    private let machines: [String]?
    /// What the gateway's own incidents are about.
    private let subjects: [String]

    /// `history` gives the names of the machines that a source is known to have had; `subjects` are the names of what
    /// is no machine and has incidents.
    public init(
        of rules: [Rule], sources: [ObservedSource], subjects: [String], history: ((String) -> [String])?
    ) {
        var labels: [String: Set<String>] = [:]
        for given in sources.map(\.labels) + rules.map(\.addedLabels) {
            for (name, value) in given { labels[name, default: []].insert(value) }
        }
        self.labels = labels
        let past = history.map { sources.map(\.name).flatMap($0) } ?? []
        machines = past.isEmpty ? nil : past
        self.subjects = sources.map(\.name) + subjects + [OwnRule.source]
    }

    /// Warns of what no incident can have.
    public func check(_ places: MatcherPlaces) {
        for (name, value) in places.labels?.entries() ?? [] { check(name, value) }
        guard let machines else { return }
        for setting in places.machines?.oneOrMore() ?? [] {
            guard let pattern = setting.node.text,
                !(machines + subjects).contains(where: Glob(pattern).matches)
            else { continue }
            let guess = setting.suggestion(for: pattern, among: machines)
            setting.warn(
                "\(setting.shown ?? "this") matches no machine in the stored history",
                cure: (guess.map { "did you mean \($0.quoted)? " } ?? "") + "machines: \(machines.listed)")
        }
    }

    private func check(_ name: Setting, _ value: Setting) {
        guard let label = name.node.text, let text = value.node.text, text.utf8.contains(0x24) == false else {
            return
        }
        guard let values = labels[label]?.sorted() else {
            let names = labels.keys.sorted()
            let guess = name.suggestion(for: label, among: names)
            let list = names.isEmpty ? "add it to 'labels' of a source" : "labels: \(names.listed)"
            return name.warn(
                "no source and no rule gives the label \(label.quoted)",
                cure: (guess.map { "did you mean \($0.quoted)? " } ?? "") + list)
        }
        guard !values.contains(text) else { return }
        let guess = value.suggestion(for: text, among: values)
        value.warn(
            "no source and no rule gives the label \(label.quoted) the value \(text.quoted)",
            cure: (guess.map { "did you mean \($0.quoted)? " } ?? "") + "values: \(values.listed)")
    }
}
