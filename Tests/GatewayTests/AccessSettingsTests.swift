import Testing

@testable import Gateway

/// What is said of a file with one more line, beside files that are there.
private func report(_ line: String) throws -> String {
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    let folder = try SettingsFolder([
        "rules.yaml": minimal + line + "\n", "cert.pem": pem, "key.pem": "-----BEGIN PRIVATE KEY-----\n",
        "text": "x",
    ])
    let (output, exitCode) = folder.check("rules.yaml")
    #expect(exitCode == 1)
    return output.split(separator: "\n").filter { !$0.hasPrefix("    ") && !$0.hasPrefix("1 error") }
        .joined(separator: "\n")
}

/// Of a key that nobody has kept, and over since long: it is read, and no more.
private let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBbDCCAROgAwIBAgIUCnTSCFApXIQy9x98WxR5elBjilkwCgYIKoZIzj0EAwIw
    DDEKMAgGA1UEAwwBYTAeFw0yNjExMzAwNDQ3NTRaFw0yNjEyMDIwNDQ3NTRaMAwx
    CjAIBgNVBAMMAWEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASb8KKQfQPe53WL
    19kali//4l3u+9oQ3WMWktBLEfckqDRV0Y6L7wPuYX8dYeCB5KFdl5c9wzWkStSn
    3j2s6lWvo1MwUTAdBgNVHQ4EFgQUdYQkynFRt+MB0uoAgA5uYbKeoTMwHwYDVR0j
    BBgwFoAUdYQkynFRt+MB0uoAgA5uYbKeoTMwDwYDVR0TAQH/BAUwAwEB/zAKBggq
    hkjOPQQDAgNHADBEAiB3hYXS/l9hlaT8Oi9/BHQAM8uq+KZJiJz30aWErGvyawIg
    RJsxBJaln0XJXtOr7MOaShnWGWSw70bhphgqdebHzCw=
    -----END CERTIFICATE-----

    """

private let hash = "sha256:" + String(repeating: "0a", count: 32)

@Suite struct AccessSettingsTests {
    @Test func readsNamedTokens() throws {
        let folder = try SettingsFolder([
            "rules.yaml": minimal
                + "server: {listen: '0.0.0.0:80', tokens: [{name: a, hash: '\(hash)'}, {name: b, role: write, hash: '\(hash.uppercased().replacing("SHA", with: "sha").replacing("0A0A0A", with: "0b0b0b"))'}]}"
        ])
        let tokens = try folder.load().server.tokens
        #expect(tokens.map(\.name) == ["a", "b"])
        #expect(tokens.map(\.role) == [.read, .write])
        #expect(tokens.first?.digest == String(hash.dropFirst(7)))
    }

    @Test(arguments: [
        (
            "server: {tokens: [{name: a, hash: S3CR3T}]}",
            """
            rules.yaml:3:35: error: 'hash' must be 'sha256:' and 64 hexadecimal digits
              help: gateway token add NAME makes a token and prints its line; the token itself stays out of the file
            """
        ),
        (
            "server: {tokens: [{name: a, role: wriet, hash: '\(hash)'}]}",
            """
            rules.yaml:3:35: error: 'role' must be read or write, not 'wriet'
              help: did you mean 'write'?
            """
        ),
        (
            "server: {tokens: [{name: a, hash: '\(hash)'}, {name: a, hash: '\(hash.replacing("0a0a", with: "0b0b"))'}]}",
            """
            rules.yaml:3:118: error: the name 'a' is given twice
              note: first defined at line 3
              help: give each a name of its own
            """
        ),
        (
            "server: {tokens: [{name: a, hash: '\(hash)'}, {name: b, hash: '\(hash)'}]}",
            """
            rules.yaml:3:127: error: 'b' has the same token as 'a'
              help: make one for each: gateway token add b
            """
        ),
        (
            "server: {tokens: [{name: open, hash: '\(hash)'}]}",
            """
            rules.yaml:3:26: error: the name 'open' stands for somebody else in the audit
              help: give the token another name
            """
        ),
        (
            "server: {tokens: [{name: a}]}",
            """
            rules.yaml:3:19: error: a token needs 'hash'
              help: gateway token add NAME makes a token and prints its line
            """
        ),
        (
            "server: {tokens: [S3CR3T]}",
            """
            rules.yaml:3:19: error: an item of 'tokens' must be a mapping, not a text
              help: write it as 'key: value' lines
            """
        ),
        (
            "server: {listen: '0.0.0.0:80', tokens: []}",
            """
            rules.yaml:3:18: error: without a token the gateway listens on loopback addresses only, not on 0.0.0.0
              help: add token: "${GATEWAY_TOKEN}" to 'server', or listen on 127.0.0.1:80
            """
        ),
        (
            "server: {tls: {cert: nope.pem, key: key.pem}}",
            """
            rules.yaml:3:22: error: the file that 'cert' names cannot be used: there is no such file
              help: its path is relative to the folder of this file
            """
        ),
        (
            "server: {tls: {cert: text, key: key.pem}}",
            """
            rules.yaml:3:22: error: the file that 'cert' names holds no certificate
              help: it must be in PEM: '-----BEGIN CERTIFICATE-----'
            """
        ),
        (
            "server: {tls: {cert: cert.pem, key: key.pem}}",
            """
            rules.yaml:3:22: error: the file that 'cert' names holds no certificate that can be read
              help: look at it: openssl x509 -noout -text -in FILE
            """
        ),
        (
            "server: {tls: {cert: cert.pem}}",
            """
            rules.yaml:3:15: error: 'tls' needs 'key'
              help: add key: the file of the certificate's private key, in PEM
            """
        ),
        (
            "server: {trusted_proxies: [proxy.example]}",
            """
            rules.yaml:3:28: error: an item of 'trusted_proxies' must be an IP address, not 'proxy.example'
              help: names are not looked up; write 127.0.0.1 or ::1
            """
        ),
    ])
    func saysWhatIsWrong(line: String, says: String) throws {
        let report = try report(line)
        #expect(report == says)
    }

    @Test func aKeyThatCannotBeReadIsToldOfWithoutItsText() throws {
        let key = "-----BEGIN PRIVATE KEY-----\nUzNDUjNU\n-----END PRIVATE KEY-----\n"
        let folder = try SettingsFolder([
            "rules.yaml": minimal + "server: {tls: {cert: server.pem, key: server.key}}\n",
            "server.pem": certificate, "server.key": key,
        ])
        let (output, exitCode) = folder.check()
        #expect(exitCode == 1)
        #expect(
            output == """
                rules.yaml:3:39: error: the file that 'key' names holds no private key that can be read
                    server: {tls: {cert: server.pem, key: …}}
                                                          ^
                  help: look at it: openssl pkey -noout -check -in FILE
                1 error in rules.yaml
                """)
    }

    @Test func aTokenIsMadeWithItsLine() throws {
        let line = ["add", "grafana", "--role", "write"]
        let command = try TokenCommand(try #require(try Arguments(line, of: TokenCommand.command)))
        let output = try command.run()
        let token = try #require(output.split(separator: "\n").first)
        #expect(token.hasPrefix("gw_") && token.utf8.count == 67)
        let yaml = output.components(after: "line:\n\n")
        let server = try SettingsFolder(["rules.yaml": minimal + yaml]).load().server
        #expect(server.tokens == [Gate.token("grafana", .write, String(token))])
        #expect(try command.run() != output)
    }

    @Test(
        arguments: [
            ([], "token: takes add NAME beside its options, not ''"),
            (["add"], "token: takes add NAME beside its options, not 'add'"),
            (["make", "a"], "token: 'make' is none of add"),
            (["add", "a b"], "token: a name has 1 to 100 letters (a-z, A-Z), digits, '.', '_' and '-'"),
            (
                ["add", "open"],
                "token: the name 'open' stands for somebody else in the audit; choose another"
            ),
            (["add", "a", "--role", "admin"], "token: --role takes one of read, write, not 'admin'"),
        ] as [([String], String)])
    func refusesWrongUsage(arguments: [String], says: String) {
        #expect(throws: UsageError(says)) {
            guard let given = try Arguments(arguments, of: TokenCommand.command) else { return }
            _ = try TokenCommand(given)
        }
    }
}

extension String {
    fileprivate func components(after mark: String) -> String {
        firstRange(of: mark).map { String(self[$0.upperBound...]) } ?? ""
    }
}
