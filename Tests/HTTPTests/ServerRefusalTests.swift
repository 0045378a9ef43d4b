import HTTP
import Testing

/// What the server answers by itself; each answer is a problem document and ends the connection.
@Suite struct ServerRefusalTests {
    private static func head(_ fields: String, line: String = "GET / HTTP/1.1") -> String {
        "\(line)\r\n\(fields)\r\n"
    }

    private static let host = "Host: localhost\r\n"

    private func expectRefusal(
        _ status: Int, _ request: String, _ adjust: (inout HTTPServer.Options) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let server = try HTTPServer.echoing(adjust)
        let client = RawClient(server)
        client.send(request)
        let answer = try #require(await client.answer(), sourceLocation: sourceLocation)
        #expect(answer.status == status, sourceLocation: sourceLocation)
        #expect(answer.fields["Connection"] == "close", sourceLocation: sourceLocation)
        #expect(answer.fields["Content-Type"] == "application/problem+json", sourceLocation: sourceLocation)
        let start = #"{"type":"about:blank","title":""#
        #expect(answer.body.hasPrefix(start), sourceLocation: sourceLocation)
        #expect(answer.body.contains(#"","status":\#(status),"detail":""#), sourceLocation: sourceLocation)
        #expect(await client.isClosed(), sourceLocation: sourceLocation)
    }

    @Test(arguments: [
        "", "Host: localhost\r\nHost: localhost\r\n", "Host: localhost\r\nhOST: other\r\n",
    ])
    func wantsOneHost(_ fields: String) async throws {
        try await expectRefusal(400, Self.head(fields))
    }

    @Test(arguments: [
        "Host: attacker.example\r\n", "Host: localhost.attacker.example\r\n", "Host: \r\n",
        "Host: 127.0.0.1.attacker.example:80\r\n", "Host: localhost:80:80\r\n", "Host: localhost:8x\r\n",
        "Host: [::1\r\n", "Host: ::1\r\n", "Host: 10.0.0.7\r\n", "Host: localhost, attacker.example\r\n",
    ])
    func answersForItsOwnHostsOnly(_ fields: String) async throws {
        try await expectRefusal(421, Self.head(fields))
    }

    @Test func checksTheHostOfAnAbsoluteTarget() async throws {
        let foreign = Self.head(Self.host, line: "GET http://attacker.example/ HTTP/1.1")
        try await expectRefusal(421, foreign)
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send(Self.head(Self.host, line: "GET HTTP://LocalHost:80/x?y=1 HTTP/1.1"))
        #expect(await client.answer()?.body == #"GET ["x"] [y=1] "#)
    }

    @Test(arguments: [
        "X Y: 1\r\n", "X-A : 1\r\n", ": 1\r\n", ":\r\n", "X-A:\r\n:\r\n", "X(A): 1\r\n", "X-\u{e9}: 1\r\n",
        "X-A: 1\r\n folded\r\n",
        "Ho: localhost\r\n st\r\n",
    ])
    func refusesFieldNames(_ fields: String) async throws {
        try await expectRefusal(400, Self.head("\(Self.host)\(fields)X-B: 2\r\n"))
    }

    @Test(arguments: [
        "X-A: a\u{1}b\r\n", "X-A: a\u{7f}\r\n", "X-A: a\rb\r\n", "X-A: \u{1b}[31m\r\n", "X-A: a\0b\r\n",
        "X-A: 1\n",
    ])
    func refusesFieldValues(_ fields: String) async throws {
        try await expectRefusal(400, Self.head("\(Self.host)\(fields)X-B: 2\r\n"))
    }

    @Test(arguments: [
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length: x\r\n",
    ])
    func refusesAmbiguousLengths(_ fields: String) async throws {
        try await expectRefusal(400, Self.head(Self.host + fields, line: "POST / HTTP/1.1") + "hello")
    }

    @Test(arguments: [
        "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: \r\n",
    ])
    func knowsOneTransferCoding(_ fields: String) async throws {
        try await expectRefusal(501, Self.head(Self.host + fields, line: "POST / HTTP/1.1"))
    }

    /// libmicrohttpd refuses these before anybody is asked, in its own words; with a bad length, it sends the
    /// answer's head twice.
    @Test(arguments: [
        "Content-Length: 5x", "Content-Length: -5", "Content-Length: +5", "Content-Length: 0x5",
        "Content-Length: 5, 5", "Content-Length: ", "X\0Y: 1", "X-A",
    ])
    func refusesWhatIsNotAFieldAtAll(_ line: String) async throws {
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send(Self.head("\(Self.host)\(line)\r\n", line: "POST / HTTP/1.1") + "hello")
        #expect(await client.answer()?.status == 400)
        #expect(await client.ends())
    }

    @Test(arguments: [
        "/%", "/%4", "/%zz", "/%00", "/a%0ab", "/%ff", "/%c0%80", "/..", "/a/%2e%2e/b", "/.", "/?a=%",
        "/?%00",
        "a", "*a", "http:/x", "/a b", "/a\u{7f}", "/a\0b",
    ])
    func refusesTargets(_ target: String) async throws {
        try await expectRefusal(400, Self.head(Self.host, line: "GET \(target) HTTP/1.1"))
    }

    @Test(arguments: ["G(T / HTTP/1.1", "GET /  HTTP/1.1", "GET  / HTTP/1.1", "GE\0T / HTTP/1.1"])
    func refusesRequestLines(_ line: String) async throws {
        try await expectRefusal(400, Self.head(Self.host, line: line))
    }

    @Test func boundsTheHead() async throws {
        let longest = 16 * 1024 - "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: \r\n\r\n".utf8.count
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send(Self.head("\(Self.host)X-A: \(String(repeating: "x", count: longest))\r\n"))
        #expect(await client.answer()?.status == 200)
        let beyond = Self.head("\(Self.host)X-A: \(String(repeating: "x", count: longest + 1))\r\n")
        try await expectRefusal(431, beyond)
    }

    @Test(arguments: [(200_000, "X-A: x\r\n"), (10, String(repeating: "X", count: 50_000) + ": 1\r\n")])
    func endsHeadsWithoutEnd(count: Int, field: String) async throws {
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send("GET / HTTP/1.1\r\n" + String(repeating: field, count: count))
        #expect(await client.answer()?.status == 431)
        #expect(await client.isClosed())
    }

    @Test func endsTargetsWithoutEnd() async throws {
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send("GET /" + String(repeating: "x", count: 50_000))
        #expect(await client.answer()?.status == 414)
        #expect(await client.isClosed())
    }

    @Test func boundsABodyOfKnownLengthBeforeItComes() async throws {
        let head = Self.head("\(Self.host)Content-Length: 1001\r\n", line: "POST / HTTP/1.1")
        try await expectRefusal(413, head) { $0.bodyLimit = 1000 }
    }

    @Test func boundsAChunkedBodyBeforeItEnds() async throws {
        let server = try HTTPServer.echoing { $0.bodyLimit = 1000 }
        let client = RawClient(server)
        client.send(Self.head("\(Self.host)Transfer-Encoding: chunked\r\n", line: "POST / HTTP/1.1"))
        client.send("3e9\r\n" + String(repeating: "x", count: 1001) + "\r\n")
        let answer = try #require(await client.answer())
        #expect(answer.status == 413)
        #expect(answer.fields["Connection"] == "close")
        #expect(answer.body.contains(#""status":413"#))
        client.send("0\r\n\r\n")
        #expect(await client.isClosed())
    }

    @Test func doesNotDrainABodyForever() async throws {
        let server = try HTTPServer.echoing { $0.bodyLimit = 1000 }
        let client = RawClient(server)
        client.send(Self.head("\(Self.host)Transfer-Encoding: chunked\r\n", line: "POST / HTTP/1.1"))
        client.send("3e9\r\n" + String(repeating: "x", count: 1001) + "\r\n")
        #expect(await client.answer()?.status == 413)
        #expect(await client.isClosed(whileSending: "64\r\n" + String(repeating: "x", count: 100) + "\r\n"))
    }

    @Test(arguments: ["x\r\nhello\r\n", "-1\r\n", "ffffffffffffffffff\r\n", "3\r\nabcdef\r\n"])
    func refusesBrokenChunks(_ body: String) async throws {
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send(Self.head("\(Self.host)Transfer-Encoding: chunked\r\n", line: "POST / HTTP/1.1") + body)
        let status = try #require(await client.answer()?.status)
        #expect(status == 400 || status == 413)
        #expect(await client.isClosed())
    }

    @Test(arguments: [
        "\0\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "\u{16}\u{3}\u{1}hello\r\n", "GET / HTTP/2.0\r\n\r\n",
    ])
    func survivesWhatIsNotHTTP(_ bytes: String) async throws {
        let server = try HTTPServer.echoing { $0.headDeadline = .milliseconds(300) }
        let client = RawClient(server)
        client.send(bytes)
        if let answer = await client.answer() { #expect(400..<600 ~= answer.status) }
        #expect(await client.ends())
    }
}
