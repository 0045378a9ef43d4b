import Foundation
import HTTP
import TestSupport
import Testing

/// Certificates that are renewed under the real binary, asked by clients that verify them.
@Suite struct RenewalTests {
    private let certificates: Certificates
    private let folder: TemporaryFolder

    init() throws {
        certificates = try Certificates()
        folder = try TemporaryFolder()
    }

    private func show(_ name: String) throws {
        try folder.write(try certificates.text(name + ".pem"), to: "cert.pem")
        try folder.write(try certificates.text(name + ".key"), to: "key.pem")
    }

    /// The status that a new client is answered with who trusts `authority` alone; 0 where it trusts nobody it meets.
    private func status(of url: String, trusting authority: String) async throws -> Int {
        let client = try HTTPClient(userAgent: "test")
        defer { client.close() }
        var request = HTTPRequest(
            method: "GET", url: url + "/healthz", timeout: .seconds(30), answerLimit: .refuse(beyond: 1 << 20)
        )
        request.tls.authorities = try certificates.text(authority + ".pem")
        switch await client.send(request) {
        case .answer(let answer): return answer.status
        case .failure(let failure):
            #expect(failure.kind == .tls, "\(failure)")
            return 0
        }
    }

    @Test func aRenewedCertificateIsTakenUpAndABrokenOneIsNot() async throws {
        try show("server")
        try folder.write(
            """
            sources:
              - {name: ci, push: true}
            rules:
              - {name: cpu-high, metric: cpu, window: 1, above: 85, severity: critical}
            server: {listen: "127.0.0.1:0", tls: {cert: cert.pem, key: key.pem}}
            """, to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        #expect(try await status(of: url, trusting: "ca") == 200)
        #expect(try await status(of: url, trusting: "stranger") == 0)

        try folder.write(try certificates.text("stranger.pem"), to: "cert.pem")
        gateway.send(SIGHUP)
        try await gateway.line("rules file refused; the rules in force go on")
        try await gateway.line("fault in the rules file", "the private key is not that of the certificate")
        #expect(try await status(of: url, trusting: "ca") == 200)

        try show("stranger")
        gateway.send(SIGHUP)
        try await gateway.line("certificate renewed")
        #expect(try await status(of: url, trusting: "stranger") == 200)
        #expect(try await status(of: url, trusting: "ca") == 0)
        #expect(!gateway.log.all.contains("settings that take effect when the gateway is started again"))
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }
}
