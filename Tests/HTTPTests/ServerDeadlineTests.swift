import HTTP
import Testing

/// Deadlines are absolute: a byte now and then does not extend them. No test here fails on a slow machine.
@Suite struct ServerDeadlineTests {
    private static let short = Duration.milliseconds(60)

    @Test(arguments: ["", "GET /", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "])
    func endsASlowHead(_ start: String) async throws {
        let server = try HTTPServer.echoing { $0.headDeadline = Self.short }
        let client = RawClient(server)
        client.send(start)
        #expect(await client.isClosed(whileSending: "x"))
    }

    @Test func endsASilentConnection() async throws {
        let server = try HTTPServer.echoing { $0.headDeadline = Self.short }
        #expect(await RawClient(server).isClosed())
    }

    @Test(arguments: ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
    func endsASlowBody(_ field: String) async throws {
        let server = try HTTPServer.echoing { $0.bodyDeadline = Self.short }
        let client = RawClient(server)
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\n\(field)\r\n\r\n")
        #expect(await client.isClosed(whileSending: "1\r\nx\r\n"))
    }

    @Test func endsAnIdleConnection() async throws {
        let server = try HTTPServer.echoing { $0.idle = Self.short }
        let client = RawClient(server)
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(await client.answer()?.status == 200)
        #expect(await client.isClosed())
    }

    @Test func endsASlowRequestLineOnAnIdleConnection() async throws {
        let server = try HTTPServer.echoing { $0.idle = Self.short }
        let client = RawClient(server)
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(await client.answer()?.status == 200)
        #expect(await client.isClosed(whileSending: "x"))
    }

    @Test func endsASlowSecondHead() async throws {
        let server = try HTTPServer.echoing { $0.headDeadline = Self.short }
        // The first head itself may be late on a slow machine; then another connection is tried.
        for _ in 0..<100 {
            let client = RawClient(server)
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            guard await client.answer() != nil else { continue }
            client.send("GET /b HTTP/1.1\r\nHost: localhost\r\nX-A: ")
            #expect(await client.isClosed(whileSending: "x"))
            return
        }
        Issue.record("no head came in time")
    }

    @Test func leavesTheHandlerItsTime() async throws {
        let server = try HTTPServer.local {
            $0.bodyDeadline = Self.short
            $0.idle = Self.short
        } handler: { _ in
            .later {
                try? await Task.sleep(for: .milliseconds(1_500))
                return .init(status: 202)
            }
        }
        let client = RawClient(server)
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(await client.answer()?.status == 202)
    }
}
