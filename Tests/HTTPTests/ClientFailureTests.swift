import TestSupport
import Testing

@testable import HTTP

/// What peers do wrong, and what the client says of it.
@Suite(.timeLimit(.minutes(5)))
struct ClientFailureTests {
    let client: HTTPClient

    init() throws {
        client = try HTTPClient(userAgent: "gateway-test/1")
    }

    @Test func aPortWithoutAListenerRefuses() async throws {
        let port = try LoopbackSocket.refusedPort()
        let failure = await client.get("http://user:secret@127.0.0.1:\(port)/path?token=secret").failure
        #expect(failure == HTTPFailure(.connectionRefused, "connection refused by 127.0.0.1:\(port)"))
    }

    @Test func anUnknownNameDoesNotResolve() async throws {
        let failure = await client.get("http://nosuch.invalid:81/path?token=secret").failure
        #expect(failure == HTTPFailure(.unresolvedHost, "the name nosuch.invalid does not resolve"))
    }

    @Test func anyFailureLeavesTheClientUsable() async throws {
        let peer = try LoopbackPeer { $0.startLine.contains("/ok") ? [.answer()] : [.reset] }
        let hanging = try LoopbackPeer(.hang)
        let refused = try LoopbackSocket.refusedPort()
        let urls = [
            "http://nosuch.invalid/", "http://127.0.0.1:\(refused)/", "http://127.0.0.1:99999/", hanging.url,
            peer.url,
        ]
        for url in urls {
            #expect(await client.get(url, timeout: .milliseconds(100)).failure != nil)
            #expect(try await client.get(peer.url + "/ok").answer().status == 200, "after \(url)")
        }
    }

    @Test func aPeerThatHangsTimesOut() async throws {
        let peer = try LoopbackPeer(.hang)
        let failure = await client.get(peer.url, timeout: .milliseconds(40)).failure
        #expect(failure == HTTPFailure(.timeout, "no answer from 127.0.0.1:\(peer.port) within 40ms"))
    }

    @Test func aPeerThatTricklesTimesOut() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "x", count: 1000)
        let peer = try LoopbackPeer(.trickle(Array(answer.utf8), pause: 5))
        #expect(await client.get(peer.url, timeout: .milliseconds(60)).failure?.kind == .timeout)
    }

    @Test func aTimeoutOfNothingIsStillATimeout() async throws {
        let peer = try LoopbackPeer(.hang)
        for timeout in [Duration.zero, .nanoseconds(1), .seconds(-5)] {
            #expect(await client.get(peer.url, timeout: timeout).failure?.kind == .timeout)
        }
    }

    @Test func aResetLosesTheConnection() async throws {
        let peer = try LoopbackPeer(.reset)
        #expect(await client.get(peer.url).failure?.kind == .connectionLost)
    }

    @Test func aCloseWithoutAnAnswerLosesTheConnection() async throws {
        let peer = try LoopbackPeer(.close)
        let failure = await client.get(peer.url).failure
        let text = "127.0.0.1:\(peer.port) closed the connection without an answer"
        #expect(failure == HTTPFailure(.connectionLost, text))
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive!\r\n",
    ])
    func aTruncatedBodyIsNoAnswer(text: String) async throws {
        let peer = try LoopbackPeer(.send(text), .close)
        let failure = await client.get(peer.url).failure
        #expect(failure == HTTPFailure(.connectionLost, "the answer of 127.0.0.1:\(peer.port) broke off"))
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ready\r\n", "\u{0}\u{1}\u{2}\r\n\r\n", "<html></html>",
    ])
    func garbageIsNoAnswer(text: String) async throws {
        let peer = try LoopbackPeer(.send(text), .close)
        let failure = await client.get(peer.url).failure
        #expect(
            failure == HTTPFailure(.protocolViolation, "127.0.0.1:\(peer.port) does not answer in HTTP"))
    }

    @Test func aBodyThatDoesNotDecodeIsNoAnswer() async throws {
        let peer = try LoopbackPeer(.answer(fields: ["Content-Encoding: gzip"], body: Array("plain".utf8)))
        #expect(await client.get(peer.url).failure?.kind == .protocolViolation)
    }

    @Test func aPlainPeerIsNoTLSPeer() async throws {
        let peer = try LoopbackPeer(.answer())
        // What a TLS client sends is no request: the peer would wait for more.
        let failure = await client.get("https://127.0.0.1:\(peer.port)/", timeout: .milliseconds(200)).failure
        #expect(failure?.kind == .timeout)
    }

    @Test func endlessHeaderFieldsAreRefused() async throws {
        let peer = try LoopbackPeer(
            .send("HTTP/1.1 200 OK\r\n"), .sendEndlessly(Array("X-Field: value\r\n".utf8)))
        let failure = await client.get(peer.url).failure
        #expect(failure?.kind == .protocolViolation)
        #expect(
            failure?.description == "the header fields from 127.0.0.1:\(peer.port) are longer than 64 KiB")
    }

    @Test func anEndlessHeaderLineIsRefused() async throws {
        let peer = try LoopbackPeer(
            .send("HTTP/1.1 200 OK\r\nX-Field: "), .sendEndlessly(Array("value".utf8)))
        #expect(await client.get(peer.url).failure?.kind == .protocolViolation)
    }

    @Test func endlessInterimAnswersAreRefused() async throws {
        let peer = try LoopbackPeer(.sendEndlessly(Array("HTTP/1.1 102 Wait\r\n\r\n".utf8)))
        #expect(await client.get(peer.url).failure?.kind == .protocolViolation)
    }

    @Test func everyKindOfFieldInjectionIsRefusedUnsent() async throws {
        let peer = try LoopbackPeer(.answer())
        let bad: [HTTPFields] = [
            ["X-A": "1\r\nX-B: 2"], ["X-A": "1\nX-B: 2"], ["X-A": "1\u{0}"], ["X-A": "\u{7f}"],
            ["X-A\r\nX-B": "2"], ["X A": "1"], ["X-A:": "1"], ["": "1"], ["X-Ä": "1"], ["X-A\u{0}": "1"],
            ["Content-Length": "3"], ["transfer-encoding": "chunked"], ["Expect": "100-continue"],
        ]
        for fields in bad {
            #expect(
                await client.get(peer.url, fields: fields).failure?.kind == .protocolViolation, "\(fields)")
        }
        for method in ["", "GET /x HTTP/1.1\r\nX-B: 2", "G T"] {
            #expect(await client.call(method, peer.url).failure?.kind == .protocolViolation)
        }
        #expect(throws: HTTPFailure.self) { try HTTPClient(userAgent: "a\r\nX-B: 2") }
        #expect(peer.requests.isEmpty)
    }

    @Test(arguments: [
        "", "127.0.0.1", "//127.0.0.1/", "ftp://127.0.0.1/", "file:///etc/passwd", "http:", "http://",
        "http://127.0.0.1:99999/", "http://127.0.0.1/\r\nX: 1", "http://127.0.0.1/a b", "http://a\u{0}b/",
        "gopher://127.0.0.1:70/_x", "http://[::1/", "http://user:secret@/path?token=secret",
    ])
    func aBadURLIsRefused(url: String) async {
        let failure = await client.get(url).failure
        #expect(failure?.kind == .invalidURL)
        #expect(failure?.description.contains("secret") == false)
    }
}

/// How much of a body is taken.
@Suite(.timeLimit(.minutes(5)))
struct ClientLimitTests {
    let client: HTTPClient

    init() throws {
        client = try HTTPClient(userAgent: "gateway-test/1")
    }

    @Test func aBodyOfJustTheLimitIsTaken() async throws {
        let peer = try LoopbackPeer(.answer(body: Array("12345".utf8)))
        for limit in [HTTPRequest.AnswerLimit.refuse(beyond: 5), .cut(at: 5), .cut(at: 6)] {
            #expect(try await client.get(peer.url, limit: limit).answer().body == Array("12345".utf8))
        }
    }

    @Test func aLongerBodyIsRefusedOrCut() async throws {
        let peer = try LoopbackPeer(.answer(500, body: Array("123456".utf8)))
        let failure = await client.get(peer.url, limit: .refuse(beyond: 5)).failure
        let text = "the body from 127.0.0.1:\(peer.port) is longer than the 5 bytes allowed"
        #expect(failure == HTTPFailure(.bodyTooLong, text))
        let answer = try await client.get(peer.url, limit: .cut(at: 5)).answer()
        #expect(answer.status == 500)
        #expect(answer.body == Array("12345".utf8))
        #expect(try await client.get(peer.url, limit: .cut(at: 0)).answer().body == [])
        #expect(await client.get(peer.url, limit: .refuse(beyond: 0)).failure?.kind == .bodyTooLong)
    }

    @Test func anEndlessBodyIsRefusedOrCutAndTheConnectionDropped() async throws {
        let chunk = Array("400\r\n\(String(repeating: "x", count: 1024))\r\n".utf8)
        let peer = try LoopbackPeer(
            .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), .sendEndlessly(chunk))
        #expect(await client.get(peer.url, limit: .refuse(beyond: 100_000)).failure?.kind == .bodyTooLong)
        #expect(await peer.event { if case .ended = $0 { true } else { false } } != nil)
        let answer = try await client.get(peer.url, limit: .cut(at: 100_000)).answer()
        #expect(answer.status == 200)
        #expect(answer.body.count == 100_000)
        #expect(await peer.event { if case .ended = $0 { true } else { false } } != nil)
    }

    @Test func aBombIsCountedByItsDecodedBytes() async throws {
        let peer = try LoopbackPeer(.answer(fields: ["Content-Encoding: gzip"], body: Gzip.bomb))
        #expect(await client.get(peer.url, limit: .refuse(beyond: 65_536)).failure?.kind == .bodyTooLong)
        #expect(try await client.get(peer.url, limit: .cut(at: 65_536)).answer().body.count == 65_536)
        #expect(try await client.get(peer.url).answer().body.count == 1_048_576)
    }

    @Test func aLargeBodyArrivesWhole() async throws {
        let body = [UInt8](repeating: 7, count: 16 << 20)
        let peer = try LoopbackPeer(.answer(body: body))
        #expect(try await client.get(peer.url, limit: .refuse(beyond: body.count)).answer().body == body)
    }
}
