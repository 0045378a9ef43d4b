import Foundation
import Testing

/// The bodies of the formats in the eyes of code that we did not write; the bodies are those that
/// `GoldenTests` holds the formats to.
@Suite struct FormatPeerTests {
    private static let golden =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden/formats").path

    /// PyPI's `prometheus-alert-model`, which receivers of Alertmanager read their requests with.
    @Test func alertmanagersBodiesAreTakenByAReceiversModel() async throws {
        let script = """
            import sys
            from prometheus_alert_model import AlertGroup
            for line in open(sys.argv[1], encoding="utf-8"):
                name, body = line.rstrip("\\n").split("\\t", 1)
                group = AlertGroup.parse_raw(body)
                alert, = group.alerts
                assert group.version == "4" and group.receiver == "ops"
                assert group.common_labels == alert.labels and group.common_annotations == alert.annotations
                assert group.group_labels.items() <= alert.labels.items()
                assert alert.starts_at.isoformat() == "2026-11-23T12:00:00+00:00"
                assert (alert.ends_at.year == 1) == (alert.status == "firing") and group.status == alert.status
                print(name, alert.status)
            """
        let output = try await VerifierTests.output(["-c", script, Self.golden + "/alertmanager.txt"])
        #expect(
            output == """
                opened firing
                reminder firing
                acknowledged firing
                resolved resolved
                late resolved
                digest firing
                last digest resolved
                test firing
                drill firing
                hostile firing

                """)
    }

    /// Slack's own package, which knows the limits of each block.
    @Test func slacksBlocksAreTakenBySlacksModels() async throws {
        let script = """
            import json, sys
            from slack_sdk.models.blocks import Block
            for line in open(sys.argv[1], encoding="utf-8"):
                name, body = line.rstrip("\\n").split("\\t", 1)
                sent = json.loads(body)["blocks"]
                blocks = Block.parse_all(sent)
                for block in blocks: block.validate_json()
                assert [block.to_dict() for block in blocks] == sent, name
                print(name, len(blocks))
            """
        let output = try await VerifierTests.output(["-c", script, Self.golden + "/slack.txt"])
        #expect(output.split(separator: "\n").count == 10)
        #expect(output.hasSuffix("hostile 3\n"))
    }

    /// Python's own reader of mail, which lists what a message does against the rules.
    @Test func mailsAreReadWithoutADefect() async throws {
        let script = """
            import re, sys
            from email import message_from_string, policy
            text = open(sys.argv[1], encoding="ascii", newline="").read()
            for part in re.split(r"^# ", text, flags=re.M)[1:]:
                name, body = part.split("\\n", 1)
                mail = message_from_string(body.removesuffix("\\n"), policy=policy.default)
                defects = mail.defects + [d for field in mail.values() for d in field.defects]
                assert not defects, (name, defects)
                assert [a.addr_spec for a in mail["to"].addresses] == ["ops@example.com", "b@example.com"]
                print(mail["date"].datetime.isoformat(), mail["subject"])
                if name == "hostile": print(mail.get_content()[:24])
            """
        let lines = try await VerifierTests.output(["-c", script, Self.golden + "/email.txt"]).split(
            separator: "\n")
        #expect(lines.count == 11)
        #expect(lines.first == "2026-11-23T12:00:00+00:00 [CRITICAL] OPEN: cpu-high on 10.0.0.7")
        let subject = #"[CRITICAL] OPEN: cpu-high on <img src=x onerror=alert(1)> @everyone *_~| "\ é"#
        #expect(lines[9] == "2026-11-23T12:00:00+00:00 \(subject)")
        #expect(lines[10] == "a&<b>a&<b>a&<b>a&<b>a&<b")
    }
}
