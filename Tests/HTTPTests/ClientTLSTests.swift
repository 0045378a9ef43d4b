import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(5)))
struct ClientTLSTests {
    let client: HTTPClient
    let certificates: Certificates

    init() throws {
        client = try HTTPClient(userAgent: "gateway-test/1")
        certificates = try Certificates()
    }

    private func ask(
        _ peer: TLSPeer, _ tls: TLSOptions, host: String = "127.0.0.1"
    ) async -> HTTPReply {
        var request = HTTPRequest(
            url: "https://\(host):\(peer.port)/", timeout: .seconds(20), answerLimit: .cut(at: 100))
        request.tls = tls
        return await client.send(request)
    }

    private func body(_ peer: TLSPeer, _ tls: TLSOptions) async throws -> String {
        String(decoding: try await ask(peer, tls).answer().body, as: UTF8.self)
    }

    private func identity(_ name: String) throws -> TLSOptions.Identity {
        .init(certificate: try certificates.text(name + ".pem"), key: try certificates.text(name + ".key"))
    }

    @Test func onlyTheGivenAuthorityIsTrusted() async throws {
        let peer = try TLSPeer(certificates, running: TLSPeer.answering)
        let ca = try certificates.text("ca.pem")
        #expect(try await body(peer, TLSOptions(authorities: ca)).hasPrefix("nobody"))
        for authorities in [nil, try certificates.text("stranger.pem")] {
            let failure = await ask(peer, TLSOptions(authorities: authorities)).failure
            #expect(failure?.kind == .tls)
            #expect(failure?.description.contains("127.0.0.1:\(peer.port) is not trusted") == true)
        }
        let broken = await ask(peer, TLSOptions(authorities: "-----BEGIN CERTIFICATE-----\nx\n")).failure
        #expect(broken?.kind == .tls)
    }

    /// A server that offers HTTP/2, and ends each request as one that is against its rules.
    private static let resetting = """
        def frame(kind, body=b"", stream=0):
            return len(body).to_bytes(3, "big") + bytes([kind, 0]) + stream.to_bytes(4, "big") + body
        context.set_alpn_protocols(["h2"])
        while True:
            try:
                stream = context.wrap_socket(listener.accept()[0], server_side=True)
                reader = stream.makefile("rb")
                reader.read(24)
                stream.sendall(frame(4))
                while head := reader.read(9):
                    reader.read(int.from_bytes(head[:3], "big"))
                    if head[3] == 1: stream.sendall(frame(3, (1).to_bytes(4, "big"), 1))
            except OSError: pass
        """

    @Test func aPeerThatBreaksTheRulesOfHTTP2IsNamed() async throws {
        let peer = try TLSPeer(certificates, running: Self.resetting)
        let failure = await ask(peer, TLSOptions(authorities: try certificates.text("ca.pem"))).failure
        let says = "127.0.0.1:\(peer.port) breaks the rules of HTTP/2"
        #expect(failure == HTTPFailure(.protocolViolation, says))
    }

    @Test func theNameInTheCertificateCounts() async throws {
        let peer = try TLSPeer(certificates, as: "stranger", running: TLSPeer.answering)
        let tls = TLSOptions(authorities: try certificates.text("stranger.pem"))
        #expect(try await ask(peer, tls).answer().status == 200)
        #expect(await ask(peer, tls, host: "localhost").failure?.kind == .tls)
    }

    @Test func connectionsAreNotSharedBetweenIdentities() async throws {
        let peer = try TLSPeer(certificates, running: TLSPeer.answering)
        let nobody = TLSOptions(authorities: try certificates.text("ca.pem"))
        var (alice, bob) = (nobody, nobody)
        alice.identity = try identity("alice")
        bob.identity = try identity("bob")
        for _ in 0..<2 {
            #expect(try await body(peer, nobody) == "nobody 0")
            #expect(try await body(peer, alice) == "alice 1")
            #expect(try await body(peer, bob) == "bob 2")
        }
        // Another list of authorities is another opinion of whom to trust.
        var wider = alice
        wider.authorities = try certificates.text("ca.pem") + certificates.text("stranger.pem")
        #expect(try await body(peer, wider) == "alice 3")
        #expect(await ask(peer, TLSOptions()).failure?.kind == .tls)
    }

    @Test func anEncryptedKeyNeedsItsPassword() async throws {
        let peer = try TLSPeer(certificates, running: TLSPeer.answering)
        let (certificate, key) = (try certificates.text("alice.pem"), try certificates.text("alice.locked"))
        func tls(_ password: String?) throws -> TLSOptions {
            TLSOptions(
                authorities: try certificates.text("ca.pem"),
                identity: .init(certificate: certificate, key: key, keyPassword: password))
        }
        #expect(try await body(peer, tls("open sesame")) == "alice 0")
        for password in ["wrong", nil] {
            // Another client: a connection of the same certificate is as good as another.
            let other = try HTTPClient(userAgent: "t")
            var request = HTTPRequest(
                url: "https://127.0.0.1:\(peer.port)/", timeout: .seconds(20), answerLimit: .cut(at: 9))
            request.tls = try tls(password)
            #expect(await other.send(request).failure?.kind == .tls)
        }
    }

    @Test func aKeyThatIsNotThatOfTheCertificateIsRefused() async throws {
        let peer = try TLSPeer(certificates, running: TLSPeer.answering)
        let mixed = TLSOptions.Identity(
            certificate: try certificates.text("alice.pem"), key: try certificates.text("bob.key"))
        let tls = TLSOptions(authorities: try certificates.text("ca.pem"), identity: mixed)
        #expect(await ask(peer, tls).failure?.kind == .tls)
    }

    @Test func theIdentityStaysWithItsOrigin() async throws {
        let peer = try TLSPeer(certificates, running: TLSPeer.answering)
        let first = try TLSPeer(
            certificates,
            running: """
                stream = context.wrap_socket(listener.accept()[0], server_side=True)
                stream.recv(4096)
                stream.sendall(b"HTTP/1.1 302 Found\\r\\nLocation: https://127.0.0.1:\(peer.port)/\\r\\n"
                    b"Content-Length: 0\\r\\n\\r\\n")
                stream.recv(4096)
                """)
        var request = HTTPRequest(
            url: "https://127.0.0.1:\(first.port)/", timeout: .seconds(20), redirects: 1,
            answerLimit: .cut(at: 100))
        request.tls = TLSOptions(
            authorities: try certificates.text("ca.pem"), identity: try identity("alice"))
        let answer = try await client.send(request).answer()
        #expect(String(decoding: answer.body, as: UTF8.self) == "nobody 0")
    }
}
