import Dispatch
import HTTP
import Synchronization

extension HTTPServer {
    /// A server on a free port of loopback, whose deadlines no test meets by being slow, but those that set them.
    static func local(
        _ adjust: (inout Options) -> Void = { _ in }, handler: @escaping Handler
    ) throws -> HTTPServer {
        var options = Options()
        options.headDeadline = .seconds(600)
        options.bodyDeadline = .seconds(600)
        options.idle = .seconds(600)
        adjust(&options)
        return try HTTPServer(options, handler: handler)
    }

    static func answering(_ handler: @escaping Handler) throws -> HTTPServer {
        try local(handler: handler)
    }

    static func echoing(_ adjust: (inout Options) -> Void = { _ in }) throws -> HTTPServer {
        try local(adjust, handler: echo)
    }

    /// Answers with what the handler was given.
    static let echo: Handler = { request in
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        let body = String(decoding: request.body, as: UTF8.self)
        return .now(
            Response(
                fields: ["Content-Type": "text/plain"],
                body: Array("\(request.method) \(request.segments) [\(query)] \(body)".utf8)))
    }

    /// Stops without holding a thread of Swift's pool, on which the answers under way depend.
    func stopped() async {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "stop").async {
                self.stop()
                continuation.resume()
            }
        }
    }
}

/// Holds those who wait until it is opened, and counts them.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrivals = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watchers) = state.withLock { state in
                state.arrivals += 1
                let arrivals = state.arrivals
                if !state.isOpen { state.waiting.append(continuation) }
                let due = state.watchers.filter { $0.count <= arrivals }
                state.watchers.removeAll { $0.count <= arrivals }
                return (state.isOpen, due.map(\.continuation))
            }
            if isOpen { continuation.resume() }
            for watcher in watchers { watcher.resume() }
        }
    }

    /// Returns once `count` have come to wait.
    func arrivals(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isDue = state.withLock { state in
                if state.arrivals < count { state.watchers.append((count, continuation)) }
                return state.arrivals >= count
            }
            if isDue { continuation.resume() }
        }
    }
}
