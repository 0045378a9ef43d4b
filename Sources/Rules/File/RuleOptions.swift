/// What a rule says beside its name, metric and threshold, and `defaults` for all rules; nil where nothing is said.
struct RuleOptions {
    var aggregate: Aggregate?
    var window: WindowSpan?
    var holdFor: Duration?
    var keepOpen: Duration?
    var machines: [Glob]?
    var sources: [String]?
    var labels: [String: String]?
    var severity: Severity?
    var addedLabels: [String: String]?
    var wording: Wording?
    var runbook: String?
    var reminder: Duration?
    var flapping: Flapping?
    /// Where what is checked against the sources was said.
    var places = Places()

    struct Places {
        var name: Setting?
        /// What says when the rule is breached.
        var threshold: Setting?
        var machines: Setting?
        var aggregate: Setting?
        var window: Setting?
        var wait: Setting?
        var selection: Setting?
    }

    init() {}

    init(of section: inout Section) {
        places.aggregate = section.take("aggregate")
        aggregate = places.aggregate?.choice()
        places.window = section.take("window")
        window = places.window?.window()
        let (hold, keep) = (section.take("for"), section.take("keep_open"))
        holdFor = hold?.duration(in: Self.waits)
        keepOpen = keep?.duration(in: Self.waits)
        places.wait = (keepOpen ?? .zero) > (holdFor ?? .zero) ? keep : hold
        places.machines = section.take("machines")
        machines = places.machines?.oneOrMore().compactMap { $0.glob() }
        let from = section.take("sources")
        sources = from?.oneOrMore().compactMap { $0.name() }
        let bearing = section.take("labels")
        labels = bearing?.labels()
        places.selection = from ?? bearing
        severity = section.take("severity")?.choice()
        addedLabels = section.take("add_labels")?.labels()
        wording = section.take("message")?.wording()
        runbook = section.take("runbook")?.url()
        reminder = section.take("repeat")?.duration(in: .seconds(60)...Duration.seconds(30 * 86_400))
        flapping = section.take("flapping")?.flapping()
    }

    private static let waits = Duration.zero...Duration.seconds(90 * 86_400)

    /// These, and of `defaults` what they do not say.
    func over(_ defaults: RuleOptions) -> RuleOptions {
        var all = self
        all.aggregate = aggregate ?? defaults.aggregate
        all.window = window ?? defaults.window
        all.holdFor = holdFor ?? defaults.holdFor
        all.keepOpen = keepOpen ?? defaults.keepOpen
        all.machines = machines ?? defaults.machines
        all.sources = sources ?? defaults.sources
        all.labels = labels ?? defaults.labels
        all.severity = severity ?? defaults.severity
        all.addedLabels = (defaults.addedLabels ?? [:]).merging(addedLabels ?? [:]) { _, own in own }
        all.wording = wording ?? defaults.wording
        all.runbook = runbook ?? defaults.runbook
        all.reminder = reminder ?? defaults.reminder
        all.flapping = flapping ?? defaults.flapping
        all.places.aggregate = places.aggregate ?? defaults.places.aggregate
        all.places.machines = places.machines ?? defaults.places.machines
        all.places.window = places.window ?? defaults.places.window
        all.places.wait = places.wait ?? defaults.places.wait
        all.places.selection = places.selection ?? defaults.places.selection
        return all
    }

    var selection: Rule.Selection {
        var selection = Rule.Selection()
        selection.machines = machines ?? []
        selection.sources = sources ?? []
        selection.labels = labels ?? [:]
        return selection
    }
}

extension Setting {
    /// A number of samples, 1 to 10,000, or a duration, 1 s to 90 d.
    fileprivate func window() -> WindowSpan? {
        let expected = "1 to 10,000 samples or a duration from 1s to 90d"
        guard let text = scalar(expected) else { return nil }
        if let count = Self.integer(text) {
            return (1...10_000).contains(count) ? .samples(count) : failing(expected)
        }
        guard let length = Duration(compact: text) else {
            return failing(
                expected, cure: "write 3 for three samples, or 30m for half an hour")
        }
        let range = Duration.seconds(1)...Duration.seconds(90 * 86_400)
        return range.contains(length) ? .duration(length) : failing(expected)
    }

    /// A line with placeholders, of at most 1,000 characters.
    fileprivate func wording() -> Wording? {
        guard let text = text("a text") else { return nil }
        guard text.unicodeScalars.count <= 1000 else {
            fail("\(label) has more than 1,000 characters", cure: "shorten it")
            return nil
        }
        for name in Wording.names where text.contains("{\(name)}") && !text.contains("{{\(name)}}") {
            warn("{\(name)} stands as it is", cure: "write {{\(name)}}")
        }
        do {
            return try Wording(text)
        } catch {
            let names = "placeholders: \(Wording.names.joined(separator: ", "))"
            let guess = error.word.flatMap { suggestion(for: $0, among: Wording.names) }
            let cure =
                error.word == nil
                ? "close it: {{machine}}"
                : guess.map { "did you mean \($0.quoted)? \(names)" } ?? names
            fail(at: error.offset, of: text, error.message, cure: cure)
            return nil
        }
    }
}
