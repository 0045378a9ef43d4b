import Foundation

/// Certificates of an authority, a server and two clients, made anew by `openssl` for a test.
public struct Certificates: Sendable {
    private let folder: TemporaryFolder

    public init() throws {
        folder = try TemporaryFolder()
        try make("ca", "-x509", "-subj", "/CN=test authority")
        try make("stranger", "-x509", "-subj", "/CN=stranger", "-addext", "subjectAltName=IP:127.0.0.1")
        for name in ["server", "alice", "bob"] {
            try make(
                name, "-x509", "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-subj", "/CN=\(name)",
                "-addext", "subjectAltName=IP:127.0.0.1,IP:0.0.0.0,DNS:localhost", "-addext",
                "basicConstraints=critical,CA:FALSE")
        }
        try run([
            "pkcs8", "-topk8", "-in", path("alice.key"), "-out", path("alice.locked"), "-passout",
            "pass:open sesame",
        ])
    }

    public func path(_ name: String) -> String { folder.path + "/" + name }

    public func text(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    private func make(_ name: String, _ arguments: String...) throws {
        try run(
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-keyout", path(name + ".key"), "-out", path(name + ".pem"),
            ] + arguments)
    }

    private func run(_ arguments: [String]) throws {
        let program = try Program(["openssl"] + arguments)
        guard program.status == 0 else { throw OpenSSLFailed(said: program.standardError) }
    }

    private struct OpenSSLFailed: Error { let said: String }
}
