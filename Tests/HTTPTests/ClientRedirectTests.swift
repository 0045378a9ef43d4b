import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1)))
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
}
