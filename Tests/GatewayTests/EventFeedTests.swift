import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

@Suite struct EventFeedTests {
    let bench: Bench
    let api: API

    init() throws {
        bench = try Bench()
        api = try bench.service.makeAPI(token: nil, rules: bench.rulesFile)
    }

    private func listen(_ fields: HTTPFields = [:], query: String = "") throws -> HTTPServer.Stream {
        let request = try #require(HTTPServer.Request(target: "/api/events\(query)", fields: fields))
        guard case .stream(let head, let stream) = api.handle(request) else { throw Refused() }
        #expect(head.fields["content-type"] == "text/event-stream")
        return stream
    }

    struct Refused: Error {}

    private func text(_ part: HTTPServer.Stream.Part) -> String? {
        if case .bytes(let bytes) = part { String(decoding: bytes, as: UTF8.self) } else { nil }
    }

    /// The numbers of the events in a part of a stream.
    private func ids(_ part: HTTPServer.Stream.Part) -> [String] {
        (text(part) ?? "").split(separator: "\n").filter { $0.hasPrefix("id: ") }.map {
            String($0.dropFirst(4))
        }
    }

    @Test func whoComesBackIsToldOfWhatHappenedMeanwhile() async throws {
        var judge = try await bench.judge()
        try await judge.take(try poll(at: 1, ["a": (1, 95)]))
        try await judge.take(try poll(at: 2, ["a": (1, 10), "b": (1, 95)]))
        let stream = try listen(["last-event-id": "1"])
        #expect(text(await stream.next()) == "id: 1\nretry: 2000\n\n")
        let missed = await stream.next()
        #expect(ids(missed) == ["2", "3"])
        #expect(
            text(missed)?.contains(
                "id: 2\nevent: incident.resolved\ndata: {\"type\":\"incident.resolved\",") == true)
        // The event of a commit that comes while it waits is there at once.
        async let next = stream.next()
        try await judge.take(try poll(at: 3, ["b": (1, 10)]))
        #expect(ids(await next) == ["4"])
    }

    @Test func withoutANumberOnlyWhatIsToComeIsTold() async throws {
        var judge = try await bench.judge()
        try await judge.take(try poll(at: 1, ["a": (1, 95)]))
        for stream in [try listen(), try listen(query: "?after=99")] {
            _ = await stream.next()
            async let next = stream.next()
            try await judge.take(try poll(at: 2, ["b": (1, 95)]))
            #expect(ids(await next).count == 1)
            try await judge.take(try poll(at: 3, ["b": (1, 1)]))
        }
    }

    @Test func silenceIsBrokenByAHeartbeat() async throws {
        let stream = try listen()
        _ = await stream.next()
        async let next = stream.next()
        await bench.time.sleepers(1)
        bench.time.advance(by: EventFeed.heartbeat)
        #expect(text(await next) == ":\n\n")
    }

    @Test func aListenerThatIsGoneLeavesNothing() async throws {
        let stream = try listen()
        _ = await stream.next()
        let task = Task { await stream.next() }
        await bench.time.sleepers(1)
        task.cancel()
        guard case .end = await task.value else { throw Refused() }
        #expect(bench.service.news.waiting == 0)
    }

    @Test func theNumberOfStreamsIsBounded() throws {
        var streams = try (1...EventFeed.mostListeners).map { _ in try listen() }
        #expect(throws: Refused.self) { try listen() }
        streams.removeLast()
        streams.append(try listen())
        #expect(api.feed.count == EventFeed.mostListeners)
    }

    @Test(arguments: ["x", "-1"])
    func aNumberThatIsNoneIsRefused(id: String) async throws {
        let response = try await bench.get("/api/events", ["last-event-id": id])
        #expect(response.status == 400)
        #expect(response.text.contains("'\(id)' is no whole number from 0"))
    }
}
