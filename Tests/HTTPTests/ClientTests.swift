import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(5)))
struct ClientTests {
    let client: HTTPClient

    init() throws {
        client = try HTTPClient(userAgent: "gateway-test/1")
    }

    @Test func aGetArrivesAndItsAnswerComesBack() async throws {
        let peer = try LoopbackPeer(
            .answer(
                203, fields: ["X-One: first", "x-two:  spaced \t", "X-One: second"], body: Array("hi".utf8)))
        let answer = try await client.get(peer.url + "/a?b=c", fields: ["X-Ask": "1", "X-Empty": ""]).answer()
        #expect(answer.status == 203)
        #expect(answer.body == Array("hi".utf8))
        #expect(answer.fields["x-one"] == "first")
        #expect(answer.fields.list.map(\.value) == ["first", "spaced", "second", "2"])

        let request = try #require(peer.requests.first)
        #expect(request.startLine == "GET /a?b=c HTTP/1.1")
        #expect(request.values("user-agent") == ["gateway-test/1"])
        #expect(request.values("x-ask") == ["1"])
        #expect(request.values("x-empty") == [""])
        #expect(request.values("accept-encoding").first?.contains("gzip") == true)
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func aBodyGoesOutAsItIs(method: String) async throws {
        let peer = try LoopbackPeer(.answer(202))
        let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let fields: HTTPFields = ["Content-Type": "application/json"]
        let answer = try await client.call(method, peer.url, fields: fields, body: body).answer()
        #expect(answer.status == 202)
        let request = try #require(peer.requests.first)
        #expect(request.startLine == "\(method) / HTTP/1.1")
        #expect(request.body == body)
        #expect(request.values("content-type") == ["application/json"])
        #expect(request.values("expect") == [])
    }

    @Test func anEmptyPostHasALengthAndNoType() async throws {
        let peer = try LoopbackPeer(.answer())
        #expect(try await client.call("POST", peer.url).answer().status == 200)
        let request = try #require(peer.requests.first)
        #expect(request.values("content-length") == ["0"])
        #expect(request.values("content-type") == [])
    }

    @Test func aHeadHasNoBodyAndADeleteNone() async throws {
        let peer = try LoopbackPeer { request in
            request.startLine.hasPrefix("HEAD")
                ? [.send("HTTP/1.1 200 Said\r\nContent-Length: 5\r\n\r\n")] : [.answer(204)]
        }
        let answer = try await client.call("HEAD", peer.url).answer()
        #expect(answer.body.isEmpty)
        #expect(answer.fields["Content-Length"] == "5")
        #expect(try await client.call("DELETE", peer.url).answer().status == 204)
        #expect(peer.requests.map(\.startLine) == ["HEAD / HTTP/1.1", "DELETE / HTTP/1.1"])
    }

    @Test func requestsInTurnShareAConnection() async throws {
        let peer = try LoopbackPeer(.answer(body: [1]))
        for _ in 0..<5 { _ = try await client.call("POST", peer.url, body: [1, 2]).answer() }
        #expect(peer.connectionCount == 1)
        #expect(peer.requests.count == 5)
    }

    @Test func aConnectionThatThePeerClosedIsReplaced() async throws {
        let peer = try LoopbackPeer(.answer(), .close)
        for _ in 0..<3 { #expect(try await client.call("POST", peer.url, body: [1]).answer().status == 200) }
        #expect(peer.requests.count == 3)
    }

    @Test func twoHundredAtATimeAreAllAnswered() async throws {
        let peer = try LoopbackPeer { [.answer(body: $0.body)] }
        let answers = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for number in 0..<200 {
                group.addTask {
                    let body = Array("request \(number)".utf8)
                    return (number, try await client.call("POST", peer.url, body: body).answer().body)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = String(decoding: $1.1, as: UTF8.self) }
        }
        #expect(answers.count == 200)
        #expect(answers.allSatisfy { $1 == "request \($0)" })
    }

    @Test func interimAnswersAndTrailersAreNotTheAnswer() async throws {
        let peer = try LoopbackPeer(
            .send(
                "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            ),
            .send("2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n"))
        let answer = try await client.get(peer.url).answer()
        #expect(answer.status == 200)
        #expect(answer.body == Array("ok".utf8))
        #expect(answer.fields.list.map(\.name) == ["Transfer-Encoding"])
    }

    @Test func aCompressedBodyArrivesDecoded() async throws {
        let peer = try LoopbackPeer(.answer(fields: ["Content-Encoding: gzip"], body: Gzip.greeting))
        #expect(try await client.get(peer.url).answer().body == Array("hello, gateway\n".utf8))
    }

    @Test func aCancelledTaskGetsItsReplyAndTheConnectionEnds() async throws {
        let peer = try LoopbackPeer(.hang)
        let task = Task { await client.get(peer.url) }
        #expect(await peer.event { if case .request = $0 { true } else { false } } != nil)
        task.cancel()
        #expect(await task.value.failure?.kind == .cancelled)
        #expect(await peer.event { if case .ended = $0 { true } else { false } } != nil)
    }

    @Test func aTaskCancelledBeforehandGetsItsReply() async throws {
        let peer = try LoopbackPeer(.hang)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await client.get(peer.url)
        }
        task.cancel()
        #expect(await task.value.failure?.kind == .cancelled)
    }

    @Test func closingFailsWhatIsUnderWayAndWhatComesAfter() async throws {
        let peer = try LoopbackPeer(.hang)
        let tasks = (0..<5).map { _ in Task { await client.get(peer.url) } }
        for _ in tasks { _ = await peer.event { if case .request = $0 { true } else { false } } }
        client.close()
        for task in tasks { #expect(await task.value.failure?.kind == .cancelled) }
        #expect(await client.get(peer.url).failure?.kind == .cancelled)
        client.close()
    }
}
