import Notifiers
import Rules
import Store

extension Pipeline {
    /// The silence that holds an incident back; the one that was made first, where several do.
    func holder(of incident: Incident, at time: Timestamp) -> Silence? {
        (silences + maintenance).first { $0.isActive(at: time) && $0.matcher.matches(incident) }
    }

    /// What of `events` webhooks are told, and by what of it a silence holds them back.
    ///
    /// Of what was told to have opened, the end is told too, whatever is silenced; what was held back ends
    /// untold.
    func notices(for events: [Event], at time: Timestamp) async throws(StoreError) -> [Notice] {
        let ended = events.filter { $0.kind == .resolved }.map(\.incident.id)
        let untold = ended.isEmpty ? [:] : try await store.untold(ended)
        let changed = events.filter { $0.kind != .opened && $0.kind != .reminder }.map(\.incident.id)
        let witnesses =
            changed.isEmpty || router.fallbacks.isEmpty ? [:] : try await store.witnesses(of: changed)
        return events.flatMap { event -> [Notice] in
            switch event.kind {
            case .opened:
                guard let holder = holder(of: event.incident, at: time) else { break }
                return [Notice(event.held(by: holder.name), letters: [])]
            case .reminder where event.incident.isUntold || holder(of: event.incident, at: time) != nil:
                return [Notice(event, letters: [])]
            case .acknowledged where event.incident.isUntold, .resolved where event.incident.isUntold:
                return [Notice(event, letters: [])]
            case .acknowledged, .resolved, .reminder: break
            }
            return router.notices(for: [event], untold: untold, witnesses: witnesses, at: time)
        }
    }

    /// Puts what a silence holds back, and its name, into the table that judges it.
    mutating func keep(_ notices: [Notice], in table: inout SeriesTable) {
        for notice in notices where notice.event.kind == .opened && notice.event.incident.isUntold {
            table.replace(notice.event.incident)
        }
    }

    /// What is still open and no silence holds back any longer, and what another one does; nil when the same
    /// silences are active as the last time.
    mutating func release(at time: Timestamp) async throws(StoreError) -> Release? {
        silences.removeAll { $0.isOver(at: time) }
        let active = (silences + maintenance).filter { $0.isActive(at: time) }
        guard active != lastActive else { return nil }
        var release = Release(active: active)
        for var incident in try await store.untoldIncidents() {
            let holder = active.first { $0.matcher.matches(incident) }
            guard holder?.name != incident.silencedBy else { continue }
            if let holder {
                incident.silencedBy = holder.name
            } else {
                incident.isUntold = false
                release.letters.append((incident.id, try await letters(for: incident, at: time)))
            }
            release.incidents.append(incident)
        }
        return release
    }

    /// What webhooks are told of an opening that was recorded before: the incident as it is by now.
    private func letters(for incident: Incident, at time: Timestamp) async throws(StoreError) -> [Letter] {
        let event = Event(
            kind: .opened, at: incident.openedAt, incident: incident,
            evidence: try await store.evidence(of: incident.id))
        return router.notices(for: [event], at: time).flatMap(\.letters)
    }

    mutating func begin(_ silence: Silence) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        let made = try await store.insert(silence)
        silences.append(made)
        return .success(ActionReply(silence: made))
    }

    /// To end what has ended changes nothing.
    mutating func endSilence(_ number: Int64) async throws(StoreError) -> Result<ActionReply, ActionRefusal> {
        guard let ended = try await store.endSilence(number, at: now()) else {
            return .failure(.notFound("there is no silence \(number)"))
        }
        silences.removeAll { $0.origin == ended.origin }
        var step = Step()
        step.release = try await release(at: now())
        return .success(ActionReply(taken: try await commit(step), silence: ended))
    }
}

extension Event {
    fileprivate func held(by name: String) -> Event {
        var incident = incident
        incident.silencedBy = name
        incident.isUntold = true
        return Event(kind: kind, at: at, incident: incident, evidence: evidence)
    }
}

/// What comes of other silences being active than before.
struct Release: Sendable {
    let active: [Silence]
    /// Those that are told now, or held back by another silence.
    var incidents: [Incident] = []
    var letters: [(incident: Int64, letters: [Letter])] = []
}
