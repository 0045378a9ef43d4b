import HTTP
import Rules
import Store
import Synchronization

/// Sends events to those who listen, as server-sent events
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
final class EventFeed: Sendable {
    private let archive: Archive
    private let news: News
    private let sleep: @Sendable (Duration) async -> Void
    private let listeners = Atomic<Int>(0)

    /// The most streams at a time.
    static let mostListeners = 100
    /// How often something is sent while nothing happens: it keeps proxies from closing the connection, and shows
    /// that a client is gone.
    static let heartbeat = Duration.seconds(15)
    /// The most events in one part of a stream.
    private static let batch = 100

    init(archive: Archive, news: News, sleep: @escaping @Sendable (Duration) async -> Void) {
        self.archive = archive
        self.news = news
        self.sleep = sleep
    }

    /// How many listen.
    var count: Int { listeners.load(ordering: .relaxed) }

    /// A stream of the events after number `last`, or of those to come; nil while too many listen.
    func stream(after last: Int64?) -> HTTPServer.Stream? {
        guard let seat = Seat(in: self) else { return nil }
        let listener = Listener(in: seat, after: last)
        return HTTPServer.Stream(isEndless: true) { [self] in await part(of: listener) }
    }

    private struct Place: Sendable {
        /// The last event that was sent; nil before it is known where to begin.
        var last: Int64?
        var hasBegun = false
    }

    private final class Listener: Sendable {
        private let seat: Seat
        let place: Mutex<Place>

        init(in seat: Seat, after last: Int64?) {
            self.seat = seat
            place = Mutex(Place(last: last))
        }
    }

    /// One of the places for those who listen; free again once nobody holds it.
    private final class Seat: Sendable {
        private let feed: EventFeed

        init?(in feed: EventFeed) {
            self.feed = feed
            // `deinit` runs in either case: what it needs is set.
            let taken = feed.listeners.add(1, ordering: .relaxed).newValue
            if taken > EventFeed.mostListeners { return nil }
        }

        deinit { feed.listeners.subtract(1, ordering: .relaxed) }
    }

    private func part(of listener: Listener) async -> HTTPServer.Stream.Part {
        do throws(StoreError) {
            let start = listener.place.withLock { $0 }
            guard start.hasBegun else {
                let newest = try await archive.read { (reader) throws(StoreError) in try reader.lastEvent() }
                // A number that was never given is another database's.
                let last = min(start.last ?? newest, newest)
                listener.place.withLock { $0 = Place(last: last, hasBegun: true) }
                // The number tells one who is cut off before the first event where to go on.
                return .bytes(Array("id: \(last)\nretry: 2000\n\n".utf8))
            }
            while !Task.isCancelled {
                let edition = news.edition
                let last = listener.place.withLock { $0.last ?? 0 }
                let events = try await archive.read { (reader) throws(StoreError) in
                    try reader.events(after: last, limit: Self.batch)
                }
                if let newest = events.last {
                    listener.place.withLock { $0.last = newest.entry.id }
                    return .bytes(events.flatMap(\.serverSent))
                }
                if await !isNews(after: edition), !Task.isCancelled { return .bytes(Array(":\n\n".utf8)) }
            }
            return .end
        } catch { return .failure }
    }

    /// Waits for news; false when there was none for a heartbeat.
    private func isNews(after edition: UInt64) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [news] in await news.next(after: edition) }
            group.addTask { [sleep] in await sleep(Self.heartbeat) }
            await group.next()
            group.cancelAll()
        }
        return news.edition != edition
    }
}

extension LoggedEvent {
    /// The event with its number, its type, and what a webhook is told of it, the incident as it is now.
    fileprivate var serverSent: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("type", entry.kind)
            json.member("timestamp", entry.at)
            json.key("data")
            json.object { json in
                json.key("incident")
                json.listed(incident)
                json.key("evidence")
                json.raw(entry.evidence)
            }
        }
        return Array("id: \(entry.id)\nevent: \(entry.kind)\ndata: ".utf8) + json.bytes + Array("\n\n".utf8)
    }
}
