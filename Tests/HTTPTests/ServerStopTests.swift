import Dispatch
import Glibc
import HTTP
import Synchronization
import Testing

@Suite struct ServerStopTests {
    private static let get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

    private func held(_ gate: Gate, grace: Duration = .seconds(60)) throws -> HTTPServer {
        try HTTPServer.local {
            $0.grace = grace
        } handler: { _ in
            .later {
                await gate.wait()
                return .init(body: Array("held".utf8))
            }
        }
    }

    @Test func letsAnAnswerUnderWayFinish() async throws {
        let gate = Gate()
        let server = try held(gate)
        let client = RawClient(server)
        client.send(Self.get)
        await gate.arrivals(1)
        async let stopped: Void = server.stopped()
        // A new client is turned away as soon as the stop has begun, which is how the test knows that it has.
        while await isServed(server.port) {}
        gate.open()
        let answer = try #require(await client.answer())
        #expect(answer.body == "held")
        #expect(answer.fields["Connection"] == "close")
        await stopped
    }

    private func isServed(_ port: UInt16) async -> Bool {
        let client = RawClient(port: port)
        client.send("GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n")
        return await client.answer() != nil
    }

    @Test func answersForAHandlerThatOutlastsTheGrace() async throws {
        let gate = Gate()
        let server = try held(gate, grace: .milliseconds(20))
        let client = RawClient(server)
        client.send(Self.get)
        await gate.arrivals(1)
        await server.stopped()
        #expect(await client.answer()?.status == 503)
        #expect(await client.isClosed())
        // The handler ends after the server: its answer goes nowhere, and nothing breaks.
        gate.open()
    }

    /// One thread is held by a handler that has not said yet how it will answer.
    @Test func turnsAwayWhatWantsToWaitOnceTheGraceIsOver() async throws {
        let (gate, blocked) = (Gate(), DispatchSemaphore(value: 0))
        let (entries, entry) = AsyncStream<Void>.makeStream()
        let server = try HTTPServer.local {
            $0.grace = .milliseconds(20)
        } handler: { request in
            if request.segments == ["held"] {
                entry.yield()
                blocked.wait()
            }
            return .later {
                await gate.wait()
                return .init(status: 204)
            }
        }
        let held = RawClient(server)
        held.send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for await _ in entries { break }
        let waiting = RawClient(server)
        waiting.send(Self.get)
        await gate.arrivals(1)
        async let stopped: Void = server.stopped()
        // Its answer shows that the grace is over.
        #expect(await waiting.answer()?.status == 503)
        blocked.signal()
        #expect(await held.answer()?.status == 503)
        await stopped
        gate.open()
    }

    @Test func survivesAClientThatLeavesBeforeItsAnswer() async throws {
        let gate = Gate()
        let server = try held(gate)
        let client = RawClient(server)
        client.send(Self.get)
        await gate.arrivals(1)
        client.vanish()
        gate.open()
        let next = RawClient(server)
        next.send(Self.get)
        #expect(await next.answer()?.body == "held")
        await server.stopped()
    }

    @Test func stopsTwiceAndWithOpenConnections() async throws {
        let server = try HTTPServer.echoing()
        let idle = RawClient(server)
        idle.send(Self.get)
        #expect(await idle.answer()?.status == 200)
        let halfway = RawClient(server)
        halfway.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-")
        await server.stopped()
        await server.stopped()
        #expect(await idle.isClosed())
        #expect(await halfway.isClosed())
    }

    @Test(.timeLimit(.minutes(5))) func releasesEverything() async throws {
        final class Token: Sendable {}
        weak var weakToken: Token?
        let before = openDescriptors()
        for _ in 0..<20 {
            let token = Token()
            weakToken = token
            let server = try HTTPServer.answering { [token] _ in
                .later { withExtendedLifetime(token) { .init(status: 204) } }
            }
            let client = RawClient(server)
            client.send(Self.get)
            #expect(await client.answer()?.status == 204)
            await server.stopped()
        }
        // Each server has at least six descriptors; tests that run beside this one have some, too.
        #expect(openDescriptors() < before + 60)
        while weakToken != nil { await Task.yield() }
    }

    private func openDescriptors() -> Int {
        (0..<4096).count { fcntl($0, F_GETFD) >= 0 }
    }

    @Test func saysWhatToDoAboutAnAddress() throws {
        let server = try HTTPServer.echoing()
        let port = server.port
        #expect(throws: ServerError.addressInUse(address: "127.0.0.1", port: port)) {
            try HTTPServer.echoing { $0.port = port }
        }
        #expect(
            ServerError.addressInUse(address: "127.0.0.1", port: 8080).description
                == "port 8080 of 127.0.0.1 is taken by another process; "
                + "stop it, or choose another port (0 takes any free one)")
        #expect(throws: ServerError.notAnAddress("localhost")) {
            try HTTPServer.echoing { $0.address = "localhost" }
        }
        #expect(throws: ServerError.addressNotAvailable(address: "192.0.2.1")) {
            try HTTPServer.echoing { $0.address = "192.0.2.1" }
        }
        #expect(
            ServerError.notPermitted(port: 80).description
                == "not permitted to listen on port 80; "
                + "choose one from 1024 up, or grant CAP_NET_BIND_SERVICE")
    }

    @Test func listensOnIPv6() async throws {
        // A machine may be without IPv6; where it has it, both loopback forms reach a server on all addresses.
        guard let server = try? HTTPServer.echoing({ $0.address = "::" }) else { return }
        let client = RawClient(server)
        client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
        #expect(await client.answer()?.status == 200)
    }
}
