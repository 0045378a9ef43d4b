import Notifiers
import Rules
import Store

/// Feeds the pipeline from the inbox, and holds what the store cannot take yet.
struct Judge {
    private let service: Service
    private var pipeline: Pipeline

    /// How long a store that failed is left alone.
    private static let storeRetry = Duration.seconds(1)

    init(_ service: Service, pipeline: Pipeline) {
        self.service = service
        self.pipeline = pipeline
    }

    /// Takes the first configuration; throws where a running gateway would wait and try again.
    mutating func start(_ configuration: Configuration) async throws(StoreError) {
        try await take(.configuration(configuration))
    }

    /// Takes what comes until the inbox is closed and empty.
    mutating func run() async {
        while let items = await service.inbox.take() {
            for item in items {
                await settle(item)
                service.inbox.settled(item)
            }
        }
    }

    /// Takes an item, again and again while the store may yet accept it.
    ///
    /// An item that the store will never accept is put away with an error, so that it does not stop the rest.
    private mutating func settle(_ item: Inbox.Item) async {
        while true {
            do {
                try await take(item)
                if service.health.note(storeError: nil) { service.log.info("store recovered") }
                return
            } catch {
                let isNews = service.health.note(storeError: error)
                guard error.mayPass else {
                    return service.log.error("refused by the store", ["item": item.name, "error": error])
                }
                if isNews { service.log.error("store failing; polls are held", ["error": error]) }
                if service.inbox.isClosed {
                    return service.log.error("not committed at the end", ["item": item.name, "error": error])
                }
                await service.time.sleep(Self.storeRetry)
            }
        }
    }

    private mutating func take(_ item: Inbox.Item) async throws(StoreError) {
        switch item {
        case .poll(let poll): tell(try await pipeline.take(poll), source: poll.source)
        case .configuration(let configuration):
            let taken = try await pipeline.adopt(configuration)
            service.health.adopt(configuration, version: pipeline.rulesVersion)
            service.sources.put(configuration.sources)
            service.intake.adopt(configuration.sources)
            service.dispatcher.configure(configuration.webhooks)
            service.log.info(
                "rules accepted",
                [
                    "version": pipeline.rulesVersion, "sources": configuration.sources.count,
                    "rules": configuration.rules.count, "webhooks": configuration.webhooks.count,
                ])
            tell(taken, source: nil)
        }
    }

    /// Says what became true: to the readers of the history, the dispatcher and the log.
    private func tell(_ taken: Taken, source: String?) {
        if taken.changesIncidents { service.cache.invalidate() }
        if taken.deliveries > 0 { service.dispatcher.wake() }
        for event in taken.events {
            let incident = event.incident
            service.log.info(
                event.kind.rawValue,
                [
                    "incident": incident.id, "rule": incident.rule, "machine": incident.machine,
                    "value": incident.lastValue.shown,
                ])
        }
        guard let source else { return }
        if service.health.note(crowded: taken.beyondLimit > 0, source: source) {
            service.log.warning(
                "machines refused: the source names more than its max_machines",
                ["source": source, "refused": taken.beyondLimit])
        }
        if taken.staleSamples > 0 {
            service.log.debug("samples ignored", ["source": source, "count": taken.staleSamples])
        }
    }
}

extension Inbox.Item {
    fileprivate var name: String {
        switch self {
        case .poll(let poll): "poll of \(poll.source) at \(poll.at)"
        case .configuration: "rules file"
        }
    }
}
