import Collector
import Foundation
import Notifiers
import Rules
import Testing

@testable import Gateway

/// A folder of its own for rules.yaml and what belongs to it, removed with the value's last owner.
final class SettingsFolder: Sendable {
    let path: String

    init(_ files: KeyValuePairs<String, String> = [:]) throws {
        path = NSTemporaryDirectory() + "settings-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (name, text) in files { try write(Data(text.utf8), to: name) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ data: Data, to name: String) throws {
        try data.write(to: URL(fileURLWithPath: path + "/" + name))
    }

    func load(_ environment: [String: String] = [:]) throws(ConfigurationError) -> Configuration {
        try Configuration.load(path: path + "/rules.yaml", environment: environment)
    }

    /// What `gateway check` says, the folder left out.
    func check(_ name: String = "rules.yaml", _ environment: [String: String] = [:]) -> (String, Int32) {
        let (output, exitCode) = Check.run(path: path + "/" + name, environment: environment)
        return (output.replacing(path + "/", with: ""), exitCode)
    }
}

/// The file at the root of the repository.
let shippedRules = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("rules.yaml")

let minimal = "sources: [{name: fleet, url: 'http://a'}]\nrules: []\n"

@Suite struct ConfigurationTests {
    @Test func aByteOrderMarkIsNoPartOfTheFile() throws {
        let folder = try SettingsFolder(["rules.yaml": "\u{FEFF}" + minimal])
        #expect(try folder.load().sources.map(\.name) == ["fleet"])
    }

    @Test func theShippedFileWorksAsItIs() throws {
        let configuration = try Configuration.load(path: shippedRules.path, environment: [:])
        #expect(configuration.sources == [Source(name: "fleet", url: "http://127.0.0.1:9200/metrics")])
        let cpu = Rule(
            name: "cpu-high", metric: "cpu", window: .samples(3),
            threshold: try #require(Threshold(.above, 85)),
            severity: .critical)
        let memory = Rule(
            name: "memory-high", metric: "mem", window: .samples(3),
            threshold: try #require(Threshold(.above, 90, clear: 85)))
        let disk = Rule(
            name: "disk-full", metric: "disk", window: .samples(9),
            threshold: try #require(Threshold(.above, 95)), severity: .critical)
        #expect(configuration.rules == [cpu, memory, disk])
        #expect(configuration.webhooks == [Webhook(name: "ops", url: Secret("http://127.0.0.1:9201/alerts"))])
        #expect(configuration.server == ServerSettings())
        #expect(configuration.storage == StorageSettings())
        #expect(configuration.text == (try String(contentsOf: shippedRules, encoding: .utf8)))
        #expect(configuration.warnings.isEmpty)
    }

    @Test func takesTheSecretFromDotEnvUnlessItIsSet() throws {
        let text = try String(contentsOf: shippedRules, encoding: .utf8)
        let (one, two) = (String(repeating: "A", count: 32), String(repeating: "B", count: 32))
        let folder = try SettingsFolder(["rules.yaml": text, ".env": "OPS_WEBHOOK_SECRET=whsec_\(one)\n"])
        #expect(try folder.load().webhooks.first?.secrets == [try #require(SigningSecret(one))])
        let set = try folder.load(["OPS_WEBHOOK_SECRET": "whsec_" + two])
        #expect(set.webhooks.first?.secrets == [try #require(SigningSecret(two))])
    }

    @Test func readsSecretFilesBesideTheFile() throws {
        let folder = try SettingsFolder([
            "rules.yaml": minimal
                + "server: {listen: '[::]:${PORT}', token_file: token, hosts: [Alerts.Example]}\n"
                + "storage: {path: /var/lib/g.db, keep_samples: 2h, keep_incidents: 3650d}\n",
            "token": "0123456789abcdef\n",
        ])
        let configuration = try folder.load(["PORT": "80"])
        var server = ServerSettings()
        (server.address, server.port) = ("::", 80)
        (server.token, server.hosts) = (Secret("0123456789abcdef"), ["alerts.example"])
        #expect(configuration.server == server)
        #expect(configuration.storage.path == "/var/lib/g.db")
        #expect(configuration.storage.keepSamples == .seconds(7200))
        #expect(configuration.storage.keepIncidents == .seconds(3650 * 86_400))
    }

    @Test(arguments: [
        ("127.0.0.1:0", "127.0.0.1", 0), ("localhost:8080", "127.0.0.1", 8080),
        ("'[::1]:65535'", "::1", 65535),
    ])
    func readsListenAddresses(_ text: String, _ address: String, _ port: UInt16) throws {
        let server = try SettingsFolder(["rules.yaml": minimal + "server: {listen: \(text)}"]).load().server
        #expect(server.address == address)
        #expect(server.port == port)
    }

    @Test func saysThatAFileIsRight() throws {
        let (output, exitCode) = Check.run(path: shippedRules.path, environment: [:])
        #expect(output == "\(shippedRules.path): ok (1 source, 3 rules, 1 webhook)")
        #expect(exitCode == 0)
    }

    @Test func saysWhyAFileIsNotRead() throws {
        let folder = try SettingsFolder(["empty.yaml": ""])
        let missing = """
            no.yaml: error: there is no such file
              help: check the path; it is relative to the folder the gateway was started in
            1 error in no.yaml
            """
        #expect(folder.check("no.yaml") == (missing, 1))
        let empty = """
            empty.yaml: error: the file holds no settings
              help: begin with 'sources:'
            1 error in empty.yaml
            """
        #expect(folder.check("empty.yaml") == (empty, 1))
        let directory = """
            : error: this is a folder or a device, not a file
              help: name a file
            1 error in \("")
            """
        #expect(folder.check("") == (directory, 1))
        try folder.write(Data(repeating: 0x23, count: 300_000), to: "large.yaml")
        let large = """
            large.yaml: error: the file has more than 256 kB
              help: see that it is the right file
            1 error in large.yaml
            """
        #expect(folder.check("large.yaml") == (large, 1))
        #expect(Check.run(path: "/dev/zero", environment: [:]).output.contains("a folder or a device"))
    }

    @Test func tellsOfTenMistakesAtOnce() throws {
        let yaml = """
            # Ten mistakes.
            sources:
              - name: fleet
                url: http://127.0.0.1:9200/metrics
                intervall: 15m
                timeout: 10
            rules:
              - name: cpu-high
                metric: cpuu
                window: 0
                above: 85
              - name: cpu-high
                metric: mem
                window: 3
                above: 90
                clear: 95
            webhooks:
              - name: ops
                url: https://hooks.example.com/services/S3CR3T
                secret: whsec_S3CR3T
                only: {severity: [critical, urgent], rules: ["cpu-*"]}
            server: {listen: ":8080"}
            storage: {path: gateway.db, keep_samples: 30days}
            """
        let says = """
            rules.yaml:5:5: error: unknown key 'intervall'
                    intervall: …
                    ^
              help: did you mean 'interval'? keys of a source: name, url, push, targets, targets_file, interval, timeout, format, json, prometheus, headers, labels, max_gap, max_machines, failing_after, auth, tls, proxy
            rules.yaml:6:14: error: 'timeout' must be a duration from 100ms to 5m, not '10'
                    timeout: 10
                             ^
              help: add the unit: ms, s, m, h or d
            rules.yaml:9:13: error: no source has a metric 'cpuu'
                    metric: cpuu
                            ^
              help: did you mean 'cpu'? metrics of the sources: cpu, disk, mem
            rules.yaml:10:13: error: 'window' must be 1 to 10,000 samples or a duration from 1s to 90d, not '0'
                    window: 0
                            ^
            rules.yaml:12:11: error: the name 'cpu-high' is given twice
                  - name: cpu-high
                          ^
              note: first defined at line 8
              help: give each a name of its own
            rules.yaml:16:12: error: 'clear' must be below 90, the value of 'above', not 95
                    clear: 95
                           ^
              help: write a number below 90, at which the incident resolves
            rules.yaml:20:13: error: a secret must be 'whsec_' and the base64 of 24 to 64 bytes
                    secret: …
                            ^
              help: make one with: echo "whsec_$(openssl rand -base64 32)"
            rules.yaml:21:33: error: an item of 'severity' must be info, warning or critical, not 'urgent'
                    only: {severity: [critical, urgent], rules: ["cpu-*"]}
                                                ^
            rules.yaml:22:18: error: 'listen' must be an IP address and a port, not ':8080'
                server: {listen: ":8080"}
                                 ^
              help: write 127.0.0.1:8080 for this machine alone, or 0.0.0.0:8080 for all networks
            rules.yaml:23:43: error: 'keep_samples' must be a duration from 1h to 3650d, not '30days'
                storage: {path: gateway.db, keep_samples: 30days}
                                                          ^
              help: write 30d
            10 errors in rules.yaml
            """
        #expect(try SettingsFolder(["rules.yaml": yaml]).check() == (says, 1))
    }
}
