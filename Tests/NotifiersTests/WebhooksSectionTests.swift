import Notifiers
import Rules
import Testing

/// All that is said of the webhooks of a file.
private func report(_ yaml: String) -> String {
    let faults = Faults(in: "rules.yaml")
    _ = read(yaml, reporting: faults)
    return faults.all.map(\.description).joined(separator: "\n")
}

private let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

private func read(
    _ yaml: String, rules: [String]? = ["cpu-high", "memory-high", "disk-full"], reporting faults: Faults
) -> WebhooksSection? {
    let files = [
        "empty": "\n", "two": "a\nb\n", "short": "S3CR3T", "big": String(repeating: "x", count: 20_000),
        "good": key + "\n",
    ]
    let environment = Environment(variables: ["TOKEN": "S3CR3T", "EMPTY": ""]) { name throws(FileError) in
        guard let text = files[name] else { throw .missing }
        return Array(text.utf8)
    }
    guard var file = Section.root(of: Array(yaml.utf8), environment: environment, reporting: faults) else {
        return nil
    }
    defer { file.finish() }
    return WebhooksSection(of: &file, rules: rules)
}

@Suite struct WebhooksSectionTests {
    @Test func needsANameAndAURL() {
        let yaml = """
            webhooks:
              - {}
              - ops
            """
        let says = """
            rules.yaml:2:5: error: a webhook needs 'name'
                  - {}
                    ^
              help: add a name: ops
            rules.yaml:2:5: error: a webhook needs 'url'
                  - {}
                    ^
              help: add url: https://host/path
            rules.yaml:3:5: error: an item of 'webhooks' must be a mapping, not a text
                  - …
                    ^
              help: write it as 'key: value' lines
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesBadURLsAndShowsNone() {
        let yaml = """
            webhooks:
              - {name: a, url: 'ssh://h/S3CR3T'}
              - {name: b, url: S3CR3T}
              - {name: b, url: 'http://h:0/S3CR3T'}
            """
        let says = """
            rules.yaml:2:20: error: 'url' must begin with http:// or https://
                  - {name: a, url: 'ssh://h…}
                                   ^
              help: write http://host:port/path
            rules.yaml:3:20: error: 'url' must begin with http:// or https://
                  - {name: b, url: …}
                                   ^
              help: write http://host:port/path
            rules.yaml:4:12: error: the name 'b' is given twice
                  - {name: b, url: 'http://h:0…}
                           ^
              note: first defined at line 3
              help: give each a name of its own
            rules.yaml:4:20: error: 'url' must have a port from 1 to 65535
                  - {name: b, url: 'http://h:0…}
                                   ^
              help: write http://host:9200/path
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesWhatIsOutOfRange() {
        let yaml = """
            webhooks:
              - {name: w0, url: 'https://hooks.example.com/T0/S3CR3T', format: slick}
              - {name: w1, url: 'https://hooks.example.com/T0/S3CR3T', concurrency: 0}
              - {name: w2, url: 'https://hooks.example.com/T0/S3CR3T', timeout: 2m}
              - {name: w3, url: 'https://hooks.example.com/T0/S3CR3T', retries: 3}
              - {name: w4, url: 'https://hooks.example.com/T0/S3CR3T', headers: {Webhook-Id: S3CR3T, Content-Type: x}}
            """
        let says = """
            rules.yaml:2:68: error: 'format' must be standard, alertmanager, slack, discord, teams, pagerduty, telegram, ntfy, template or email, not 'slick'
                  - {name: w0, url: 'https://hooks.example.com…, format: slick}
                                                                         ^
              help: did you mean 'slack'?
            rules.yaml:3:73: error: 'concurrency' must be a whole number from 1 to 256, not '0'
                  - {name: w1, url: 'https://hooks.example.com…, concurrency: 0}
                                                                              ^
            rules.yaml:4:69: error: 'timeout' must be a duration from 100ms to 1m, not '2m'
                  - {name: w2, url: 'https://hooks.example.com…, timeout: 2m}
                                                                          ^
            rules.yaml:5:60: error: unknown key 'retries'
                  - {name: w3, url: 'https://hooks.example.com…, retries: …}
                                                                 ^
              help: keys of a webhook: name, format, url, secret, secret_file, headers, only, concurrency, timeout, method, auth, tls, proxy, allow_private, disabled_after, fallback, fallback_after, digest, drill
            rules.yaml:6:70: error: the header 'Webhook-Id' is set by the gateway
                  - {name: w4, url: 'https://hooks.example.com…, headers: {Webhook-Id: …, Content-Type: …}}
                                                                           ^
              help: remove it
            rules.yaml:6:90: error: the header 'Content-Type' is set by the gateway
                  - {name: w4, url: 'https://hooks.example.com…, headers: {Webhook-Id: …, Content-Type: …}}
                                                                                          ^
              help: remove it
            """
        #expect(report(yaml) == says)
    }

    @Test func showsNoSecret() {
        let yaml = """
            webhooks:
              - {name: w0, url: 'https://hooks.example.com/T0/S3CR3T', secret: S3CR3T}
              - {name: w1, url: 'https://hooks.example.com/T0/S3CR3T', secret: whsec_S3CR3T}
              - {name: w2, url: 'https://hooks.example.com/T0/S3CR3T', secret: MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}
              - {name: w3, url: 'https://hooks.example.com/T0/S3CR3T', secret: '${TOKEN}'}
              - {name: w4, url: 'https://hooks.example.com/T0/S3CR3T', secret: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, S3CR3T]}
              - {name: w5, url: 'https://hooks.example.com/T0/S3CR3T', secret: {a: S3CR3T}}
              - {name: w6, url: 'https://hooks.example.com/T0/S3CR3T', sekret: S3CR3T}
            """
        let says = """
            rules.yaml:2:68: error: a secret must be 'whsec_' and the base64 of 24 to 64 bytes
                  - {name: w0, url: 'https://hooks.example.com…, secret: …}
                                                                         ^
              help: make one with: echo "whsec_$(openssl rand -base64 32)"
            rules.yaml:3:68: error: a secret must be 'whsec_' and the base64 of 24 to 64 bytes
                  - {name: w1, url: 'https://hooks.example.com…, secret: …
                                                                         ^
              help: make one with: echo "whsec_$(openssl rand -base64 32)"
            rules.yaml:4:68: error: a secret must be 'whsec_' and the base64 of 24 to 64 bytes
                  - {name: w2, url: 'https://hooks.example.com…, secret: …}
                                                                         ^
              help: make one with: echo "whsec_$(openssl rand -base64 32)"
            rules.yaml:5:68: error: a secret must be 'whsec_' and the base64 of 24 to 64 bytes
                  - {name: w3, url: 'https://hooks.example.com…, secret: '${TOKEN}'}
                                                                         ^
              help: make one with: echo "whsec_$(openssl rand -base64 32)"
            rules.yaml:6:109: error: a secret must be 'whsec_' and the base64 of 24 to 64 bytes
                  - {name: w4, url: 'https://hooks.example.com…, secret: …
                                                                         ^
              help: make one with: echo "whsec_$(openssl rand -base64 32)"
            rules.yaml:7:68: error: 'secret' must be a text, not a mapping
                  - {name: w5, url: 'https://hooks.example.com…, secret: …}
                                                                         ^
            rules.yaml:8:60: error: unknown key 'sekret'
                  - {name: w6, url: 'https://hooks.example.com…, sekret: …}
                                                                 ^
              help: did you mean 'secret'? keys of a webhook: name, format, url, secret, secret_file, headers, only, concurrency, timeout, method, auth, tls, proxy, allow_private, disabled_after, fallback, fallback_after, digest, drill
            """
        #expect(report(yaml) == says)
    }

    @Test func namesNoSecretFile() {
        let yaml = """
            webhooks:
              - {name: w0, url: 'https://hooks.example.com/T0/S3CR3T', secret_file: S3CR3T}
              - {name: w1, url: 'https://hooks.example.com/T0/S3CR3T', secret_file: empty}
              - {name: w2, url: 'https://hooks.example.com/T0/S3CR3T', secret_file: two}
              - {name: w3, url: 'https://hooks.example.com/T0/S3CR3T', secret_file: big}
              - {name: w4, url: 'https://hooks.example.com/T0/S3CR3T', secret_file: short}
              - {name: w5, url: 'https://hooks.example.com/T0/S3CR3T', secret: S3CR3T, secret_file: good}
            """
        let says = """
            rules.yaml:2:73: error: the file that 'secret_file' names cannot be used: there is no such file
                  - {name: w0, url: 'https://hooks.example.com…, secret_file: …}
                                                                              ^
              help: its path is relative to the folder of this file
            rules.yaml:3:73: error: the file that 'secret_file' names is empty
                  - {name: w1, url: 'https://hooks.example.com…, secret_file: …}
                                                                              ^
              help: write the secret into it
            rules.yaml:4:73: error: the file that 'secret_file' names has more than one line, or control characters
                  - {name: w2, url: 'https://hooks.example.com…, secret_file: …}
                                                                              ^
              help: write the secret alone into it, on one line
            rules.yaml:5:73: error: the file that 'secret_file' names cannot be used: the file has more than 16 kB
                  - {name: w3, url: 'https://hooks.example.com…, secret_file: …}
                                                                              ^
              help: see that it is the right file
            rules.yaml:6:73: error: a secret must be 'whsec_' and the base64 of 24 to 64 bytes
                  - {name: w4, url: 'https://hooks.example.com…, secret_file: …}
                                                                              ^
              help: make one with: echo "whsec_$(openssl rand -base64 32)"
            rules.yaml:7:89: error: a webhook has one of 'secret' and 'secret_file', not both
                  - {name: w5, url: 'https://hooks.example.com…, secret: …, secret_file: …}
                                                                                         ^
              help: remove one
            """
        #expect(report(yaml) == says)
    }

    @Test func refusesFiltersThatMatchNothing() {
        let yaml = """
            webhooks:
              - {name: w0, url: 'https://hooks.example.com/T0/S3CR3T', only: critical}
              - {name: w1, url: 'https://hooks.example.com/T0/S3CR3T', only: {severity: urgent}}
              - {name: w2, url: 'https://hooks.example.com/T0/S3CR3T', only: {severity: [critical, warn]}}
              - {name: w3, url: 'https://hooks.example.com/T0/S3CR3T', only: {rules: dsk-*}}
              - {name: w4, url: 'https://hooks.example.com/T0/S3CR3T', only: {rules: ['*', cpu-hihg]}}
              - {name: w5, url: 'https://hooks.example.com/T0/S3CR3T', only: {rules: nothing}}
              - {name: w6, url: 'https://hooks.example.com/T0/S3CR3T', only: {machines: ['']}}
              - {name: w7, url: 'https://hooks.example.com/T0/S3CR3T', only: {labels: {a-b: c}}}
              - {name: w8, url: 'https://hooks.example.com/T0/S3CR3T', only: {rule: x}}
            """
        let says = """
            rules.yaml:2:66: error: 'only' must be a mapping, not a text
                  - {name: w0, url: 'https://hooks.example.com…, only: …}
                                                                       ^
              help: write it as 'key: value' lines
            rules.yaml:3:77: error: 'severity' must be info, warning or critical, not 'urgent'
                  - {name: w1, url: 'https://hooks.example.com…, only: {severity: urgent}}
                                                                                  ^
            rules.yaml:4:88: error: an item of 'severity' must be info, warning or critical, not 'warn'
                  - {name: w2, url: 'https://hooks.example.com…, only: {severity: [critical, warn]}}
                                                                                             ^
              help: did you mean 'warning'?
            rules.yaml:5:74: error: no rule matches 'dsk-*'
                  - {name: w3, url: 'https://hooks.example.com…, only: {rules: dsk-*}}
                                                                               ^
              help: did you mean 'disk-*'? rules: cpu-high, memory-high, disk-full
            rules.yaml:6:80: error: no rule matches 'cpu-hihg'
                  - {name: w4, url: 'https://hooks.example.com…, only: {rules: ['*', cpu-hihg]}}
                                                                                     ^
              help: did you mean 'cpu-high'? rules: cpu-high, memory-high, disk-full
            rules.yaml:7:74: error: no rule matches 'nothing'
                  - {name: w5, url: 'https://hooks.example.com…, only: {rules: nothing}}
                                                                               ^
              help: rules: cpu-high, memory-high, disk-full
            rules.yaml:8:78: error: an item of 'machines' is empty
                  - {name: w6, url: 'https://hooks.example.com…, only: {machines: ['']}}
                                                                                   ^
              help: give it a value
            rules.yaml:9:76: error: 'a-b' is not the name of a label
                  - {name: w7, url: 'https://hooks.example.com…, only: {labels: {a-b: c}}}
                                                                                 ^
              help: names of labels have letters, digits and '_', the first no digit
            rules.yaml:10:67: error: unknown key 'rule'
                  - {name: w8, url: 'https://hooks.example.com…, only: {rule: …}}
                                                                        ^
              help: did you mean 'rules'? keys of 'only': severity, rules, machines, labels
            """
        #expect(report(yaml) == says)
    }

    @Test func readsEveryKey() throws {
        let yaml = """
            webhooks:
              - {name: plain, url: "https://a/b", secret: "${EMPTY}"}
              - name: full
                url: https://hooks.example.com/T0/key
                format: standard
                secret: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, "${EMPTY}", whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]
                headers: {X-Key: abc}
                only: {severity: critical, rules: [disk-*], machines: "10.0.*", labels: {env: production}}
                concurrency: 256
                timeout: 60s
              - {name: file, url: "https://a/b", secret_file: good}
            """
        let first = try #require(SigningSecret(key))
        let second = try #require(SigningSecret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
        let full = Webhook(
            name: "full", url: Secret("https://hooks.example.com/T0/key"), secrets: [first, second],
            headers: [Header("X-Key", Secret("abc"))],
            filter: Filter(
                severities: [.critical], rules: [Glob("disk-*")], machines: [Glob("10.0.*")],
                labels: ["env": "production"]), concurrency: 256, timeout: .seconds(60))
        let faults = Faults(in: "rules.yaml")
        let webhooks = try #require(read(yaml, reporting: faults)).webhooks
        #expect(faults.all.map(\.description) == [])
        #expect(webhooks.count == 3)
        #expect(webhooks.first == Webhook(name: "plain", url: Secret("https://a/b")))
        #expect(webhooks.dropFirst().first == full)
        #expect(webhooks.last == Webhook(name: "file", url: Secret("https://a/b"), secrets: [first]))
    }

    @Test(arguments: ["webhooks:", "webhooks: []", "{}"]) func mayBeNone(_ yaml: String) {
        #expect(report(yaml) == "")
    }

    /// A pattern cannot be called wrong while the rules could not be read.
    @Test func accusesNoPatternWithoutRules() throws {
        let faults = Faults(in: "rules.yaml")
        let yaml = "webhooks: [{name: a, url: 'http://a', only: {rules: x}}]"
        #expect(try #require(read(yaml, rules: nil, reporting: faults)).webhooks.count == 1)
        #expect(faults.all.isEmpty)
    }
}
