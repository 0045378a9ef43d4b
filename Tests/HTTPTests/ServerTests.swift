import HTTP
import Synchronization
import Testing

@Suite struct ServerTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test func answersGet() async throws {
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send("GET /api/incidents/42?status=open HTTP/1.1\r\nHost: localhost:\(server.port)\r\n\r\n")
        let answer = try #require(await client.answer())
        #expect(answer.status == 200)
        #expect(answer.body == #"GET ["api", "incidents", "42"] [status=open] "#)
        #expect(answer.fields["Content-Type"] == "text/plain")
        #expect(answer.fields["Date"]?.hasSuffix("GMT") == true)
        #expect(answer.fields["Connection"] == nil)
    }

    @Test func hasTheWholeBodyOfAPost() async throws {
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe")
        client.send("llo")
        #expect(await client.answer()?.body == "POST [] [] hello")
        client.send("PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("3;note=x\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n")
        #expect(await client.answer()?.body == "PUT [] [] abc0123456789")
    }

    @Test func hasALargeBody() async throws {
        let server = try HTTPServer.answering { request in
            .now(.init(body: Array("\(request.body.count)".utf8) + request.body))
        }
        let client = RawClient(server)
        let body = String(repeating: "x", count: 1024 * 1024)
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n\(body)")
        #expect(await client.answer()?.body == "1048576\(body)")
    }

    @Test func continuesWhenExpected() async throws {
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        #expect(await client.answer()?.status == 100)
        client.send("ok")
        #expect(await client.answer()?.body == "POST [] [] ok")
    }

    @Test func answersHeadWithoutBody() async throws {
        let server = try HTTPServer.answering { _ in .now(.init(body: Array("four".utf8))) }
        let client = RawClient(server)
        client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n\(Self.get)")
        let head = try #require(await client.answer(toHead: true))
        #expect(head.fields["Content-Length"] == "4")
        #expect(await client.answer()?.body == "four")
    }

    @Test func keepsConnectionsAlive() async throws {
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        for path in ["a", "b", "c"] {
            client.send("GET /\(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await client.answer()?.body == "GET [\"\(path)\"] [] ")
        }
        client.send("GET /d HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        #expect(await client.answer()?.status == 200)
        #expect(await client.isClosed())
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        let server = try HTTPServer.answering { request in
            request.path == "/later"
                ? .later { .init(body: Array("later".utf8)) } : .now(.init(body: Array("now".utf8)))
        }
        let client = RawClient(server)
        client.send("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n\(Self.get)")
        #expect(await client.answer()?.body == "later")
        #expect(await client.answer()?.body == "now")
    }

    @Test func servesHTTP10WithoutHost() async throws {
        let server = try HTTPServer.echoing()
        let client = RawClient(server)
        client.send("GET /a HTTP/1.0\r\n\r\n")
        #expect(await client.answer()?.status == 200)
        #expect(await client.isClosed())
    }

    @Test func tellsFieldsAndPeer() async throws {
        let seen = Mutex<HTTPServer.Request?>(nil)
        let server = try HTTPServer.answering { request in
            seen.withLock { $0 = request }
            return .now(.init(status: 204))
        }
        let client = RawClient(server)
        client.send(
            "DELETE /x%20y?a HTTP/1.1\r\nHost: localhost\r\nX-Note: \t padded text \r\nX-Note: 2\r\n\r\n")
        #expect(await client.answer()?.status == 204)
        let request = try #require(seen.withLock { $0 })
        #expect(request.method == "DELETE")
        #expect(request.path == "/x%20y")
        #expect(request.segments == ["x y"])
        #expect(request.peer == "127.0.0.1")
        #expect(
            request.fields == ["Host": "localhost", "X-Note": "padded text", "X-Note": "2"] as HTTPFields)
    }

    @Test func leavesTheHandlersMistakesOut() async throws {
        let server = try HTTPServer.answering { _ in
            .now(.init(status: 99, fields: ["X-A": "1\r\nX-B: 2", "X-C": "3", "Content-Length": "7"]))
        }
        let client = RawClient(server)
        client.send(Self.get)
        let answer = try #require(await client.answer())
        #expect(answer.status == 500)
        #expect(answer.fields["X-A"] == nil)
        #expect(answer.fields["X-B"] == nil)
        #expect(answer.fields["X-C"] == "3")
        #expect(answer.fields["Content-Length"] == "0")
    }

    @Test func servesAHundredAtOnce() async throws {
        let gate = Gate()
        let server = try HTTPServer.answering { request in
            .later {
                await gate.wait()
                return .init(body: Array(request.path.utf8))
            }
        }
        let clients = (0..<100).map { _ in RawClient(server) }
        for (number, client) in clients.enumerated() {
            client.send("GET /\(number) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        }
        await gate.arrivals(100)
        gate.open()
        for (number, client) in clients.enumerated() {
            #expect(await client.answer()?.body == "/\(number)")
        }
    }

    @Test func acceptsNoMoreThanTheCap() async throws {
        let server = try HTTPServer.echoing { options in
            options.threads = 1
            options.connections = 2
        }
        let first = RawClient(server)
        let second = RawClient(server)
        for client in [first, second] {
            client.send(Self.get)
            #expect(await client.answer()?.status == 200)
        }
        let third = RawClient(server)
        third.send(Self.get)
        // Were the third accepted, the one thread would have answered it before this.
        first.send(Self.get)
        #expect(await first.answer()?.status == 200)
        #expect(!third.hasBytes)
        second.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        #expect(await second.answer()?.status == 200)
        #expect(await third.answer()?.status == 200)
    }
}
