import Foundation
import HTTP
import Rules
import Testing

@testable import Notifiers

@Suite struct GoldenTests {
    @Test func eachFormatSaysOfEachMessageWhatItSaidBefore() throws {
        for format in try Samples.formats() {
            var text = ""
            let hostile = try Samples.incident(
                machine: "<img src=x onerror=alert(1)> @everyone *_~| \"\\ é",
                message: String(repeating: "a&<b>", count: 800), labels: [:])
            let messages =
                Samples.messages(about: try Samples.incident())
                + [("hostile", Samples.messages(about: hostile)[0].1)]
            for (name, message) in messages {
                let body = Samples.sent(message, format)
                text += format.name == .email ? "# \(name)\n\(body)\n" : "\(name)\t\(body)\n"
            }
            try Golden.check(text, is: "\(format.name).txt")
        }
    }

    @Test func eachFormatBearsTheLinksThatAct() throws {
        let links = ActionLinks(base: "https://alerts.example", key: Secret("a key for tests"))
        let rendering = Rendering(gateway: "https://alerts.example", links: links)
        var text = ""
        for (name, message) in Samples.messages(about: try Samples.incident()) {
            guard case .event(let event) = message else { continue }
            for format in try Samples.formats() {
                let own = rendering.addressed(to: "ops", event, at: Samples.opened)
                #expect(own.actions.count == ["opened": 3, "reminder": 3, "acknowledged": 2][name] ?? 0)
                let body = String(decoding: format.service.body(for: message, in: own), as: UTF8.self)
                // The lines of a mail are broken anywhere.
                let whole = body.replacing("=\r\n", with: "")
                for link in own.actions where format.name != .template {
                    #expect(whole.contains(link.url), "\(format.name) of \(name)")
                }
                if name == "opened" { text += "\(format.name)\t\(body)\n" }
            }
        }
        try Golden.check(text, is: "links.txt")
    }

    /// How it ended, and that it flaps.
    @Test func aNoteStandsBesideHowItEnded() throws {
        for (name, message) in Samples.messages(about: try Samples.incident()) {
            let noted: Message
            switch message {
            case .event(var event) where name == "resolved":
                event.note = "it is flapping"
                noted = .event(event)
            case .late(let opened, var resolved):
                resolved.note = "it is flapping"
                noted = .late(opened: opened, resolved: resolved)
            default: continue
            }
            let text = Briefing(noted, in: Rendering()).text
            #expect(text.hasSuffix("is back at or below 85. it is flapping"), "\(name)")
        }
    }

    @Test func eachFormatBearsTheRunbook() throws {
        let url = "https://wiki.example/a_b?x=1&y=*2*(3)"
        let incident = try Samples.incident(runbook: url)
        for (name, message) in Samples.messages(about: incident).prefix(5) {
            for format in try Samples.formats() where format.name != .template {
                let body = String(
                    decoding: format.service.body(for: message, in: Rendering()), as: UTF8.self)
                let whole = body.replacing("=\r\n", with: "").replacing("=3D", with: "=")
                    .replacing("&amp;", with: "&")
                #expect(whole.contains(url), "\(format.name) of \(name)")
            }
        }
    }

    @Test func whatIsOverSaysWhereTheValueIsByThen() throws {
        let words = "cpu mean 71.5 over the last 3 samples is back at or below 85"
        for (name, message) in Samples.messages(about: try Samples.incident()).prefix(5) {
            for format in try Samples.formats() where format.name != .template {
                let body = Samples.sent(message, format).replacing("=\r\n", with: "")
                let isOver = name == "resolved" || name == "late" && format.name != .email
                #expect(body.contains(words) || !isOver, "\(format.name) of \(name)")
                #expect(isOver || name == "late" || !body.contains("is back"), "\(format.name) of \(name)")
            }
        }
    }

    @Test func whatIsStoredHoldsNoAddressAndNoKey() throws {
        let message = Samples.messages(about: try Samples.incident())[0].1
        for format in try Samples.formats() {
            let stored = String(
                decoding: format.service.body(for: message, in: Samples.rendering), as: UTF8.self)
            for secret in [Samples.routingKey, "-1001234567890", "alerts-x7Jq", "@example.com"] {
                #expect(!stored.contains(secret), "\(format.name)")
            }
            let webhook = Samples.webhook(
                format, url: "https://api.telegram.org/bot110201543:AAHdqTcvCH1/sendMessage")
            let shown = "\(webhook)" + String(reflecting: webhook)
            #expect(!shown.contains(Samples.routingKey) && !shown.contains("AAHdqTcvCH1"), "\(format.name)")
        }
    }

    @Test func aStoredBodyOfAnotherFormatIsSentAsItIs() throws {
        for body in ["", "{", "{}", "Subject: x\r\n\r\n", "[1]"] {
            for format in try Samples.formats() where format.name != .email {
                let sent = Samples.webhook(format).body(of: Samples.delivery(of: Array(body.utf8)))
                #expect(String(decoding: sent, as: UTF8.self) == body)
            }
        }
    }

    @Test func theRequestIsSignedOverWhatIsSent() throws {
        let signing = try #require(SigningSecret(secret))
        for format in try Samples.formats() {
            let webhook = Webhook(
                name: "ops", url: Secret("https://hooks.example/"), format: format, secrets: [signing])
            let message = Samples.messages(about: try Samples.incident())[0].1
            let stored = format.service.body(for: message, in: Samples.rendering)
            let request = webhook.request(for: Samples.delivery(of: stored), at: Samples.opened)
            let check = Signature.check(
                id: request.fields["webhook-id"], timestamp: request.fields["webhook-timestamp"],
                signature: request.fields["webhook-signature"], body: request.body, secret: signing,
                at: Samples.opened)
            #expect(check == .ok, "\(format.name)")
            #expect(request.fields["content-type"] == format.service.fields["content-type"])
        }
    }

    /// Computed by Prometheus' own `model.LabelSet.Fingerprint`, whose empty set is FNV's offset basis.
    @Test func theFingerprintIsThatOfPrometheus() {
        #expect(Alertmanager.fingerprint(of: [:]) == "cbf29ce484222325")
        #expect(
            Alertmanager.fingerprint(of: ["name": "garland, briggs", "fear": "love is not enough"])
                == "5799056148416392346".hexadecimal)
    }

    @Test func anAlertKeepsItsFingerprintWhenItIsResolved() throws {
        let prints = try Samples.messages(about: Samples.incident()).prefix(5).map { _, message in
            let json = try JSONValue(Array(Samples.sent(message, .alertmanager).utf8))
            return json["alerts"]?.elements.first?["fingerprint"]?.text
        }
        #expect(Set(prints).count == 1)
        #expect(prints[0]?.utf8.count == 16)
    }

    @Test func aPagerDutyKeyIsThatOfTheIncidentAndNeverTooLong() throws {
        let messages = Samples.messages(about: try Samples.incident()).prefix(5)
        #expect(Set(messages.map { PagerDuty.key(of: $0.1) }) == ["cpu-high/10.0.0.7/1795435200000"])
        for machine in [String(repeating: "m", count: 300), "rack 1", "böse", "\n"] {
            let key = PagerDuty.key(of: Samples.messages(about: try Samples.incident(machine: machine))[0].1)
            #expect(key.utf8.count == 64)
        }
    }
}

extension String {
    /// A decimal number of 64 bits as 16 hexadecimal digits.
    fileprivate var hexadecimal: String {
        let digits = String(UInt64(self) ?? 0, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
