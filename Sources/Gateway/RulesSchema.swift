import Rules

/// The JSON Schema of rules files, learned from what reads them.
enum RulesSchema {
    static let command = Command(
        name: "schema", summary: "the JSON Schema of rules files, for editors",
        about: """
            Prints the JSON Schema of rules files, by which editors complete and check them. Save it as rules.schema.json
            beside the rules file, whose first line names it:

              # yaml-language-server: $schema=rules.schema.json
            """
    ) { _, _ in
        print(text, terminator: "")
        return 0
    }

    static var text: String {
        guard case .object(var members) = shape.schema else { return "" }
        members["$schema"] = .string("http://json-schema.org/draft-07/schema#")
        members["title"] = .string("The rules file of the alerting gateway")
        return JSONValue.object(members).pretty() + "\n"
    }

    /// What the readers take, once they have been led to each key.
    static var shape: Shape {
        let shape = Shape()
        // Any file that is asked for is there: what follows it is to be read too.
        let environment = Environment(variables: [:]) { _ throws(FileError) in
            Array("-----BEGIN CERTIFICATE----- -----BEGIN PRIVATE KEY-----".utf8)
        }
        for guide in guides {
            // What is wrong with the values does not matter: a reader tells what it takes before it looks.
            _ = try? Configuration.parse(
                Array(guide.utf8), environment: environment, reporting: Faults(in: "guide"), shape: shape)
        }
        return shape
    }

    /// Files that have every key in them, in every form that leads to a reader of its own. They say nothing of what
    /// is right: a key that is missing here has no type in the schema, which a test looks for.
    private static let guides =
        [common] + requests.map { "sources: [{name: a, \($0)}]\nwebhooks: [{name: a, \($0)}]" }
        + formats.map { "webhooks: [{name: a, \($0)}]" }
        + ["defaults: {flapping: {changes: 5, in: 1h, steady: 30m}}", "server: {token_file: a}"]

    private static let requests = [
        "auth: {bearer: a}, tls: {ca: a, cert: a, key: a, key_password: a}, proxy: none, headers: {A: b}",
        "auth: {bearer_file: a}, tls: {key_password_file: a}",
        "auth: {basic: {user: a, password: a}}", "auth: {basic: {user: a, password_file: a}}",
    ]

    private static let formats = [
        "format: standard, url: 'http://a', secret: a", "secret_file: a",
        "format: pagerduty, url: 'http://a', routing_key: a", "format: pagerduty, routing_key_file: a",
        "format: telegram, url: 'http://a', chat_id: a", "format: ntfy, url: 'http://a', topic: a",
        "format: template, url: 'http://a', template: a", "format: email, url: a, from: a, to: a",
        "digest: off", "digest: {over: 30/m}",
    ]

    private static let options = """
        aggregate: a, window: 3, for: 1m, keep_open: 1m, machines: a, sources: a, labels: {a: b}, severity: a, \
        add_labels: {a: b}, message: a, runbook: a, repeat: 4h
        """

    private static let common = """
        sources:
          - {name: a, url: 'http://a', interval: 1m, timeout: 1s, max_gap: 1h, max_machines: 5, failing_after: 3,
             labels: {a: b}, format: json, json: {records: /a, machine: a, metrics: {a: b}}}
          - {name: b, targets: [a, {target: a, machine: a}], targets_file: a, format: prometheus,
             prometheus: {machine: a, metrics: {a: b}}}
          - {name: c, push: true}
        defaults: {\(options), flapping: a}
        rules:
          - {name: a, metric: a, above: 1, clear: 1, \(options), group: a, inhibits: a, flapping: a}
          - {name: b, metric: a, below: 1, flapping: {changes: 5, in: 1h, steady: 30m}}
          - {name: c, metric: a, outside: [1, 2], clear: [1, 2], window: 3}
          - {name: d, metric: a, forecast: {reach: 1, within: 1h}, window: 3}
          - {name: e, metric: a, forecast: {fall_to: 1, within: 1h}, window: 3}
          - {name: f, missing: 3}
        outbound: {proxy: none, allow_private: true}
        webhooks:
          - {name: a, url: 'http://a', only: {severity: a, rules: a, machines: a, labels: {a: b}}, concurrency: 1,
             timeout: 1s, method: POST, allow_private: true, disabled_after: 1d, fallback: b, fallback_after: 1h,
             drill: weekly}
        maintenance:
          - {name: a, weekly: a, zone: UTC, reason: a, rules: a, machines: a, severity: a, sources: a, labels: {a: b}}
          - {name: b, start: 2026-11-23T12:00:00Z, end: 2026-11-23T13:00:00Z}
        server: {listen: a, token: a, hosts: a, public_url: a, tls: {cert: a, key: a}, trusted_proxies: a,
          tokens: [{name: a, role: a, hash: a}]}
        storage: {path: a, keep_samples: 1d, keep_incidents: 1d}
        heartbeat: {url: a, every: 1m}
        """
        + "\n"
}
