import Glibc
import Synchronization

/// A TCP server on 127.0.0.1 that answers each request with the bytes a test tells it to, well formed or not.
///
/// One thread accepts, one serves each connection; `close` (also from deinit) ends and joins all of them.
public final class LoopbackPeer: Sendable {
    /// What is done in turn after a request; the connection then waits for the next one.
    public enum Action: Sendable {
        case send([UInt8])
        /// Sends one byte at a time, with a pause of milliseconds between.
        case trickle([UInt8], pause: UInt32)
        /// Sends the bytes again and again until the other side has enough.
        case sendEndlessly([UInt8])
        case close
        /// Closes with a TCP reset instead of an orderly end.
        case reset
        /// Answers nothing until the other side closes, or `close` is called.
        case hang

        public static func send(_ text: String) -> Action { .send(Array(text.utf8)) }

        /// A whole answer with a length.
        public static func answer(_ status: Int = 200, fields: [String] = [], body: [UInt8] = []) -> Action {
            let lines = ["HTTP/1.1 \(status) Said"] + fields + ["Content-Length: \(body.count)", "", ""]
            return .send(Array(lines.joined(separator: "\r\n").utf8) + body)
        }
    }

    /// One request as it came: a head that ends with an empty line, and as much body as its length says.
    public struct Request: Sendable {
        /// Counts the connections from 0.
        public let connection: Int
        public let head: String
        public let body: [UInt8]

        public var startLine: String { String(head.prefix { $0 != "\r\n" }) }

        /// All values under `name`, as they stand.
        public func values(_ name: String) -> [String] {
            head.split(separator: "\r\n").dropFirst().compactMap { line in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { return nil }
                return String(parts[1].drop { $0 == " " })
            }
        }
    }

    public enum Event: Sendable {
        case request(Request)
        /// The other side closed a connection, or stopped reading it.
        case ended(connection: Int)
    }

    public let port: UInt16
    /// What happens, in order, for a test to wait for; one consumer at a time.
    public let events: AsyncStream<Event>

    private let workshop: Workshop

    public var url: String { "http://127.0.0.1:\(port)" }
    public var requests: [Request] { workshop.state.withLock { $0.requests } }
    /// How many connections were accepted so far.
    public var connectionCount: Int { workshop.state.withLock { $0.connections.count } }

    public init(_ script: @escaping @Sendable (Request) -> [Action]) throws {
        let (listener, port) = try LoopbackSocket.listen()
        self.port = port
        let (events, feed) = AsyncStream.makeStream(of: Event.self)
        self.events = events
        workshop = Workshop(listener: listener, script: script, feed: feed)
        workshop.accept()
    }

    /// A peer that gives every request the same answer.
    public convenience init(_ actions: Action...) throws {
        try self.init { _ in actions }
    }

    deinit { close() }

    /// The first event from now on that `matches`.
    public func event(where matches: (Event) -> Bool) async -> Event? {
        for await event in events where matches(event) { return event }
        return nil
    }

    public func close() { workshop.close() }
}

/// What the peer's threads share; apart from the peer, so that none of them can be the one that ends it.
private final class Workshop: Sendable {
    struct State {
        var connections: [Int32] = []
        var threads: [pthread_t] = []
        var requests: [LoopbackPeer.Request] = []
        var isClosed = false
    }

    let state = Mutex(State())
    private let listener: Int32
    private let script: @Sendable (LoopbackPeer.Request) -> [LoopbackPeer.Action]
    private let feed: AsyncStream<LoopbackPeer.Event>.Continuation

    init(
        listener: Int32, script: @escaping @Sendable (LoopbackPeer.Request) -> [LoopbackPeer.Action],
        feed: AsyncStream<LoopbackPeer.Event>.Continuation
    ) {
        self.listener = listener
        self.script = script
        self.feed = feed
    }

    func accept() {
        let thread = startThread { [self] in
            while let socket = LoopbackSocket.accept(on: listener) { serve(socket) }
        }
        state.withLock { $0.threads.append(thread) }
    }

    private func serve(_ socket: Int32) {
        let number = state.withLock { state in
            state.connections.append(socket)
            // A connection accepted while the peer closes is ended at once, and joined like the others.
            if state.isClosed { shutdown(socket, Int32(SHUT_RDWR)) }
            return state.connections.count - 1
        }
        let thread = startThread { [self] in
            LoopbackConnection(socket: socket, number: number).serve { request in
                state.withLock { $0.requests.append(request) }
                feed.yield(.request(request))
                return script(request)
            }
            // Closed only with the peer, so that its number is not given out again before.
            shutdown(socket, Int32(SHUT_RDWR))
            feed.yield(.ended(connection: number))
        }
        state.withLock { $0.threads.append(thread) }
    }

    func close() {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        // The acceptor stands first; once it has ended, no connection is added.
        while let thread = state.withLock({ $0.threads.isEmpty ? nil : $0.threads.removeFirst() }) {
            for socket in state.withLock({ $0.connections }) { shutdown(socket, Int32(SHUT_RDWR)) }
            pthread_join(thread, nil)
        }
        for socket in state.withLock({ $0.connections }) + [listener] { Glibc.close(socket) }
        feed.finish()
    }
}
