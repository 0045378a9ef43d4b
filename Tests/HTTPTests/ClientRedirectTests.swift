import Synchronization
import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(5)))
struct ClientRedirectTests {
    let client: HTTPClient

    init() throws {
        client = try HTTPClient(userAgent: "gateway-test/1")
    }

    /// Redirects `/3` to `/2`, to `/1`, to `/0`, which answers.
    private func makeStaircase() throws -> LoopbackPeer {
        try LoopbackPeer { request in
            let step = request.startLine.split(separator: " ")[1].dropFirst()
            guard let number = Int(step), number > 0 else {
                return [.answer(fields: ["X-Step: last"], body: [1])]
            }
            return [.answer(302, fields: ["Location: /\(number - 1)", "X-On-The-Way: 1"], body: [9, 9])]
        }
    }

    @Test func withoutRedirectsTheThreeHundredIsTheAnswer() async throws {
        let peer = try makeStaircase()
        for redirects in [0, -1, Int.min] {
            let answer = try await client.get(peer.url + "/1", redirects: redirects).answer()
            #expect(answer.status == 302)
            #expect(answer.fields["Location"] == "/0")
            #expect(answer.body == [9, 9])
        }
        #expect(peer.requests.count == 3)
    }

    @Test func redirectsAreFollowedUpToTheirNumber() async throws {
        let peer = try makeStaircase()
        let answer = try await client.get(peer.url + "/3", redirects: 3).answer()
        #expect(answer.status == 200)
        #expect(answer.body == [1])
        #expect(answer.fields.list.map(\.name) == ["X-Step", "Content-Length"])
        let failure = await client.get(peer.url + "/3", redirects: 2).failure
        let text = "127.0.0.1:\(peer.port) redirects more than 2 times"
        #expect(failure == HTTPFailure(.tooManyRedirects, text))
    }

    @Test func seeOtherIsFetchedWithGetAndWithoutABody() async throws {
        let peer = try LoopbackPeer { request in
            [request.startLine.contains(" /end ") ? .answer() : .answer(303, fields: ["Location: /end"])]
        }
        for method in ["GET", "POST", "HEAD"] {
            var request = HTTPRequest(
                url: peer.url + "/", fields: ["Content-Type": "text/plain"],
                body: method == "POST" ? [1, 2] : [], timeout: .seconds(30), redirects: 1,
                answerLimit: .cut(at: 100))
            request.method = method
            #expect(try await client.send(request).answer().status == 200)
        }
        #expect(
            peer.requests.map { $0.startLine.split(separator: " ").prefix(2).joined(separator: " ") } == [
                "GET /", "GET /end", "POST /", "GET /end", "HEAD /", "HEAD /end",
            ])
        #expect(peer.requests[3].body.isEmpty)
    }

    @Test(arguments: [
        "ftp://127.0.0.1/secret", "file:///etc/passwd", "gopher://127.0.0.1:70/_secret", "scp://127.0.0.1/x",
        "http://127.0.0.1:99999/secret", "nonsense://x/",
    ])
    func aRedirectToAnythingElseIsRefused(location: String) async throws {
        let peer = try LoopbackPeer(.answer(302, fields: ["Location: \(location)"]))
        let failure = await client.get(peer.url, redirects: 5).failure
        #expect(failure?.kind == .protocolViolation)
        #expect(failure?.description.contains("redirects to") == true, "\(String(describing: failure))")
        #expect(failure?.description.contains("secret") == false)
    }

    /// A name must not begin with an accent, which libcurl finds only when it is to go there.
    @Test func aRedirectToWhatIsNoNameIsTheFaultOfTheAnswer() async throws {
        let peer = try LoopbackPeer(.answer(302, fields: ["Location: http://\u{300}.example/"]))
        let failure = await client.get(peer.url, redirects: 1).failure
        let says = "the answer redirects to a URL that is not valid"
        #expect(failure == HTTPFailure(.protocolViolation, says))
    }

    @Test func credentialsStayWithTheirHost() async throws {
        let other = try LoopbackPeer(.answer())
        let peer = try LoopbackPeer { request in
            request.startLine.contains("/here")
                ? [.answer()]
                : [
                    .answer(
                        307,
                        fields: ["Location: " + (request.startLine.contains("/out") ? other.url : "/here")])
                ]
        }
        let fields: HTTPFields = ["Authorization": "Bearer secret", "cookie": "id=secret", "X-Other": "1"]
        // Another port of the same address is another host.
        _ = try await client.get(peer.url + "/out", fields: fields, redirects: 1).answer()
        let foreign = try #require(other.requests.first)
        #expect(foreign.values("x-other") == ["1"])
        #expect(!foreign.head.contains("secret"))
        // Nor do they leave by the name of the same host, nor out of the URL.
        let named = peer.url.replacing("127.0.0.1", with: "user:secret@localhost") + "/out"
        _ = try await client.get(named, redirects: 1).answer()
        #expect(other.requests.last?.values("authorization") == [])

        _ = try await client.get(peer.url + "/in", fields: fields, redirects: 1).answer()
        #expect(peer.requests.last?.startLine == "GET /here HTTP/1.1")
        #expect(peer.requests.last?.values("authorization") == ["Bearer secret"])
    }

    @Test func whatIsMarkedSecretStaysWithItsOrigin() async throws {
        let other = try LoopbackPeer(.answer())
        let peer = try LoopbackPeer { request in
            let isOut = request.startLine.contains("/out")
            let isIn = request.startLine.contains("/in")
            return [
                isOut
                    ? .answer(302, fields: ["Location: \(other.url)/back"])
                    : isIn
                        ? .answer(302, fields: ["Location: /here"]) : .answer()
            ]
        }
        var fields: HTTPFields = ["X-Other": "1"]
        fields.add("X-Api-Key", "secret", isSecret: true)
        _ = try await client.get(peer.url + "/in", fields: fields, redirects: 1).answer()
        #expect(peer.requests.last?.startLine == "GET /here HTTP/1.1")
        #expect(peer.requests.last?.values("x-api-key") == ["secret"])
        _ = try await client.get(peer.url + "/out", fields: fields, redirects: 1).answer()
        #expect(other.requests.last?.values("x-api-key") == [])
        #expect(other.requests.last?.values("x-other") == ["1"])
    }

    @Test func whatIsSecretDoesNotComeBackFromAnotherOrigin() async throws {
        let (first, second) = (Slot(), Slot())
        let peer = try LoopbackPeer { request in
            [
                request.startLine.contains("/start")
                    ? .answer(302, fields: ["Location: \(second.url)"]) : .answer()
            ]
        }
        let other = try LoopbackPeer { _ in [.answer(302, fields: ["Location: \(first.url)/end"])] }
        first.url = peer.url
        second.url = other.url
        var fields: HTTPFields = ["Authorization": "Bearer secret"]
        fields.add("X-Api-Key", "secret", isSecret: true)
        _ = try await client.get(peer.url + "/start", fields: fields, redirects: 2).answer()
        #expect(peer.requests.map(\.startLine) == ["GET /start HTTP/1.1", "GET /end HTTP/1.1"])
        #expect(peer.requests.map { $0.head.contains("secret") } == [true, false])
    }

    @Test func userAndPasswordOfTheURLStayAcrossARedirectOfTheSameOrigin() async throws {
        let slot = Slot()
        let peer = try LoopbackPeer { request in
            switch request.startLine {
            case "GET /a HTTP/1.1": [.answer(302, fields: ["Location: \(slot.url)/b"])]
            case "GET /b HTTP/1.1": [.answer(302, fields: ["Location: c?d=e f"])]
            default: [.answer()]
            }
        }
        slot.url = peer.url
        let url = peer.url.replacing("http://", with: "http://user:pass@")
        _ = try await client.get(url + "/a", redirects: 2).answer()
        #expect(peer.requests.last?.startLine == "GET /c?d=e+f HTTP/1.1")
        #expect(
            peer.requests.map { $0.values("authorization") }
                == Array(repeating: ["Basic dXNlcjpwYXNz"], count: 3))
    }

    @Test(
        arguments: [
            ("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("POST", 307, "POST"),
            ("POST", 308, "POST"), ("PUT", 302, "PUT"), ("PUT", 303, "GET"), ("HEAD", 303, "HEAD"),
        ] as [(String, Int, String)])
    func aRedirectChangesTheMethodAsTheStandardSays(method: String, status: Int, then: String) async throws {
        let peer = try LoopbackPeer { request in
            if request.startLine.contains("/end") { return [.answer(204)] }
            return [.send("HTTP/1.1 \(status) Said\r\nLocation: /end\r\nContent-Length: 0\r\n\r\n")]
        }
        let body: [UInt8] = method == "HEAD" ? [] : [1, 2]
        let request = HTTPRequest(
            method: method, url: peer.url, fields: ["Content-Type": "text/plain"], body: body,
            timeout: .seconds(10), redirects: 1, answerLimit: .cut(at: 100))
        let answer = try await client.send(request).answer()
        #expect(answer.status == 204)
        let last = try #require(peer.requests.last)
        #expect(last.startLine == "\(then) /end HTTP/1.1")
        #expect(last.body == (then == method ? body : []))
        #expect(last.values("content-type").isEmpty == (then != method))
    }

    @Test func aRedirectsOwnBodyIsSkippedHoweverLong() async throws {
        let peer = try LoopbackPeer { request in
            if request.startLine.contains("/end") { return [.answer(body: [7])] }
            let head = "HTTP/1.1 302 Said\r\nLocation: /end\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunk = Array("400\r\n\(String(repeating: "x", count: 1024))\r\n".utf8)
            return [.send(head), .sendEndlessly(chunk)]
        }
        let answer = try await client.get(peer.url, redirects: 1, limit: .refuse(beyond: 1)).answer()
        #expect(answer.body == [7])
    }

    @Test func theTimeoutIsForTheWholeWay() async throws {
        let peer = try LoopbackPeer { request in
            request.startLine.contains("/end") ? [.hang] : [.answer(302, fields: ["Location: /end"])]
        }
        let failure = await client.get(peer.url, timeout: .milliseconds(100), redirects: 1).failure
        #expect(failure == HTTPFailure(.timeout, "no answer from 127.0.0.1:\(peer.port) within 100ms"))
    }
}

/// A URL that is known only after the peer that hands it out.
private final class Slot: Sendable {
    private let text = Mutex("")

    var url: String {
        get { text.withLock { $0 } }
        set { text.withLock { $0 = newValue } }
    }
}
