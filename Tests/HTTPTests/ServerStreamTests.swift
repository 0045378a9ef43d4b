import HTTP
import Synchronization
import Testing

@Suite struct ServerStreamTests {
    private func server(
        isEndless: Bool = false, _ next: @escaping @Sendable () async -> HTTPServer.Stream.Part
    ) throws -> HTTPServer {
        try .answering { _ in
            .stream(
                HTTPServer.Response(fields: ["content-type": "text/plain"]),
                HTTPServer.Stream(isEndless: isEndless, next: next))
        }
    }

    private func get(_ server: HTTPServer) async throws -> HTTPReply {
        let client = try HTTPClient(userAgent: "test")
        defer { client.close() }
        return await client.send(
            HTTPRequest(
                url: "http://127.0.0.1:\(server.port)/", timeout: .seconds(60),
                answerLimit: .refuse(beyond: 1 << 20)))
    }

    @Test func partsArriveInOrderAndWhole() async throws {
        let count = Atomic<Int>(0)
        // Longer than what is sent at a time.
        let part = Array(repeating: UInt8(ascii: "x"), count: 100_000)
        let server = try server {
            let number = count.add(1, ordering: .relaxed).newValue
            return number > 5 ? .end : .bytes(part + Array("\(number)".utf8))
        }
        guard case .answer(let answer) = try await get(server) else { throw NoAnswer() }
        #expect(answer.status == 200)
        #expect(answer.fields["content-type"] == "text/plain")
        #expect(answer.body == (1...5).flatMap { part + Array("\($0)".utf8) })
        await server.stopped()
    }

    @Test func aBodyThatCannotBeFinishedIsNotTakenForWhole() async throws {
        let count = Atomic<Int>(0)
        let server = try server {
            count.add(1, ordering: .relaxed).newValue > 1 ? .failure : .bytes(Array("half".utf8))
        }
        guard case .failure = try await get(server) else { throw NoAnswer() }
        await server.stopped()
    }

    @Test func aStreamWithoutEndDoesNotHoldUpAStop() async throws {
        let (gate, begun) = (Gate(), Gate())
        let server = try HTTPServer.local(
            { $0.grace = .seconds(600) },
            handler: { _ in
                .stream(
                    HTTPServer.Response(),
                    HTTPServer.Stream(isEndless: true) {
                        begun.open()
                        await withTaskCancellationHandler {
                            await gate.wait()
                        } onCancel: {
                            gate.open()
                        }
                        return .end
                    })
            })
        async let reply = get(server)
        await begun.wait()
        await server.stopped()
        _ = try await reply
        // Its next part is not waited for.
        await gate.wait()
    }

    struct NoAnswer: Error {}
}
