/// What of a rule can be right only together with the sources and what is stored.
extension RulesSection {
    /// Reports rules that no source fits, windows that reach back further than samples are kept, or hold more than
    /// is remembered, and those that hold one sample at most; and what cannot be meant. To be asked of a file that is
    /// right otherwise.
    ///
    /// `history` gives the names of the machines that a source is known to have had; nil when nothing is known of the past.
    public func check(
        against sources: [ObservedSource], keepSamples: Duration, history: ((String) -> [String])? = nil
    ) {
        warnOfTwins()
        warnOfUnreachable(sources)
        if let history { warnOfUnmatched(sources, history) }
        var told: Set<String> = []
        for (rule, places) in zip(rules, places) {
            let able = sources.filter(rule.isAbout)
            let watched = able.filter(rule.selection.includes)
            if watched.isEmpty, !able.isEmpty {
                places.selection?.failUnmatched(rule.selection, able, of: sources)
            }
            for source in watched {
                let check = WindowCheck(rule: rule, source: source, places: places)
                // Once a place: a window of `defaults` is that of many rules.
                for finding in check.findings(keepSamples: keepSamples)
                where told.insert("\(finding.setting.mark) \(finding.message)").inserted {
                    finding.tell()
                }
            }
        }
    }
}

/// A rule's window over the samples of one source.
private struct WindowCheck {
    let rule: Rule
    let source: ObservedSource
    let places: RuleOptions.Places

    struct Finding {
        let setting: Setting
        let message: String
        let cure: String
        var isWarning = false

        func tell() {
            if isWarning { setting.warn(message, cure: cure) } else { setting.fail(message, cure: cure) }
        }
    }

    func findings(keepSamples: Duration) -> [Finding] {
        guard let window = places.window else { return [] }
        return [
            tooLongFor(keepSamples), tooShort(at: window), tooManySamples(at: window),
            tooManyMachines(at: window),
        ].compactMap { $0 }
    }

    /// How far back the window reaches; nil when that is for whoever pushes samples to say.
    private var reach: Duration? {
        switch rule.window {
        case .duration(let length): length
        case .samples(let count): source.interval.map { $0 * (count - 1) }
        }
    }

    /// After a restart the windows come from the store, and with them since when a verdict holds.
    private func tooLongFor(_ keepSamples: Duration) -> Finding? {
        guard let reach, let window = places.window else { return nil }
        let whole = reach + max(rule.holdFor, rule.keepOpen)
        guard whole > keepSamples else { return nil }
        let isWindow = reach > keepSamples || places.wait == nil
        return Finding(
            setting: isWindow ? window : places.wait ?? window,
            message: "the rule \(rule.name.quoted) looks back \(whole.compact), and samples are kept for "
                + keepSamples.compact,
            cure: "shorten it, or write storage: {keep_samples: \(whole.wholeDays)d}")
    }

    private func tooShort(at window: Setting) -> Finding? {
        guard case .duration(let length) = rule.window, let interval = source.interval, length < interval
        else { return nil }
        let isUseless = rule.aggregate.fewestSamples > 1
        return Finding(
            setting: window,
            message: "the window of \(length.compact) is shorter than the interval of the source "
                + "\(source.name.quoted), \(interval.compact): it holds one sample at most",
            cure: "make it longer, or write it as a number of samples: 3", isWarning: !isUseless)
    }

    /// How many samples of a series the window holds.
    private var samples: Int64? {
        switch rule.window {
        case .samples(let count): Int64(count)
        case .duration(let length):
            source.interval.map { length.wholeMilliseconds / max(1, $0.wholeMilliseconds) + 1 }
        }
    }

    private func tooManySamples(at window: Setting) -> Finding? {
        guard let samples, samples > SeriesRings.capacityLimit else { return nil }
        return Finding(
            setting: window,
            message: "the window holds \(Int(samples).grouped) samples of each machine of the source "
                + "\(source.name.quoted), and at most \(SeriesRings.capacityLimit.grouped) are remembered",
            cure: "shorten it, or poll the source less often")
    }

    /// Where nobody said how many machines there may be, as many are taken as there is room for.
    private func tooManyMachines(at window: Setting) -> Finding? {
        guard let samples, source.maxMachines != ObservedSource.defaultMaxMachines else { return nil }
        let fitting = Int64(source.sampleLimit) / max(1, samples)
        guard samples <= SeriesRings.capacityLimit, fitting < source.maxMachines else { return nil }
        return Finding(
            setting: window,
            message:
                "\(Int(samples).grouped) samples of each of \(source.maxMachines.grouped) machines are more than "
                + "the \(source.sampleLimit.grouped) that are remembered of a metric",
            cure: "shorten the window, or write max_machines: \(fitting) for the source \(source.name.quoted)"
        )
    }
}

extension Setting {
    /// Reports a selection that none of the sources with the metric fits.
    fileprivate func failUnmatched(
        _ selection: Rule.Selection, _ able: [ObservedSource], of sources: [ObservedSource]
    ) {
        let names = sources.map(\.name)
        if let stranger = selection.sources.first(where: { !names.contains($0) }) {
            let all = "sources: \(names.listed)"
            let guess = reading.faults.suggestion(for: stranger, among: names)
            fail(
                "there is no source \(stranger.quoted)",
                cure: guess.map { "did you mean \($0.quoted)? \(all)" } ?? all)
            return
        }
        let labels = able.map { source in
            let list = source.labels.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            return "\(source.name) has \(list.isEmpty ? "none" : "{\(list.joined(separator: ", "))}")"
        }
        fail(
            "no source with the metric of the rule is one of these",
            cure: "labels of the sources with it: \(labels.listed)")
    }
}

extension Duration {
    /// Whole days, rounded up.
    fileprivate var wholeDays: Int64 { (wholeMilliseconds + 86_399_999) / 86_400_000 }
}
