import Rules
import Testing

@testable import Notifiers

/// What rules.yaml may say of a format, and how its slips are told.
@Suite struct FormatSettingsTests {
    private func read(_ yaml: String) -> (webhooks: [Webhook], faults: String) {
        let faults = Faults(in: "rules.yaml")
        let environment = Environment(variables: [
            "KEY": Samples.routingKey, "TOKEN": "110201543:AAHdqTcvCH1",
        ])
        var webhooks: [Webhook] = []
        if var file = Section.root(of: Array(yaml.utf8), environment: environment, reporting: faults) {
            webhooks = WebhooksSection(of: &file, rules: nil).webhooks
            file.finish()
        }
        return (webhooks, faults.all.map(\.description).joined(separator: "\n"))
    }

    private func webhook(_ lines: String) -> String {
        "webhooks:\n  - name: ops\n" + lines.split(separator: "\n").map { "    \($0)\n" }.joined()
    }

    @Test func eachFormatIsRead() throws {
        let cases: [(String, Webhook.Format.Name, String)] = [
            ("url: https://h.example/", .standard, "https://h.example/"),
            ("format: alertmanager\nurl: https://h.example/", .alertmanager, "https://h.example/"),
            ("format: slack\nurl: https://h.example/", .slack, "https://h.example/"),
            ("format: discord\nurl: https://h.example/", .discord, "https://h.example/"),
            ("format: teams\nurl: https://h.example/", .teams, "https://h.example/"),
            ("format: pagerduty\nrouting_key: ${KEY}", .pagerduty, PagerDuty.url),
            ("format: pagerduty\nsecret: ${KEY}", .pagerduty, PagerDuty.url),
            (
                "format: telegram\nurl: https://api.telegram.org/bot${TOKEN}/sendMessage\nchat_id: -100123",
                .telegram, "https://api.telegram.org/bot110201543:AAHdqTcvCH1/sendMessage"
            ),
            ("format: ntfy\ntopic: alerts-x7Jq", .ntfy, "https://ntfy.sh"),
            ("format: template\nurl: https://h.example/\ntemplate: '{}'", .template, "https://h.example/"),
            (
                "format: email\nurl: smtps://mail.example.com\nfrom: a@example.com\nto: [b@example.com]",
                .email, "smtps://mail.example.com"
            ),
        ]
        for (yaml, name, url) in cases {
            let (webhooks, faults) = read(webhook(yaml))
            #expect(faults == "")
            #expect(webhooks.first?.format.name == name)
            #expect(webhooks.first?.url.revealed == url)
        }
    }

    @Test(
        arguments: [
            ("proxy: http://p.example:3128", "'proxy' means nothing to a webhook of the format 'email'"),
            ("method: PUT", "'method' means nothing to a webhook of the format 'email'"),
            ("headers: {X-Team: core}", "'headers' means nothing to a webhook of the format 'email'"),
            ("secret: x", "'secret' means nothing to a webhook of the format 'email'"),
            ("auth: {bearer: x}", "'bearer' means nothing to a mail server"),
        ])
    func whatAMailCannotDoIsRefused(line: String, fault: String) {
        let yaml = "format: email\nurl: smtps://mail.example.com\nfrom: a@example.com\nto: b@example.com\n"
        let (_, faults) = read(webhook(yaml + line))
        #expect(faults.contains("error: \(fault)"), "\(faults)")
        #expect(faults.split(separator: "\n").count { $0.contains(": error: ") } == 1)
    }

    @Test(
        arguments: [
            (
                "format: telegram\nurl: https://api.telegram.org/bot1:x/sendMessage",
                "a webhook needs 'chat_id'",
                "add chat_id: -1001234567890, the number of the chat, or \"@channel\""
            ),
            (
                "format: telegram\nurl: https://api.telegram.org/bot1:x\nchat_id: 1",
                "the URL of a telegram webhook ends in /bot, the bot's token, and /sendMessage",
                "write url: https://api.telegram.org/bot${TELEGRAM_TOKEN}/sendMessage"
            ),
            (
                "format: telegram\nurl: https://api.telegram.org/bot1:x/sendMessage\nchat_id: me",
                "'chat_id' must be the number of a chat, or '@' and the name of a channel, not 'me'", nil
            ),
            (
                "format: pagerduty", "the format 'pagerduty' needs 'routing_key'",
                "add routing_key: ${PAGERDUTY_KEY}, the integration key of an Events API V2 integration"
            ),
            (
                "format: pagerduty\nrouting_key: abc", "a routing key has 32 characters",
                "it is the integration key of an Events API V2 integration, not of the REST API"
            ),
            (
                "format: ntfy\nurl: https://ntfy.sh/mine", "a webhook needs 'topic'",
                "add topic: a name that is hard to guess; url is the server alone: https://ntfy.sh"
            ),
            (
                "format: email\nurl: https://mail.example.com\nfrom: a@example.com\nto: b@example.com",
                "the URL of a mail server begins with smtp:// or smtps://",
                "add url: smtps://mail.example.com, or smtp://mail.example.com:587"
            ),
            (
                "format: email\nurl: smtp://mail.example.com\nfrom: a@example.com\nto: Bob <b@example.com>",
                "'to' must be an address such as ops@example.com, not 'Bob <b@example.com>'", nil
            ),
            (
                "format: template\nurl: https://h.example/", "a webhook needs 'template'",
                "write 'template: |' and the JSON on the lines below, indented"
            ),
            (
                "format: template\nurl: https://h.example/\ntemplate: {text: x}",
                "'template' must be a text, not a mapping",
                "write 'template: |' and the JSON on the lines below, indented"
            ),
            (
                "format: template\nurl: https://h.example/\ntemplate: ' '", "'template' is empty",
                "write 'template: |' and the JSON on the lines below, indented"
            ),
            (
                "format: slak\nurl: https://h.example/\nchat_id: 1",
                "'format' must be standard, alertmanager, slack, discord, teams, pagerduty, telegram, ntfy, "
                    + "template or email, not 'slak'", "did you mean 'slack'?"
            ),
        ] as [(String, String, String?)])
    func aSlipIsToldWithItsCure(yaml: String, message: String, cure: String?) {
        let (webhooks, faults) = read(webhook(yaml))
        #expect(webhooks.isEmpty)
        let lines = faults.split(separator: "\n")
        #expect(lines.count { $0.contains(": error: ") } == 1, "\(faults)")
        #expect(lines.first?.hasSuffix(": error: \(message)") == true, "\(faults)")
        #expect(cure.map { faults.hasSuffix("help: \($0)") } ?? true, "\(faults)")
    }

    @Test func aKeyOfAnotherFormatIsRefused() {
        let faults = read(webhook("format: slack\nurl: https://h.example/\nchat_id: 1")).faults
        #expect(faults.contains("rules.yaml:5:5: error: unknown key 'chat_id'"))
    }

    @Test func noFaultShowsAKey() {
        for yaml in ["routing_key: ${KEY}x", "secret: e93facc04764012d", "routing_key: [e93facc04764012d]"] {
            #expect(!read(webhook("format: pagerduty\n" + yaml)).faults.contains("e93facc0"))
        }
    }
}

/// A template is checked when the rules file loads; its faults stand at their place.
@Suite struct TemplateTests {
    private func faults(_ template: String) -> [String] {
        let yaml =
            "webhooks:\n  - name: ops\n    url: https://h.example/\n    format: template\n    template: |\n"
            + template.split(separator: "\n").map { "      \($0)\n" }.joined()
        let faults = Faults(in: "rules.yaml")
        let environment = Environment(variables: [:])
        if var file = Section.root(of: Array(yaml.utf8), environment: environment, reporting: faults) {
            _ = WebhooksSection(of: &file, rules: nil)
        }
        return faults.all.map { fault in
            "\(fault.mark?.line ?? 0):\(fault.mark?.column ?? 0): \(fault.message) | \(fault.cure ?? "")"
        }
    }

    private static let placeholders = TemplateValues.names.joined(separator: ", ")
    private static let json =
        "without its placeholders it must be JSON; those within \"…\" are escaped by themselves"
    private static let filters = "filters: default, json, lower, round, truncate, upper"
    private static let usage =
        "write |upper, |lower, |json, |default:\"text\", |round:0 to 9 or |truncate:1 to 10000"

    @Test(
        arguments: [
            (
                "{\"a\": 1,\n \"b\": \"{{incident.machne}}\"}",
                "7:16: there is no placeholder 'incident.machne' | did you mean 'incident.machine'? "
                    + "placeholders: \(placeholders)"
            ),
            (
                "{\"b\": \"{{incident.machine|uper}}\"}",
                "6:33: there is no filter 'uper' | did you mean 'upper'? \(filters)"
            ),
            (
                "{\"b\": \"{{incident.value|round:x}}\"}",
                "6:31: the filter 'round' is not used like this | \(usage)"
            ),
            (
                "{\"b\": \"{{incident.value|default:x}}\"}",
                "6:31: the filter 'default' is not used like this | \(usage)"
            ),
            ("{\"b\": \"{{incident.value|}}\"}", "6:31: a filter is missing after '|' | \(filters)"),
            ("{\"b\": \"{{}}\"}", "6:16: the placeholder is empty | placeholders: \(placeholders)"),
            (
                "{\"b\": \"{{incident.machine}\"}",
                "6:14: '{{' is never closed | close it on its line: {{incident.machine}}"
            ),
            (
                "{\"b\": \"incident.machine}}\"}",
                "6:30: '}}' closes no placeholder | open it with '{{', or remove it"
            ),
            ("{\"a\": 1,\n \"b\" 2}", "7:12: the template is not JSON here: expected ':' | \(json)"),
            (
                "{\"a\": {{incident.id}} {{incident.id}}}",
                "6:29: the template is not JSON here: expected ',' or '}' | \(json)"
            ),
            ("{\"a\": nothing}", "6:13: the template is not JSON here: expected a value | \(json)"),
            ("{\"a\": [1, 2}", "6:18: the template is not JSON here: expected ',' or ']' | \(json)"),
            ("{\"a\": 1} x", "6:16: the template is not JSON here: expected the end | \(json)"),
            (
                "{{incident.machine|json|upper}} {",
                "6:39: the template is not JSON here: expected the end | \(json)"
            ),
        ])
    func aFaultStandsAtItsPlace(template: String, fault: String) {
        #expect(faults(template) == [fault])
    }

    @Test func aPlaceIsFoundInEachStyleOfYAML() throws {
        let styles = [
            ("template: |\n      {\"a\":\n       x}", "7:8"),
            ("template: >-\n      {\"a\":\n\n      x}", "8:7"),
            ("template: '{\"it''s\": x}'", "5:26"), (#"template: "{\"a\": x}""#, "5:24"),
            // Behind a variable nobody knows where a character stands.
            ("template: '{\"${NAME}\": x}'", "5:15"),
        ]
        for (style, place) in styles {
            let yaml =
                "webhooks:\n  - name: ops\n    url: https://h.example/\n    format: template\n    \(style)\n"
            let faults = Faults(in: "rules.yaml")
            let environment = Environment(variables: ["NAME": "some name"])
            var file = try #require(
                Section.root(of: Array(yaml.utf8), environment: environment, reporting: faults))
            _ = WebhooksSection(of: &file, rules: nil)
            #expect(faults.all.map { "\($0.mark?.line ?? 0):\($0.mark?.column ?? 0)" } == [place], "\(style)")
        }
    }

    @Test func aFaultNeverShowsTheLineForItMayHoldAToken() throws {
        let yaml =
            "webhooks:\n  - {name: ops, url: 'https://h.example/', format: template, template: '{\"token\": s3cr3t}'}\n"
        let faults = Faults(in: "rules.yaml")
        var file = try #require(
            Section.root(of: Array(yaml.utf8), environment: Environment(variables: [:]), reporting: faults))
        _ = WebhooksSection(of: &file, rules: nil)
        let text = faults.all.map(\.description).joined()
        #expect(text.contains("2:83: error: the template is not JSON here: expected a value"), "\(text)")
        #expect(!text.contains("s3cr3t"))
    }

    @Test(
        arguments: [
            ("{{incident.machine}}", #""a \"b\" \\ c""#),
            (#""<{{incident.machine}}>""#, #""<a \"b\" \\ c>""#),
            (#""{{incident.machine|json}}""#, #""\"a \\\"b\\\" \\\\ c\"""#),
            ("{{incident.machine|json}}", #""a \"b\" \\ c""#),
            (#"["\"{{incident.rule|upper}}\""]"#, #"["\"CPU-HIGH\""]"#),
            ("{{incident.value}}", "91.33"), ("{{incident.value|round:0}}", "91"),
            ("{{incident.id}}", "42"), ("{{incident.resolved_at}}", "null"),
            (#"{{incident.resolved_at|default:"still open"}}"#, #""still open""#),
            (#""{{incident.resolved_at|default:"|}}"}}""#, #""|}}""#),
            ("{{incident.labels}}", #"{"env":"production","team":"core"}"#),
            (#""{{incident.labels}}""#, #""env=production, team=core""#),
            ("{{incident.labels.env}}", #""production""#), ("{{incident.labels.none}}", "null"),
            (#""{{incident.labels.none|default:0}}""#, #""0""#),
            ("{{incident.message|truncate:4}}", #""cpu…""#),
            (#""{{event.state}} {{event.type}}""#, #""OPEN incident.opened""#),
            (#"{"a":{"b":{"c":1}}}"#, #"{"a":{"b":{"c":1}}}"#),
            (#""\\{{incident.id}}""#, #""\\42""#),
        ])
    func aPlaceholderStandsForItsValue(template: String, result: String) throws {
        let incident = try Samples.incident(machine: #"a "b" \ c"#)
        let message = Samples.messages(about: incident)[0].1
        let body = try Template(template).body(for: message, in: Samples.rendering)
        #expect(String(decoding: body, as: UTF8.self) == result)
    }
}
