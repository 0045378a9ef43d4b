import Foundation
import Testing

/// The bodies of the formats in the eyes of code that we did not write; the bodies are those that
/// `GoldenTests` holds the formats to.
@Suite struct FormatPeerTests {
    private static let golden =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden/formats").path

    /// PyPI's `prometheus-alert-model`, which receivers of Alertmanager read their requests with.
    @Test func alertmanagersBodiesAreTakenByAReceiversModel() throws {
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
        let output = try VerifierTests.output(["-c", script, Self.golden + "/alertmanager.txt"])
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
    @Test func slacksBlocksAreTakenBySlacksModels() throws {
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
        let output = try VerifierTests.output(["-c", script, Self.golden + "/slack.txt"])
        #expect(output.split(separator: "\n").count == 10)
        #expect(output.hasSuffix("hostile 3\n"))
    }
}
