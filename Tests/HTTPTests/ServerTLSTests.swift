import Foundation
import Synchronization
import TestSupport
import Testing

@testable import HTTP

/// The server by TLS, asked by a client that verifies it.
@Suite struct ServerTLSTests {
    private let certificates: Certificates
    private let client: HTTPClient

    init() throws {
        certificates = try Certificates()
        client = try HTTPClient(userAgent: "test")
    }

    private func options(_ name: String = "server") throws -> HTTPServer.Options {
        var options = HTTPServer.Options()
        options.identity = try ServerIdentity(identity(name))
        options.idle = .seconds(600)
        return options
    }

    private func identity(_ name: String, key: String? = nil) throws -> TLSOptions.Identity {
        TLSOptions.Identity(
            certificate: try certificates.text(name + ".pem"),
            key: try certificates.text((key ?? name) + ".key"))
    }

    private func ask(
        _ port: UInt16, _ path: String = "/", _ fields: HTTPFields = [:], body: [UInt8] = [],
        scheme: String = "https", trusting authority: String = "ca", by other: HTTPClient? = nil
    ) async throws -> HTTPReply {
        var request = HTTPRequest(
            method: body.isEmpty ? "GET" : "POST", url: "\(scheme)://127.0.0.1:\(port)\(path)",
            fields: fields,
            body: body, timeout: .seconds(20), answerLimit: .refuse(beyond: 8 << 20))
        request.tls.authorities = try certificates.text(authority + ".pem")
        return await (other ?? client).send(request)
    }

    @Test func answersAtOnceLaterAndInParts() async throws {
        defer { client.close() }
        let server = try HTTPServer(try options()) { request in
            switch request.path {
            case "/later": .later { HTTPServer.Response(body: Array("later".utf8)) }
            case "/parts":
                .stream(HTTPServer.Response(), parts())
            default: .now(HTTPServer.Response(body: request.body.isEmpty ? Array("now".utf8) : request.body))
            }
        }
        defer { server.stop() }
        #expect(try await ask(server.port).text == "now")
        #expect(try await ask(server.port, "/later").text == "later")
        #expect(try await ask(server.port, "/parts").text == String(repeating: "x", count: 300_000))
        let body = [UInt8](repeating: 7, count: 900_000)
        guard case .answer(let answer) = try await ask(server.port, body: body) else {
            Issue.record("no answer")
            return
        }
        #expect(answer.body == body)
    }

    private func parts() -> HTTPServer.Stream {
        let left = Left()
        return HTTPServer.Stream { left.next() ? .bytes([UInt8](repeating: 0x78, count: 100_000)) : .end }
    }

    private final class Left: Sendable {
        private let count = Atomic<Int>(3)
        func next() -> Bool { count.subtract(1, ordering: .relaxed).newValue >= 0 }
    }

    @Test func aClientWithoutTLSOrWithoutTrustGetsNothing() async throws {
        defer { client.close() }
        let server = try HTTPServer(try options()) { _ in .now(HTTPServer.Response()) }
        defer { server.stop() }
        guard case .failure = try await ask(server.port, scheme: "http") else {
            Issue.record("answered in the clear")
            return
        }
        let other = try HTTPServer(try options("stranger")) { _ in .now(HTTPServer.Response()) }
        defer { other.stop() }
        guard case .failure(let failure) = try await ask(other.port) else {
            Issue.record("trusted a stranger")
            return
        }
        #expect(failure.kind == .tls)
    }

    @Test func aBodyThatIsTooLongIsRefusedByTLSToo() async throws {
        defer { client.close() }
        var options = try options()
        options.bodyLimit = 1000
        let server = try HTTPServer(options) { _ in .now(HTTPServer.Response()) }
        defer { server.stop() }
        // In pieces, so that its length shows only when it is there.
        let script = """
            import http.client, ssl, sys
            context = ssl.create_default_context(cafile=sys.argv[1])
            client = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[2]), context=context, timeout=20)
            client.request("POST", "/", body=iter([b"x" * 900, b"x" * 600]), encode_chunked=True)
            print(client.getresponse().status)
            """
        let client = try await Program.run(
            ["python3", "-c", script, certificates.path("ca.pem"), "\(server.port)"])
        #expect(client.standardOutput == "413\n", "\(client.standardError)")
    }

    @Test func aKeyOfAnotherIsRefused() throws {
        defer { client.close() }
        #expect(
            throws: ServerError.failed(
                "the certificate and its key cannot be used: The certificate and the given key do not match.")
        ) { _ = try ServerIdentity(try identity("server", key: "alice")) }
    }

    @Test func aRenewedCertificateIsShownToWhoComesNextAndCutsNobodyOff() async throws {
        let late = try HTTPClient(userAgent: "test")
        defer { client.close() }
        let (gate, options) = (Gate(), try options())
        let shown = try #require(options.identity)
        let server = try HTTPServer(options) { request in
            guard request.path == "/held" else { return .now(HTTPServer.Response(body: Array("now".utf8))) }
            return .later {
                await gate.wait()
                return HTTPServer.Response(body: Array("held".utf8))
            }
        }
        defer { server.stop() }
        #expect(try await ask(server.port).text == "now")
        async let held = ask(server.port, "/held")
        await gate.arrivals(1)

        // One that cannot be used changes nothing.
        #expect(throws: ServerError.self) { try shown.renew(try identity("stranger", key: "alice")) }
        #expect(throws: ServerError.self) {
            try shown.renew(TLSOptions.Identity(certificate: "nothing", key: "nothing"))
        }
        #expect(try await ask(server.port, by: late).text == "now")
        late.close()

        #expect(try shown.renew(try identity("stranger")))
        #expect(try !shown.renew(try identity("stranger")))
        let next = try HTTPClient(userAgent: "test")
        defer { next.close() }
        #expect(try await ask(server.port, trusting: "stranger", by: next).text == "now")
        guard case .failure(let failure) = try await ask(server.port, by: next) else {
            Issue.record("the old certificate is still shown")
            return
        }
        #expect(failure.kind == .tls)
        // Who was connected goes on, within an answer and beyond it.
        gate.open()
        #expect(try await held.text == "held")
        #expect(try await ask(server.port).text == "now")

        #expect(try shown.renew(try identity("server")))
        for _ in 0..<20 {
            let another = try HTTPClient(userAgent: "test")
            #expect(try await ask(server.port, by: another).text == "now")
            another.close()
        }
    }

    @Test func whatEachAnswerSaysIsSaidUnlessARouteSaysSomethingElse() async throws {
        defer { client.close() }
        var options = try options()
        options.usualFields = ["x-content-type-options": "nosniff", "cache-control": "no-store"]
        let server = try HTTPServer(options) { _ in
            .now(HTTPServer.Response(fields: ["Cache-Control": "no-cache"]))
        }
        defer { server.stop() }
        guard case .answer(let answer) = try await ask(server.port),
            case .answer(let refusal) = try await ask(server.port, "/%zz")
        else {
            Issue.record("no answer")
            return
        }
        #expect(answer.fields["x-content-type-options"] == "nosniff")
        #expect(
            answer.fields.list.filter { $0.name.lowercased() == "cache-control" }.map(\.value) == ["no-cache"]
        )
        #expect(refusal.status == 400)
        #expect(refusal.fields["x-content-type-options"] == "nosniff")
        #expect(refusal.fields["cache-control"] == "no-store")
    }
}

extension HTTPReply {
    fileprivate var text: String? {
        if case .answer(let answer) = self { String(decoding: answer.body, as: UTF8.self) } else { nil }
    }
    fileprivate var status: Int? {
        if case .answer(let answer) = self { answer.status } else { nil }
    }
}
