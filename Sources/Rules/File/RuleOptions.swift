/// What a rule says beside its name, metric and threshold, and `defaults` for all rules.
struct RuleOptions {
    var aggregate: Aggregate?
    var window: WindowSpan?
    var severity: Severity?
    var holdFor = Said<Duration>.nothing
    var keepOpen = Said<Duration>.nothing
    var machines = Said<[Glob]>.nothing
    var sources = Said<[String]>.nothing
    var labels = Said<[String: String]>.nothing
    var addedLabels = Said<[String: String]>.nothing
    var wording = Said<Wording>.nothing
    var runbook = Said<String>.nothing
    var reminder = Said<Duration>.nothing
    var flapping = Said<Flapping>.nothing
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
        holdFor = Said(hold, isWords: false) { $0.duration(in: Self.waits) }
        keepOpen = Said(keep, isWords: false) { $0.duration(in: Self.waits) }
        places.wait = (keepOpen.value ?? .zero) > (holdFor.value ?? .zero) ? keep : hold
        places.machines = section.take("machines")
        machines = Said(places.machines) { $0.oneOrMore().compactMap { $0.glob() } }
        let from = section.take("sources")
        sources = Said(from) { $0.oneOrMore().compactMap { $0.name() } }
        let bearing = section.take("labels")
        labels = Said(bearing) { $0.labels() }
        places.selection = from ?? bearing
        severity = section.take("severity")?.choice()
        addedLabels = Said(section.take("add_labels")) { $0.labels() }
        wording = Said(section.take("message")) { $0.wording() }
        runbook = Said(section.take("runbook")) { $0.url() }
        reminder = Said(section.take("repeat"), isWords: false) { $0.duration(in: Self.reminders) }
        flapping = Said(section.take("flapping"), isWords: false) { $0.flapping() }
    }

    private static let waits = Duration.zero...Duration.seconds(90 * 86_400)
    private static let reminders = Duration.seconds(60)...Duration.seconds(30 * 86_400)

    /// These, and of `defaults` what they do not say.
    func over(_ defaults: RuleOptions) -> RuleOptions {
        var all = self
        all.aggregate = aggregate ?? defaults.aggregate
        all.window = window ?? defaults.window
        all.severity = severity ?? defaults.severity
        all.holdFor = holdFor.over(defaults.holdFor)
        all.keepOpen = keepOpen.over(defaults.keepOpen)
        all.machines = machines.over(defaults.machines)
        all.sources = sources.over(defaults.sources)
        all.labels = labels.over(defaults.labels)
        all.addedLabels = addedLabels.over(defaults.addedLabels) { own, all in
            all.merging(own) { _, own in own }
        }
        all.wording = wording.over(defaults.wording)
        all.runbook = runbook.over(defaults.runbook)
        all.reminder = reminder.over(defaults.reminder)
        all.flapping = flapping.over(defaults.flapping)
        all.places.aggregate = places.aggregate ?? defaults.places.aggregate
        all.places.machines = places.machines ?? defaults.places.machines
        all.places.window = places.window ?? defaults.places.window
        all.places.wait = places.wait ?? defaults.places.wait
        all.places.selection = places.selection ?? defaults.places.selection
        return all
    }

    /// Of these, what concerns a rule that judges no values.
    var withoutValues: RuleOptions {
        var rest = self
        (rest.holdFor, rest.keepOpen) = (.nothing, .nothing)
        rest.places = Places()
        (rest.places.selection, rest.places.machines) = (places.selection, places.machines)
        return rest
    }

    var selection: Rule.Selection {
        var selection = Rule.Selection()
        selection.machines = machines.value ?? []
        selection.sources = sources.value ?? []
        selection.labels = labels.value ?? [:]
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
