import HTTP
import Rules

/// The commands of delivery.
extension ClientRun {
    /// What the command asks for: the method and the target.
    var deliveryTarget: (method: String, path: String) {
        let name = (command.operands.first ?? "").percentEncoded
        return switch command.verb {
        case .enable: ("POST", "/api/webhooks/\(name)/enable")
        case .sendTest: ("POST", "/api/webhooks/\(name)/test")
        case .deliveries:
            ("GET", "/api/deliveries" + query(["--webhook", "--state", "--incident", "--since", "--limit"]))
        case .replay: ("POST", "/api/deliveries/replay" + query(["--webhook", "--state", "--from", "--to"]))
        default: ("GET", "/api/webhooks")
        }
    }

    /// The parameters that `options` give, each under its option's name.
    func query(_ options: [String]) -> String {
        var parts = options.compactMap { option in
            command.value(option).map { "\(option.dropFirst(2))=\($0.percentEncoded)" }
        }
        if command.flags.contains("--dead") { parts.append("state=dead") }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }

    /// An answer for people.
    func deliveryWords(for json: JSONValue) -> String {
        switch command.verb {
        case .enable: return "webhook \(json.shown("enabled")) is sent to again\n"
        case .replay:
            let late = json["overtaken"]?.number ?? 0
            let rest =
                late > 0
                ? "; \(late.plain) not, since the receiver accepted later ones of their incidents" : ""
            return "sent again: \(json.shown("deliveries"))\(rest)\n"
        case .deliveries:
            let rows = json.elements.map { delivery in
                ["id", "state", "webhook", "type", "incident", "tries", "created_at", "ended_at"].map(
                    delivery.shown)
            }
            let heads = ["ID", "STATE", "WEBHOOK", "TYPE", "INCIDENT", "TRIES", "CREATED", "ENDED"]
            return rows.isEmpty ? "no deliveries\n" : Table(heads, rows).text(width: width, ink: ink)
        default:
            let rows = json.elements.map { webhook in
                ["name", "state", "pending", "dead", "last_proven", "drill", "last_error"].map(webhook.shown)
            }
            let heads = ["NAME", "STATE", "PENDING", "DEAD", "LAST PROVEN", "DRILL", "LAST ERROR"]
            return rows.isEmpty ? "no webhooks\n" : Table(heads, rows).text(width: width, ink: ink)
        }
    }

    /// Sends deliveries again, one after the other; what is refused does not keep the others back.
    func replayEach() async -> Result {
        var all = Result()
        for id in command.operands {
            let one = await ask(request("POST", "/api/deliveries/\(id)/replay")) { _ in
                "delivery \(id) is sent again\n"
            }
            all.output += one.output
            all.error += (all.error.isEmpty || one.error.isEmpty ? "" : "\n") + one.error
            all.status = max(all.status, one.status)
        }
        return all
    }

    private static let pause = Duration.milliseconds(100)

    /// Sends a trial and waits for what comes of its first attempt.
    func sendTest() async -> Result {
        let (method, path) = deliveryTarget
        let made = await ask(request(method, path)) { _ in "" }
        guard let id = made.answer?["delivery"]?.number?.plain else { return made }
        var waited = Duration.zero
        let longest = command.value("--wait").flatMap { Duration(compact: $0) } ?? .seconds(30)
        while true {
            var result = await ask(request("GET", "/api/deliveries/\(id)")) { outcome(of: $0) }
            guard let delivery = result.answer else { return result }
            let isOver = delivery["state"]?.text != "pending" || (delivery["tries"]?.number ?? 0) > 0
            if isOver || waited >= longest {
                result.status = delivery["state"]?.text == "delivered" ? 0 : 1
                return result
            }
            await sleep(Self.pause)
            waited += Self.pause
        }
    }

    private func outcome(of delivery: JSONValue) -> String {
        let what = "delivery \(delivery.shown("id")) to \(delivery.shown("webhook"))"
        guard let attempt = delivery["attempts"]?.elements.last else {
            return "\(what) was not tried yet; gateway webhooks tells why\n"
        }
        let took = "\(attempt.shown("duration_ms")) ms"
        guard delivery["state"]?.text != "delivered" else {
            return "\(what) was accepted: status \(attempt.shown("status")), after \(took)\n"
        }
        let next = delivery["due_at"]?.text == nil ? "" : "; it is tried again at \(delivery.shown("due_at"))"
        return "\(what) failed after \(took): \(attempt.shown("error"))\(next)\n"
    }
}
