import HTTP
import Rules
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct WatchTests {
    /// What a watch prints and complains of; it is unread after `enough` lines.
    final class Paper: Sendable {
        private let lines = Mutex(("", ""))
        let enough: Int

        init(enough: Int) { self.enough = enough }

        var text: String { lines.withLock { $0.0 } }
        var complaints: String { lines.withLock { $0.1 } }

        func write(_ text: String) -> Bool {
            lines.withLock { lines in
                lines.0 += text
                return lines.0.count { $0 == "\n" } < enough
            }
        }

        func complain(_ text: String) { lines.withLock { $0.1 += text + "\n" } }
    }

    /// The exit status of a watch of the gateway at `url`.
    func follow(
        _ url: String, _ options: [String] = [], on paper: Paper, width: Int = 100, isColored: Bool = false,
        onPiece: @escaping @Sendable () -> Void = {},
        sleep: @escaping @Sendable (Duration) async throws -> Void = { duration in
            // Only the pause between connections is over at once.
            if duration >= Watch.longestSilence { try await Task.sleep(for: duration) }
        }
    ) async throws -> Int32 {
        let client = try HTTPClient(userAgent: "test")
        defer { client.close() }
        let command = try ClientCommand(["incidents", "--watch", "--url", url] + options)
        let run = ClientRun(
            command: command, environment: [:], width: width, isColored: isColored,
            send: { await client.send($0) })
        return await run.watch(
            send: { request in
                var request = request
                let sink = request.sink
                request.sink = { bytes in
                    defer { onPiece() }
                    return sink?(bytes) ?? false
                }
                return await client.send(request)
            }, write: paper.write, complain: paper.complain, sleep: sleep
        ).follow()
    }

    static func event(_ id: Int, _ kind: String, machine: String = "a", severity: String = "critical")
        -> String
    {
        """
        id: \(id)
        event: incident.\(kind)
        data: {"type":"incident.\(kind)","timestamp":"2026-11-23T12:00:0\(id).000Z","data":{"incident":{"id":1,\
        "rule":"cpu-high","machine":"\(machine)","severity":"\(severity)","value":91.25,"last_value":50,\
        "message":"cpu is high"},"evidence":[]}}


        """
    }

    static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    @Test func afterALostConnectionItGoesOnAfterTheLastEvent() async throws {
        let peer = try LoopbackPeer { request in
            switch request.connection {
            case 0: [.send(Self.head + "id: 4\nretry: 10\n\n"), .close]
            case 1: [.answer(503), .close]
            case 2:
                [
                    .send(Self.head + "id: 4\nretry: 10\n\n" + Self.event(5, "opened")),
                    .send(String(Self.event(6, "acknowledged").prefix(40))), .reset,
                ]
            default:
                [.trickle(Array((Self.head + Self.event(6, "resolved")).utf8), pause: 0), .hang]
            }
        }
        let paper = Paper(enough: 2)
        #expect(try await follow(peer.url, on: paper) == 0)
        #expect(
            paper.text == """
                2026-11-23 12:00:05Z  opened        critical  a  cpu-high  91.25  cpu is high
                2026-11-23 12:00:06Z  resolved      critical  a  cpu-high  50  cpu is high

                """)
        #expect(peer.requests.map { $0.values("last-event-id") } == [[], ["4"], ["4"], ["5"]])
        #expect(
            paper.complaints == """
                the connection to \(peer.url) was lost; trying again
                connected again
                the connection to \(peer.url) was lost; trying again
                connected again

                """)
    }

    @Test func aConnectionThatIsSilentIsLost() async throws {
        let peer = try LoopbackPeer { request in
            request.connection == 0
                ? [.send(Self.head + "id: 4\n\n"), .hang]
                : [.send(Self.head + Self.event(5, "opened")), .hang]
        }
        let paper = Paper(enough: 1)
        // One silence with a piece before it, and one without; then none ends.
        let (silences, feed) = AsyncStream<Void>.makeStream()
        let isFirst = Atomic(true)
        let status = try await follow(
            peer.url, on: paper,
            onPiece: {
                guard isFirst.exchange(false, ordering: .relaxed) else { return }
                for _ in 1...2 { feed.yield() }
            },
            sleep: { duration in
                guard duration == Watch.longestSilence else { return }
                for await _ in silences { return }
                throw CancellationError()
            })
        #expect(status == 0)
        #expect(paper.complaints.hasSuffix("connected again\n"))
    }

    @Test(arguments: [
        (["--machine", "10.*"], "10.0.0.7"), (["--severity", "warning"], "b"),
        (["--severity=info", "--severity=warning"], "b"), (["--rule", "cpu-high", "--machine", "a"], "a"),
    ])
    func onlyWhatIsAskedForIsPrinted(options: [String], machine: String) async throws {
        let peer = try LoopbackPeer(
            .send(
                Self.head + Self.event(1, "opened") + Self.event(2, "opened", machine: "10.0.0.7")
                    + Self.event(3, "opened", machine: "b", severity: "warning") + Self.event(4, "opened")),
            .hang)
        let paper = Paper(enough: 1)
        #expect(try await follow(peer.url, options + ["--json"], on: paper) == 0)
        let first = try JSONValue(Array(try #require(paper.text.split(separator: "\n").first).utf8))
        #expect(first["data"]?["incident"]?["machine"]?.text == machine)
        #expect(first["type"]?.text == "incident.opened")
    }

    @Test func aLineFitsTheTerminalAndObeysNobody() async throws {
        let peer = try LoopbackPeer(
            .send(Self.head + Self.event(1, "opened", machine: #"\u001b[2J漢字"#)), .hang)
        let paper = Paper(enough: 1)
        #expect(try await follow(peer.url, on: paper, width: 64, isColored: true) == 0)
        #expect(
            paper.text
                == "2026-11-23 12:00:01Z  \u{1b}[31mopened\u{1b}[0m        \u{1b}[1;31mcritical\u{1b}[0m  "
                + "\u{FFFD}[2J漢字  cpu-hig…\n")
    }

    @Test func whatCannotBeFollowedIsSaidWithStatusOne() async throws {
        let paper = Paper(enough: 1)
        let peer = try LoopbackPeer(.answer(401, body: Array(#"{"detail":"a token is needed"}"#.utf8)))
        #expect(try await follow(peer.url, on: paper) == 1)
        #expect(paper.complaints == "a token is needed (set GATEWAY_TOKEN)\n")
        peer.close()
        #expect(try await follow(peer.url, on: paper) == 1)
        #expect(paper.complaints.contains("no answer of the gateway at \(peer.url)"))
    }

    @Test func aGatewayIsFollowed() async throws {
        let bench = try Bench()
        let api = try bench.service.makeAPI(token: nil, rules: bench.rulesFile)
        let server = try HTTPServer(HTTPServer.Options()) { api.handle($0) }
        defer { server.stop() }
        let paper = Paper(enough: 2)
        let url = "http://127.0.0.1:\(server.port)"
        // It has begun once the feed waits for its next heartbeat.
        async let status = follow(url, on: paper)
        await bench.time.sleepers(1)
        var judge = try await bench.judge()
        try await judge.take(try poll(at: 1, ["a": (1, 95)]))
        try await judge.take(try poll(at: 2, ["a": (1, 10)]))
        #expect(try await status == 0)
        #expect(paper.text.contains("opened        warning   a  memory-high  95  mem mean 95"))
        #expect(paper.text.contains("resolved      warning   a  memory-high  10  "))
    }

    @Test func aStreamIsReadInAnyPieces() {
        let text = ": hello\r\nid: 7\r\nretry: 500\r\ndata: a\r\ndata:b\r\n\r\nid: 8\n\ndata: c\nid: 9\n"
        for size in 1...text.utf8.count {
            var stream = EventStream()
            var events: [String] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                events += stream.take(Array(rest.prefix(size))).map { String(decoding: $0, as: UTF8.self) }
                rest = rest.dropFirst(size)
            }
            #expect(events == ["a\nb"])
            #expect(stream.lastID == "8")
            #expect(stream.retry == .milliseconds(500))
            stream.reconnect()
            #expect(stream.take(Array("\n".utf8)).isEmpty)
            #expect(stream.lastID == "8")
        }
    }
}
