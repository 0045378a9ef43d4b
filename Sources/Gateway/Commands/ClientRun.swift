import HTTP
import Rules

/// Asks a running gateway over its API, and puts its answer into words.
struct ClientRun {
    let command: ClientCommand
    let environment: [String: String]
    /// The columns of the terminal.
    let width: Int
    var isColored = false
    /// Certificates in PEM of the only authorities that are trusted; nil for those of the system.
    var authorities: String?
    let send: (HTTPRequest) async -> HTTPReply
    var sleep: (Duration) async -> Void = { try? await Task.sleep(for: $0) }

    struct Result: Equatable {
        var output = ""
        var error = ""
        var status: Int32 = 0
        /// What the gateway answered, where it did what it was asked for.
        var answer: JSONValue?

        static func == (one: Result, other: Result) -> Bool {
            (one.output, one.error, one.status) == (other.output, other.error, other.status)
        }
    }

    var ink: Ink { Ink(isColored: isColored) }

    func run() async -> Result {
        switch command.verb {
        case .status: await status()
        case .sendTest: await sendTest()
        case .replay where !command.operands.isEmpty: await replayEach()
        default: await ask(request(to: base)) { words(for: $0) }
        }
    }

    /// The gateway's address.
    var base: String {
        let given = command.value("--url") ?? environment["GATEWAY_URL"] ?? "http://127.0.0.1:8080"
        return given.hasSuffix("/") ? String(given.dropLast()) : given
    }

    /// What the gateway answers, in `words` unless JSON is asked for; else why it does not do so.
    ///
    /// A status of `others` is an answer as good as 200.
    func ask(
        _ request: HTTPRequest, others: Set<Int> = [], _ words: (JSONValue) -> String
    ) async -> Result {
        switch await send(request) {
        case .failure(let failure):
            let isGiven = command.value("--url") != nil || environment["GATEWAY_URL"] != nil
            let cure = isGiven ? "" : "; where it listens elsewhere, say so: --url URL or GATEWAY_URL"
            return Result(error: "no answer of the gateway at \(base): \(failure)\(cure)", status: 1)
        case .answer(let answer):
            guard let json = try? JSONValue(answer.body) else {
                return Result(error: "\(base) answers \(answer.status), and not as a gateway does", status: 1)
            }
            guard (200..<300).contains(answer.status) || others.contains(answer.status) else {
                let detail = json["detail"]?.text ?? "it answers \(answer.status)"
                let cure = answer.status == 401 ? " (set GATEWAY_TOKEN)" : ""
                return Result(error: detail.forTerminal + cure, status: 1)
            }
            let text = String(decoding: answer.body, as: UTF8.self)
            return Result(output: command.flags.contains("--json") ? text + "\n" : words(json), answer: json)
        }
    }

    private func request(to base: String) -> HTTPRequest {
        let id = command.operands.first ?? ""
        var (method, path, body) = ("GET", "/api/incidents", [UInt8]())
        switch command.verb {
        case .status: path = "/api/status"
        case .incidents: path += incidentsQuery
        case .show: path += "/\(id)"
        case .ack:
            (method, path, body) = ("POST", "\(path)/\(id)/acknowledge", words(command.value("--note")))
        case .resolve:
            (method, path, body) = ("POST", "\(path)/\(id)/resolve", words(command.value("--note")))
        case .note: (method, path, body) = ("POST", "\(path)/\(id)/notes", words(command.operands.last))
        case .silence: (method, path, body) = ("POST", "/api/silences", silence)
        case .silences: path = "/api/silences" + (command.flags.contains("--all") ? "?ended=true" : "")
        case .unsilence: (method, path) = ("DELETE", "/api/silences/\(id)")
        case .webhooks, .enable, .sendTest, .deliveries, .replay: (method, path) = deliveryTarget
        case .rules: (method, path, body) = rulesRequest
        case .explain: path = explainPath
        case .audit: path = "/api/audit" + query(["--since", "--until", "--limit"])
        }
        return request(method, path, body)
    }

    func request(_ method: String, _ path: String, _ body: [UInt8] = []) -> HTTPRequest {
        var fields: HTTPFields = ["accept": "application/json"]
        if !body.isEmpty { fields.add("content-type", "application/json") }
        if let token = environment["GATEWAY_TOKEN"], !token.isEmpty {
            fields.add("authorization", "Bearer \(token)")
        }
        var request = HTTPRequest(
            method: method, url: base + path, fields: fields, body: body, timeout: .seconds(15),
            answerLimit: .refuse(beyond: 64 << 20))
        request.tls.authorities = authorities
        return request
    }

    /// What `--watch` follows.
    func watch(
        send: @escaping @Sendable (HTTPRequest) async -> HTTPReply,
        write: @escaping @Sendable (String) -> Bool, complain: @escaping @Sendable (String) -> Void,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) -> Watch {
        var request = request("GET", "/api/events")
        request.fields["accept"] = "text/event-stream"
        // It ends when the connection does; `Watch` sees to one that is silent.
        request.timeout = .seconds(365 * 86_400)
        let filter = Watch.Filter(
            rule: command.value("--rule"), machine: command.value("--machine").map { Glob($0) },
            severities: command.values["--severity"] ?? [])
        return Watch(
            Watch.Settings(
                filter: filter, json: command.flags.contains("--json"), width: width, ink: ink,
                request: request, base: base, send: send, write: write, complain: complain, sleep: sleep))
    }

    private var incidentsQuery: String {
        // What is open now, acknowledged or not.
        var query = command.flags.contains("--open") ? ["at=0s"] : []
        for name in ["rule", "machine", "severity", "since", "limit"] {
            guard let values = command.values["--\(name)"] else { continue }
            query.append("\(name)=\(values.joined(separator: ",").percentEncoded)")
        }
        return query.isEmpty ? "" : "?" + query.joined(separator: "&")
    }

    var person: String? {
        (command.value("--by") ?? environment["USER"]).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func words(_ note: String?) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.member("by", person)
            json.member("note", note)
        }
        return json.bytes
    }

    private var silence: [UInt8] {
        var json = JSONWriter()
        json.object { json in
            for (option, name) in [("--rule", "rule"), ("--machine", "machine"), ("--severity", "severity")] {
                guard let texts = command.values[option] else { continue }
                json.key(name)
                json.array { json in for text in texts { json.string(text) } }
            }
            json.member("ends_at", command.value("--for") ?? "1h")
            json.member("by", person)
            json.member("reason", command.value("--reason"))
        }
        return json.bytes
    }
}

extension ClientRun {
    /// An answer for people.
    private func words(for json: JSONValue) -> String {
        switch command.verb {
        case .incidents:
            let rows = json.elements.map { incident in
                ["id", "status", "severity", "rule", "machine", "opened_at", "message"].map(incident.shown)
            }
            let heads = ["ID", "STATUS", "SEVERITY", "RULE", "MACHINE", "OPENED", "MESSAGE"]
            return rows.isEmpty ? "no incidents\n" : Table(heads, rows).text(width: width, ink: ink)
        case .silences:
            let rows = json.elements.map { silence in
                ["id", "status", "rule", "machine", "severity", "ends_at", "by", "reason"].map(silence.shown)
            }
            let heads = ["ID", "STATUS", "RULE", "MACHINE", "SEVERITY", "UNTIL", "BY", "REASON"]
            return rows.isEmpty ? "no silences\n" : Table(heads, rows).text(width: width, ink: ink)
        case .show: return detail(of: json)
        case .ack, .resolve, .note:
            let what = "\(json.shown("rule")) on \(json.shown("machine"))"
            return "incident \(json.shown("id")) (\(what)) is \(json.shown("status"))\n"
        case .status: return statusWords(for: json)
        case .rules: return rulesWords(for: json)
        case .explain: return explainWords(for: json)
        case .audit: return auditWords(for: json)
        case .unsilence: return "silence \(json.shown("id")) has ended\n"
        case .webhooks, .enable, .sendTest, .deliveries, .replay: return deliveryWords(for: json)
        case .silence:
            return "silence \(json.shown("id")) is \(json.shown("status")), until \(json.shown("ends_at"))\n"
        }
    }

    private func detail(of json: JSONValue) -> String {
        let names = [
            "id", "status", "severity", "rule", "machine", "source", "message", "value", "peak", "last_value",
            "opened_at", "acknowledged_at", "acknowledged_by", "resolved_at", "resolution", "held_by",
        ]
        var lines = names.compactMap { name -> String? in
            let value = json.shown(name)
            return value == "-" ? nil : name.padded(to: 16) + value
        }
        let line = json["rules_line"]?.number.map { ", line \($0.plain)" } ?? ""
        lines.append("rules".padded(to: 16) + "version \(json.shown("rules_version"))\(line)")
        for note in json["notes"]?.elements ?? [] {
            lines.append(
                "note".padded(to: 16)
                    + ["at", "action", "by", "note"].map(note.shown).joined(separator: "  "))
        }
        for event in json["events"]?.elements ?? [] {
            let parts = ["at", "type", "note"].map(event.shown)
            lines.append(
                "event".padded(to: 16) + (parts[2] == "-" ? parts.dropLast() : parts).joined(separator: "  "))
        }
        for delivery in json["deliveries"]?.elements ?? [] {
            let attempts = delivery["attempts"]?.elements.count ?? 0
            lines.append(
                "delivery".padded(to: 16) + "\(delivery.shown("webhook"))  \(delivery.shown("state"))  "
                    + "attempts: \(attempts)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension JSONValue {
    /// A member as a terminal shows it; `-` for one that is not there.
    func shown(_ name: String) -> String {
        switch self[name] {
        case .string(let text):
            // A moment, to the second.
            (name.hasSuffix("at") || ["last_proven", "timestamp"].contains(name)
                ? Timestamp(rfc3339: text) : nil)
                .map { $0.description.prefix(19).replacing("T", with: " ") + "Z" } ?? text.forTerminal
        case .number(let number): number.plain
        case .array(let elements) where !elements.isEmpty:
            elements.compactMap(\.text).joined(separator: ",").forTerminal
        case .bool(let flag): flag ? "yes" : "no"
        case .null, .array, .object, nil: "-"
        }
    }
}
