import Rules

/// What is said of the gateway itself, by whoever notices it; the pipeline decides what comes of it.
struct Trouble: Hashable, Sendable {
    enum State: Hashable, Sendable {
        case began(message: String)
        case over
        /// It was over before it could be recorded.
        case past(message: String, since: Timestamp)
    }

    struct Key: Hashable, Sendable {
        let rule: OwnRule
        /// The source, webhook or file that it is about.
        let subject: String
    }

    let key: Key
    let state: State
    let at: Timestamp
    /// For how long it must last to be told.
    let patience: Duration
    /// When its first sign was seen, if that was before.
    let since: Timestamp?

    init(
        _ rule: OwnRule, _ subject: String, _ state: State, at: Timestamp, patience: Duration = .zero,
        since: Timestamp? = nil
    ) {
        key = Key(rule: rule, subject: subject)
        self.state = state
        self.at = at
        self.patience = patience
        self.since = since
    }

    /// From when on it is told.
    var due: Timestamp { at.advanced(by: patience) }

    /// Whether the same was said by `other`, in whatever words.
    func says(_ other: Trouble) -> Bool {
        switch (state, other.state) {
        case (.began, .began): patience == other.patience
        case (.over, .over): true
        default: false
        }
    }
}

/// What is known to be wrong with the gateway itself: at most one open incident a rule and subject.
struct Troubles {
    private(set) var open: [Trouble.Key: Incident] = [:]
    /// What may pass before anyone is to be told of it.
    private(set) var waiting: [Trouble.Key: Trouble] = [:]
    /// The sources whose blind interval lasts.
    var blindSources: Set<String> = []

    init(_ incidents: [Incident] = [], blindSources: Set<String> = []) {
        self.blindSources = blindSources
        for incident in incidents { replace(incident) }
    }

    /// Takes over an incident as it now is; one that ended is open no more.
    mutating func replace(_ incident: Incident) {
        guard let rule = incident.ownRule else { return }
        let key = Trouble.Key(rule: rule, subject: incident.machine)
        open[key] = incident.resolvedAt == nil ? incident : nil
        waiting[key] = nil
    }

    /// What was said first counts: a receiver that fails in another way has not recovered meanwhile.
    mutating func wait(for trouble: Trouble) {
        if let known = waiting[trouble.key], known.due <= trouble.due { return }
        waiting[trouble.key] = trouble
    }

    /// Drops what waits.
    mutating func forget(_ key: Trouble.Key) { waiting[key] = nil }
}
