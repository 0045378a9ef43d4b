import Notifiers
import Rules
import Store

/// Which incidents that are held back are to be looked at, and what was so when they last were.
struct Attention {
    /// The silences that were active then; nil when all are to be looked at in any case.
    var active: [Silence]?
    /// Where an incident that holds back others has come or gone since.
    var stirred: Set<Place> = []
    /// Where flapping may be over, and when.
    var steady: [Place: Timestamp] = [:]

    /// Where to look at `time`; nil for everywhere.
    func places(at time: Timestamp, active: [Silence]) -> Set<Place>? {
        guard active == self.active else { return nil }
        return stirred.union(steady.lazy.filter { $0.value <= time }.map(\.key))
    }

    /// Whether something that is held back may be free, silences aside.
    func isDue(at time: Timestamp) -> Bool {
        active == nil || !stirred.isEmpty || steady.values.contains { $0 <= time }
    }

    mutating func expect(_ place: Place, steadyAt time: Timestamp) {
        steady[place] = min(steady[place] ?? time, time)
    }
}

extension Pipeline {
    private func holds(at time: Timestamp) -> Holds {
        Holds(silences: activeSilences(at: time), precedence: precedence)
    }

    private func activeSilences(at time: Timestamp) -> [Silence] {
        (silences + maintenance).filter { $0.isActive(at: time) }
    }

    /// What of `events` webhooks are told, and by what the rest is held back; `table` is that of their source, where
    /// the pipeline does not have it.
    ///
    /// Of what was told to have opened, the end is told too, at the latest when it no longer flaps; what was held back
    /// ends untold.
    func notices(
        for events: [Event], at time: Timestamp, in table: SeriesTable? = nil
    ) async throws(StoreError) -> [Notice] {
        let ended = events.filter { $0.kind == .resolved }.map(\.incident.id)
        let untold = ended.isEmpty ? [:] : try await store.untold(ended)
        let changed = events.filter { $0.kind != .opened && $0.kind != .reminder }.map(\.incident.id)
        let witnesses = changed.isEmpty ? [:] : try await store.witnesses(of: changed)
        let (holds, neighbours) = (holds(at: time), neighbours(of: events, in: table))
        var notices: [Notice] = []
        notices.reserveCapacity(events.count)
        for event in events {
            var event = event
            let verdict = try await flapping(&event)
            let open = neighbours[event.incident.place] ?? []
            // The change with which it begins to flap is told, and says so.
            let isHeld = event.hold(holds, beside: open, isFlapping: verdict == .goesOn)
            if isHeld || event.incident.isUntold {
                notices.append(Notice(event, letters: []))
            } else {
                notices += router.notices(for: [event], untold: untold, witnesses: witnesses, at: time)
            }
        }
        return notices
    }

    /// Whether the event's rule flaps on its machine; the event takes note of it.
    private func flapping(_ event: inout Event) async throws(StoreError) -> Flapping.Verdict {
        let incident = event.incident
        guard event.kind.isChange, let flapping = precedence[incident.rule]?.flapping else { return .calm }
        let before = try await store.changes(of: incident.rule, on: incident.place, limit: flapping.changes)
        let verdict = flapping.verdict(at: event.at, before: before)
        event.isFlapping = verdict != .calm
        if case .begins(let count, let first) = verdict {
            event.note = flapping.note(on: incident, count: count, first: first, at: event.at)
        }
        return verdict
    }

    /// The incidents that are open on the machines of `events` once those have happened.
    private func neighbours(of events: [Event], in table: SeriesTable?) -> [Place: [Incident]] {
        guard !precedence.isEmpty else { return [:] }
        var open: [Place: [Incident]] = [:]
        for event in events {
            let place = event.incident.place
            var here = open[place] ?? openIncidents(on: place, in: table)
            here.removeAll { $0.id == event.incident.id }
            if event.incident.resolvedAt == nil { here.append(event.incident) }
            open[place] = here
        }
        return open
    }

    private func openIncidents(on place: Place, in table: SeriesTable? = nil) -> [Incident] {
        (table ?? tables[place.source])?.openIncidents(of: place.machine) ?? []
    }

    /// Takes note of where incidents that are held back may be free with what has happened.
    mutating func attend(to notices: [Notice]) {
        for event in notices.map(\.event) where event.kind.isChange {
            let (rule, place) = (event.incident.rule, event.incident.place)
            if precedence.isHolder(rule) { attention.stirred.insert(place) }
            // A silence that is over before anybody has looked would leave all as it was at the last look.
            if event.incident.isUntold, let silence = event.incident.silencedBy,
                attention.active?.contains(where: { $0.name == silence }) == false
            {
                attention.active = nil
            }
            if event.isFlapping, let steady = precedence[rule]?.flapping?.steady {
                attention.expect(place, steadyAt: event.at.advanced(by: steady))
            }
        }
    }

    /// Whether something that is held back may be free by now, for another reason than the time.
    var isReleaseDue: Bool { !attention.stirred.isEmpty }

    /// Commits what nothing holds back any longer; `polledAt` is the time of a poll that is to come next.
    mutating func releaseAll(
        at time: Timestamp, polledAt: Timestamp? = nil
    ) async throws(StoreError) -> Taken {
        var step = Step()
        step.release = try await release(at: time, polledAt: polledAt)
        return try await commit(step)
    }

    /// What nothing holds back any longer, and what something else does; nil when there is nothing to look at.
    ///
    /// A poll may be ahead of a clock that was set back, and what flaps is steady by the time of polls.
    mutating func release(
        at time: Timestamp, polledAt: Timestamp? = nil
    ) async throws(StoreError) -> Release? {
        let latest = max(time, polledAt ?? time)
        silences.removeAll { $0.isOver(at: time) }
        let active = activeSilences(at: time)
        let places = attention.places(at: latest, active: active)
        guard places?.isEmpty != true else { return nil }
        var release = Release(attention: attention)
        release.attention.active = active
        release.attention.stirred = []
        release.attention.steady = attention.steady.filter { places?.contains($0.key) == false }
        let wanted: [Place?] = places.map { Array($0) } ?? [nil]
        for place in wanted {
            for incident in try await store.heldBack(on: place) {
                try await look(at: incident, time, latest, &release)
            }
        }
        release.late.sort { $0.incident < $1.incident }
        return release
    }

    /// Frees an incident that is held back, if nothing does so any longer.
    private func look(
        at incident: Incident, _ time: Timestamp, _ latest: Timestamp, _ release: inout Release
    ) async throws(StoreError) {
        let steady = try await steadyTime(of: incident)
        let isFlapping = steady.map { latest < $0 } ?? false
        if let steady, isFlapping { release.attention.expect(incident.place, steadyAt: steady) }
        let holds = holds(at: time)
        let reasons =
            incident.isEndUntold
            ? holds.endHolds(isFlapping: isFlapping)
            : holds.holds(on: incident, beside: openIncidents(on: incident.place), isFlapping: isFlapping)
        guard reasons.isEmpty || reasons != incident.heldBy else { return }
        var incident = incident
        if reasons.isEmpty {
            let kind: Event.Kind = incident.isEndUntold ? .resolved : .opened
            (incident.isUntold, incident.isEndUntold) = (false, false)
            // Reminders count from when it is told.
            if kind == .opened { incident.remindedAt = time }
            release.late.append(
                LateLetters(incident.id, kind, try await letters(for: incident, kind, at: time)))
        } else {
            incident.heldBy = reasons
        }
        release.incidents.append(incident)
    }

    /// Until when the rule of an incident flaps on its machine, as things stand; nil when it does not.
    private func steadyTime(of incident: Incident) async throws(StoreError) -> Timestamp? {
        guard let flapping = precedence[incident.rule]?.flapping else { return nil }
        return flapping.end(
            after: try await store.changes(of: incident.rule, on: incident.place, limit: 1))
    }

    /// What webhooks are told of an event that was recorded before: the incident as it is by now.
    private func letters(
        for incident: Incident, _ kind: Event.Kind, at time: Timestamp
    ) async throws(StoreError) -> [Letter] {
        let event = Event(
            kind: kind, at: incident.resolvedAt ?? incident.openedAt, incident: incident,
            evidence: try await store.evidence(of: incident.id, kind))
        guard kind == .resolved else { return router.notices(for: [event], at: time).flatMap(\.letters) }
        let untold = try await store.untold([incident.id])
        let witnesses = try await store.witnesses(of: [incident.id])
        return router.notices(for: [event], untold: untold, witnesses: witnesses, at: time).flatMap(\.letters)
    }
}

extension Event.Kind {
    /// Whether an incident begins or ends with it.
    fileprivate var isChange: Bool { self == .opened || self == .resolved }
}

extension Event {
    /// Has the incident say what holds the event back; whether anything does.
    mutating func hold(_ holds: Holds, beside open: [Incident], isFlapping: Bool) -> Bool {
        var reasons: [Hold] = []
        switch kind {
        case .opened, .reminder:
            reasons = holds.holds(on: incident, beside: open, isFlapping: isFlapping)
            if kind == .opened { incident.isUntold = !reasons.isEmpty }
        case .resolved where !incident.isUntold && incident.resolution == .recovered:
            reasons = holds.endHolds(isFlapping: isFlapping)
            incident.isEndUntold = !reasons.isEmpty
        case .resolved, .acknowledged: break
        }
        // What held it last stays known.
        if !reasons.isEmpty { incident.heldBy = reasons }
        return !reasons.isEmpty
    }
}

/// What comes of looking at what is held back.
struct Release {
    var attention: Attention
    /// Those that are told now, or held back by something else.
    var incidents: [Incident] = []
    var late: [LateLetters] = []
}
