import Notifiers
import Rules
import Store

/// Feeds the pipeline from the inbox, and holds what the store cannot take yet.
struct Judge {
    private let service: Service
    private var pipeline: Pipeline
    /// What the service was started with.
    private var first: Configuration?
    private var outage = Outage()
    /// Edits of the rules, of which the first is being prepared.
    private var edits: [Inbox.Item] = []
    private let blocksAtOnce: Int

    /// How long a store that failed is left alone.
    static let storeRetry = Duration.seconds(1)

    /// An edit of the rules reads `blocksAtOnce` blocks of stored samples between two items at most.
    init(_ service: Service, pipeline: Pipeline, blocksAtOnce: Int = StoreWriter.blocksAtOnce) {
        self.blocksAtOnce = blocksAtOnce
        self.service = service
        self.pipeline = pipeline
    }

    /// Takes the first configuration; throws where a running gateway would wait and try again.
    mutating func start(_ configuration: Configuration) async throws(StoreError) {
        first = configuration
        try await take(.configuration(configuration))
    }

    /// Takes what comes until the inbox is closed and empty, or the store fails after it was closed.
    mutating func run() async {
        while let items = await next() {
            for (index, item) in items.enumerated() {
                if let failure = await settle(item) { return await end(items[index...], failure) }
                if case .tick = item { service.manager.alive() }
                let dropped = service.inbox.settled(item)
                if dropped > 0 {
                    service.log.warning("polls are taken again", ["dropped_meanwhile": dropped])
                }
            }
            if !service.inbox.isClosed, let edit = edits.first, let failure = await resume() {
                return await end([edit], failure)
            }
        }
        // They are found in the file at the next start.
        for edit in edits { edit.refuse(.stopping) }
    }

    /// What has come since the last time; nil once the inbox is closed and empty. An edit that is being prepared does
    /// not wait for it.
    private func next() async -> [Inbox.Item]? {
        guard !edits.isEmpty, !service.inbox.isClosed else { return await service.inbox.take() }
        return service.inbox.taken()
    }

    /// Goes on with the first edit that was put off.
    mutating func resume() async -> StoreError? {
        guard !edits.isEmpty else { return nil }
        return await settle(edits.removeFirst(), isResumed: true)
    }

    private func end(_ items: ArraySlice<Inbox.Item>, _ failure: StoreError) async {
        let rest = edits + (await service.inbox.take() ?? [])
        for item in items + rest { item.refuse(.stopping) }
        service.log.error(
            "store failing at the end; what waits for it is lost",
            ["items": items.count + rest.count, "error": failure])
    }

    /// Takes an item, again and again while the store may yet accept it; gives what keeps the store from it
    /// once the inbox is closed.
    private mutating func settle(_ item: Inbox.Item, isResumed: Bool = false) async -> StoreError? {
        while let error = await attempt(item, isResumed: isResumed) {
            if service.inbox.isClosed || Task.isCancelled { return error }
            // A start anew would not mend the disk.
            service.manager.alive()
            await service.time.sleep(Self.storeRetry)
        }
        return nil
    }

    /// Takes an item once; gives what keeps the store from it for now, when it is to be tried again.
    ///
    /// An edit that is not ready, or has others before it, is put off and `isResumed` later.
    mutating func attempt(_ item: Inbox.Item, isResumed: Bool = false) async -> StoreError? {
        do {
            if case .configuration(let configuration, _, _) = item {
                guard isResumed || edits.isEmpty else {
                    edits.append(item)
                    return nil
                }
                guard try await pipeline.prepare(configuration, blocks: blocksAtOnce) else {
                    edits.insert(item, at: 0)
                    return nil
                }
            }
            let start = service.time.uptime()
            try await take(item)
            service.tally.note(step: item.kind, lasting: service.time.uptime() - start)
            if service.health.note(storeError: nil) {
                service.log.info("store recovered")
            }
            if let trouble = outage.over(at: service.time.now()) { service.inbox.put(trouble) }
            return nil
        } catch {
            // A person is not kept waiting.
            if case .request(_, _, let reply) = item {
                reply(.failure(.store(error.description)))
                tellUnknown()
                return nil
            }
            guard error.mayPass else {
                await putAway(item, refusedWith: error)
                return nil
            }
            if service.health.note(storeError: error) {
                service.log.error("store failing; polls are held", ["error": error])
            }
            outage.note(error.description, at: service.time.now())
            return error
        }
    }

    /// Goes on without an item that the store will never accept, so that it does not stop the rest.
    private mutating func putAway(_ item: Inbox.Item, refusedWith error: StoreError) async {
        service.log.error("refused by the store", ["item": item.name, "error": error])
        item.refuse(.store(error.description))
        tellUnknown()
        guard case .failed = error else {
            // The file itself is at fault, and not what was to be written.
            _ = service.health.note(storeError: error)
            return
        }
        do {
            switch item {
            case .poll(let poll): try await pipeline.reread(poll.source)
            case .tick, .trouble: try await pipeline.rereadTroubles()
            case .configuration: pipeline.edit = nil
            case .request: break
            }
        } catch {
            service.log.error("what is known may be old", ["item": item.name, "error": error])
        }
    }

    /// Takes one item as far as the commit, says what became true, and gives it.
    @discardableResult
    mutating func take(_ item: Inbox.Item) async throws(StoreError) -> Taken {
        // What was held back by what is over with this is told at once, and in a commit of its own.
        defer { if pipeline.isReleaseDue { service.inbox.tick() } }
        let taken: Taken
        var source: String?
        switch item {
        case .poll(let poll):
            if let released = try await pipeline.release(before: poll) { tell(released, source: nil) }
            taken = try await pipeline.take(poll)
            source = poll.source
        case .configuration(let configuration, let audit, let reply):
            taken = try await pipeline.adopt(configuration, audit: audit)
            adopt(configuration)
            reply(.success(pipeline.rulesVersion))
        case .trouble(let trouble): taken = try await pipeline.take(trouble)
        case .tick: taken = try await pipeline.tick()
        case .request(let action, let audit, let reply):
            let result = try await pipeline.perform(action, audit: audit)
            defer { reply(result) }
            guard case .success(let done) = result else { return Taken() }
            tell(done.taken, source: nil)
            return done.taken
        }
        tell(taken, source: source)
        return taken
    }

    /// Has every part go over to a configuration that the pipeline has taken.
    private func adopt(_ configuration: Configuration) {
        service.health.adopt(configuration, version: pipeline.rulesVersion)
        service.access.adopt(configuration.server)
        renewIdentity(configuration.server)
        service.sources.put(configuration.sources)
        service.intake.adopt(configuration.sources)
        service.dispatcher.configure(configuration.webhooks)
        service.inbox.forgetTroubles()
        service.heartbeats.put(configuration)
        tellAccepted(configuration)
    }

    private func renewIdentity(_ settings: ServerSettings) {
        do {
            guard try service.access.renewIdentity(settings) else { return }
            service.log.info("certificate renewed; who connects from now on is shown the new one")
        } catch {
            service.log.error("certificate not renewed; the one before goes on", ["error": error])
        }
    }

    private func tellAccepted(_ configuration: Configuration) {
        service.log.info(
            "rules accepted",
            [
                "version": pipeline.rulesVersion, "sources": configuration.sources.count,
                "rules": configuration.rules.count, "webhooks": configuration.webhooks.count,
            ])
        for warning in configuration.warnings {
            service.log.warning("worth a look in the rules file", ["fault": warning])
        }
        let waiting = first?.settingsForRestart(before: configuration) ?? []
        if !waiting.isEmpty {
            service.log.warning(
                "settings that take effect when the gateway is started again",
                ["changed": waiting.joined(separator: ", ")])
        }
    }

    /// Says what became true: to the readers of the history, the dispatcher and the log.
    private func tell(_ taken: Taken, source: String?) {
        if taken.changesIncidents { service.cache.invalidate() }
        if !taken.events.isEmpty { service.news.announce() }
        service.tally.note(taken, at: service.time.now())
        if taken.deliveries > 0 { service.dispatcher.wake(overtaken: taken.overtaken) }
        if let jump = taken.clockJump {
            service.log.warning("the wall clock was set", ["by": jump.compact])
        }
        for (webhook, state) in taken.digests {
            switch state {
            case .first: service.log.info("storm; told by digests", ["webhook": webhook])
            case .update: service.log.debug("storm goes on; digest updated", ["webhook": webhook])
            case .last: service.log.info("storm over; last digest", ["webhook": webhook])
            }
        }
        for (webhook, count) in taken.passedOn.sorted(by: { $0.key < $1.key }) {
            service.log.warning(
                "critical events go to the fallback of a failing webhook", ["to": webhook, "events": count])
        }
        for event in taken.events {
            let incident = event.incident
            service.log.info(
                event.kind.rawValue,
                [
                    "incident": incident.id, "rule": incident.rule, "machine": incident.machine,
                    "source": incident.source, "value": incident.lastValue.shown,
                ])
        }
        if let source { tellRefusals(of: taken, source: source) }
    }

    /// Has all look again, where part of what failed may be on disk.
    private func tellUnknown() {
        service.cache.invalidate()
        service.news.announce()
        service.dispatcher.wake(overtaken: pipeline.router.names)
    }

    private func tellRefusals(of taken: Taken, source: String) {
        switch service.health.note(.tooManyMachines, of: source, isPresent: taken.beyondLimit > 0) {
        case true?:
            service.log.warning(
                "machines refused: the source names more than its max_machines",
                ["source": source, "refused": taken.beyondLimit])
        case false?: service.log.info("no machines refused any more", ["source": source])
        case nil: break
        }
    }
}

extension Inbox.Item {
    fileprivate var kind: Tally.Step {
        switch self {
        case .poll: .poll
        case .configuration: .rules
        case .request: .request
        case .tick: .tick
        case .trouble: .trouble
        }
    }

    fileprivate var name: String {
        switch self {
        case .poll(let poll): "poll of \(poll.source) at \(poll.at)"
        case .configuration: "rules file"
        case .request: "request"
        case .tick: "tick"
        case .trouble(let trouble): "\(trouble.key.rule.rawValue) of \(trouble.key.subject)"
        }
    }
}

extension Configuration {
    /// The sections whose change to `next` is not taken up by a running gateway.
    fileprivate func settingsForRestart(before next: Configuration) -> [String] {
        [server.needsRestart(for: next.server) ? "server" : nil, storage == next.storage ? nil : "storage"]
            .compactMap { $0 }
    }
}
