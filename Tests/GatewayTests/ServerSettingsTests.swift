import Testing

@testable import Gateway

/// What is said of a file with one more line.
private func report(_ line: String) throws -> String {
    let folder = try SettingsFolder(["rules.yaml": minimal + line + "\n"])
    let (output, exitCode) = folder.check("rules.yaml", ["EMPTY": "", "TOKEN": "S3CR3T"])
    let summary = "\n1 error in rules.yaml"
    #expect(exitCode == 1)
    #expect(output.hasSuffix(summary))
    return String(output.dropLast(summary.count))
}

@Suite struct ServerSettingsTests {
    @Test(arguments: [
        (
            "server: {listen: ':8080'}",
            """
            rules.yaml:3:18: error: 'listen' must be an IP address and a port, not ':8080'
                server: {listen: ':8080'}
                                 ^
              help: write 127.0.0.1:8080 for this machine alone, or 0.0.0.0:8080 for all networks
            """
        ),
        (
            "server: {listen: '8080'}",
            """
            rules.yaml:3:18: error: 'listen' must be an IP address and a port, not '8080'
                server: {listen: '8080'}
                                 ^
              help: write 127.0.0.1:8080
            """
        ),
        (
            "server: {listen: localhost}",
            """
            rules.yaml:3:18: error: 'listen' must be an IP address and a port, not 'localhost'
                server: {listen: localhost}
                                 ^
              help: add the port: 127.0.0.1:8080, [::1]:8080
            """
        ),
        (
            "server: {listen: '::1:8080'}",
            """
            rules.yaml:3:18: error: 'listen' must be an IP address and a port, not '::1:8080'
                server: {listen: '::1:8080'}
                                 ^
              help: put IPv6 addresses, and no others, in brackets: [::1]:8080
            """
        ),
        (
            "server: {listen: '[127.0.0.1]:80'}",
            """
            rules.yaml:3:18: error: 'listen' must be an IP address and a port, not '[127.0.0.1]:80'
                server: {listen: '[127.0.0.1]:80'}
                                 ^
              help: put IPv6 addresses, and no others, in brackets: [::1]:8080
            """
        ),
        (
            "server: {listen: 127.0.0.1:99999}",
            """
            rules.yaml:3:18: error: 'listen' must be an IP address and a port from 0 (any free one) to 65535, not '127.0.0.1:99999'
                server: {listen: 127.0.0.1:99999}
                                 ^
              help: write 127.0.0.1:8080
            """
        ),
        (
            "server: {listen: example.com:80}",
            """
            rules.yaml:3:18: error: 'listen' must be an IP address and a port, not 'example.com:80'
                server: {listen: example.com:80}
                                 ^
              help: names are not looked up; write 127.0.0.1:80, or 0.0.0.0:80 for all networks
            """
        ),
    ])
    func refusesBadAddresses(_ line: String, _ says: String) throws {
        #expect(try report(line) == says)
    }

    @Test(arguments: [
        (
            "server: {listen: 0.0.0.0:8080}",
            """
            rules.yaml:3:18: error: without a token the gateway listens on loopback addresses only, not on 0.0.0.0
                server: {listen: 0.0.0.0:8080}
                                 ^
              help: add token: "${GATEWAY_TOKEN}" to 'server', or listen on 127.0.0.1:8080
            """
        ),
        (
            "server: {listen: '[::]:8080'}",
            """
            rules.yaml:3:18: error: without a token the gateway listens on loopback addresses only, not on ::
                server: {listen: '[::]:8080'}
                                 ^
              help: add token: "${GATEWAY_TOKEN}" to 'server', or listen on 127.0.0.1:8080
            """
        ),
        (
            "server: {listen: '10.0.0.1:80', token: '${EMPTY}'}",
            """
            rules.yaml:3:18: error: without a token the gateway listens on loopback addresses only, not on 10.0.0.1
                server: {listen: '10.0.0.1:80', token: '${EMPTY}'}
                                 ^
              help: add token: "${GATEWAY_TOKEN}" to 'server', or listen on 127.0.0.1:80
            """
        ),
    ])
    func insistsOnATokenBeyondLoopback(_ line: String, _ says: String) throws {
        #expect(try report(line) == says)
    }

    @Test(arguments: [
        (
            "server: {token: S3CR3T}",
            """
            rules.yaml:3:17: error: 'token' must be at least 16 characters long
                server: {token: …}
                                ^
              help: make one with: openssl rand -hex 16
            """
        ),
        (
            "server: {token: \"S3CR3T S3CR3T S3CR3T\"}",
            """
            rules.yaml:3:17: error: 'token' must be of ASCII letters, digits and signs, without spaces
                server: {token: …}
                                ^
              help: make one with: openssl rand -hex 16
            """
        ),
        (
            "server: {token_file: nope}",
            """
            rules.yaml:3:22: error: the file that 'token_file' names cannot be used: there is no such file
                server: {token_file: …}
                                     ^
              help: its path is relative to the folder of this file
            """
        ),
        (
            "server: {token: S3CR3TS3CR3TS3CR3T, token_file: token}",
            """
            rules.yaml:3:49: error: 'server' has one of 'token' and 'token_file', not both
                server: {token: …, token_file: …}
                                               ^
              help: remove one
            """
        ),
        (
            "server: {tokn: S3CR3TS3CR3TS3CR3T}",
            """
            rules.yaml:3:10: error: unknown key 'tokn'
                server: {tokn: …}
                         ^
              help: did you mean 'token'? keys of 'server': listen, token, token_file, tokens, tls, hosts, public_url, trusted_proxies
            """
        ),
        (
            "server: {token: [S3CR3TS3CR3TS3CR3T]}",
            """
            rules.yaml:3:17: error: 'token' must be a text, not a list
                server: {token: …}
                                ^
            """
        ),
        (
            "server: {token: S3CR3TS3CR3TS3CR3T, hosts: [a b, ok.example.com]}",
            """
            rules.yaml:3:45: error: an item of 'hosts' must be a host name, not 'a b'
                server: {token: …, hosts: [a b, ok.example.com]}
                                           ^
              help: write it without scheme and port: alerts.example.com
            """
        ),
    ])
    func refusesBadTokensAndShowsNone(_ line: String, _ says: String) throws {
        #expect(try report(line) == says)
    }

    @Test(arguments: [
        (
            "storage: {path: ''}",
            """
            rules.yaml:3:17: error: 'path' is empty
                storage: {path: ''}
                                ^
              help: give it a value
            """
        ),
        (
            "storage: {keep_samples: 30}",
            """
            rules.yaml:3:25: error: 'keep_samples' must be a duration from 1h to 3650d, not '30'
                storage: {keep_samples: 30}
                                        ^
              help: add the unit: ms, s, m, h or d
            """
        ),
        (
            "storage: {keep_incidents: 1h}",
            """
            rules.yaml:3:27: error: 'keep_incidents' must be a duration from 1d to 3650d, not '1h'
                storage: {keep_incidents: 1h}
                                          ^
            """
        ),
        (
            "storage: gateway.db",
            """
            rules.yaml:3:10: error: 'storage' must be a mapping, not a text
                storage: …
                         ^
              help: write it as 'key: value' lines
            """
        ),
        (
            "storage: {paths: x}",
            """
            rules.yaml:3:11: error: unknown key 'paths'
                storage: {paths: …}
                          ^
              help: did you mean 'path'? keys of 'storage': path, keep_samples, keep_incidents
            """
        ),
    ])
    func refusesBadStorage(_ line: String, _ says: String) throws {
        #expect(try report(line) == says)
    }

    @Test(arguments: [
        (
            "webhook: []",
            """
            rules.yaml:3:1: error: unknown key 'webhook'
                webhook: []
                ^
              help: did you mean 'webhooks'?
            """
        ),
        (
            "webhook_s: []",
            """
            rules.yaml:3:1: error: unknown key 'webhook_s'
                webhook_s: []
                ^
              help: did you mean 'webhooks'?
            """
        ),
    ])
    func refusesUnknownSections(_ line: String, _ says: String) throws {
        #expect(try report(line) == says)
    }
}
