import HTTP
import Rules
import Synchronization

/// `gateway incidents --watch`: prints events as they happen; where the connection is lost it comes back and goes on
/// after the last one.
final class Watch: Sendable {
    private let run: Settings
    private let state = Mutex(State())

    struct Settings: Sendable {
        let filter: Filter
        let json: Bool
        /// The columns of the terminal.
        let width: Int
        let ink: Ink
        /// Asks for the events.
        let request: HTTPRequest
        /// The gateway, for messages.
        let base: String
        let send: @Sendable (HTTPRequest) async -> HTTPReply
        /// Prints to whoever reads; false when nobody does any more.
        let write: @Sendable (String) -> Bool
        let complain: @Sendable (String) -> Void
        let sleep: @Sendable (Duration) async throws -> Void
    }

    /// Which events are printed.
    struct Filter: Sendable {
        var rule: String?
        var machine: Glob?
        var severities: [String] = []

        func matches(_ incident: JSONValue?) -> Bool {
            guard rule == nil || incident?["rule"]?.text == rule else { return false }
            guard severities.isEmpty || severities.contains(incident?["severity"]?.text ?? "") else {
                return false
            }
            return machine?.matches(incident?["machine"]?.text ?? "") ?? true
        }
    }

    private struct State {
        var stream = EventStream()
        /// Pieces that came so far: a heartbeat is one.
        var pieces = 0
        var hasBegun = false
        var isLost = false
        /// Nobody reads what is printed.
        var isUnread = false
    }

    /// Three heartbeats of a gateway (`EventFeed.heartbeat`); a connection that is silent for longer is lost.
    static let longestSilence = EventFeed.heartbeat * 3
    private static let (firstPause, longestPause) = (Duration.seconds(2), Duration.seconds(30))

    init(_ run: Settings) { self.run = run }

    /// Goes on until nobody reads, or the gateway refuses; gives the exit status.
    func follow() async -> Int32 {
        var pause = Self.firstPause
        while true {
            let before = state.withLock { $0.pieces }
            let reply = await connect()
            let now = state.withLock { $0 }
            guard !now.isUnread else { return 0 }
            if let refusal = refusal(reply, isFirst: !now.hasBegun) {
                run.complain(refusal)
                return 1
            }
            if now.pieces > before { pause = now.stream.retry ?? Self.firstPause }
            if !now.isLost {
                run.complain("the connection to \(run.base) was lost; trying again")
                state.withLock { $0.isLost = true }
            }
            do { try await run.sleep(pause) } catch { return 0 }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Why there is no use in trying again.
    private func refusal(_ reply: HTTPReply, isFirst: Bool) -> String? {
        switch reply {
        case .failure(let failure):
            return isFirst ? "no answer of the gateway at \(run.base): \(failure)" : nil
        case .answer(let answer):
            let isPassing = answer.status >= 500 || answer.status == 429
            guard !(200..<300).contains(answer.status), isFirst || !isPassing else {
                return isFirst ? "\(run.base) answers, and not as a gateway does" : nil
            }
            let detail = (try? JSONValue(answer.body))?["detail"]?.text?.forTerminal
            return (detail ?? "\(run.base) answers \(answer.status)")
                + (answer.status == 401 ? " (set GATEWAY_TOKEN)" : "")
        }
    }

    /// Listens until the connection ends, or is silent for too long.
    private func connect() async -> HTTPReply {
        var request = run.request
        state.withLock { state in
            state.stream.reconnect()
            if let last = state.stream.lastID { request.fields["last-event-id"] = last }
        }
        request.sink = { [self] in take($0) }
        let asked = request
        return await withTaskGroup(of: HTTPReply?.self) { group in
            group.addTask { [run] in await run.send(asked) }
            group.addTask { [self] in
                await silence()
                return nil
            }
            var reply: HTTPReply?
            for await end in group {
                reply = end ?? reply
                group.cancelAll()
            }
            return reply ?? .failure(HTTPFailure(.timeout, "it is silent"))
        }
    }

    /// Returns when nothing has come for too long.
    private func silence() async {
        while true {
            let before = state.withLock { $0.pieces }
            do { try await run.sleep(Self.longestSilence) } catch { return }
            if state.withLock({ $0.pieces }) == before { return }
        }
    }

    /// Takes a piece of the stream, on the client's thread: a reader that has stopped reading holds the stream, and
    /// nothing piles up.
    private func take(_ bytes: [UInt8]) -> Bool {
        let (events, isBack) = state.withLock { state in
            defer { (state.pieces, state.hasBegun, state.isLost) = (state.pieces + 1, true, false) }
            return (state.stream.take(bytes), state.isLost)
        }
        if isBack { run.complain("connected again") }
        let lines = events.compactMap(line).joined()
        guard lines.isEmpty || run.write(lines) else {
            state.withLock { $0.isUnread = true }
            return false
        }
        return true
    }

    /// What is printed of an event; nil when it is none of those that are asked for.
    private func line(_ data: [UInt8]) -> String? {
        guard let event = try? JSONValue(data), let incident = event["data"]?["incident"],
            run.filter.matches(incident)
        else { return nil }
        guard !run.json else { return String(decoding: data, as: UTF8.self) + "\n" }
        let kind = event.shown("type").replacing("incident.", with: "")
        let severity = incident.shown("severity")
        let value = incident.shown(kind == "opened" ? "value" : "last_value")
        let rest = ["machine", "rule"].map(incident.shown) + [value, incident.shown("message")]
        let start = "\(event.shown("timestamp"))  "
        let used = start.count + 12 + 2 + 8 + 2
        return start + run.ink.painted(kind, as: kind) + pad(kind, 14)
            + run.ink.painted(severity, as: severity) + pad(severity, 10)
            + rest.joined(separator: "  ").clipped(toColumns: max(run.width - used, 16)) + "\n"
    }

    private func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.displayWidth))
    }
}
