import Rules
import Testing

@testable import Notifiers

/// `digest` and `fallback` of webhooks, as rules.yaml says them.
@Suite struct StormSettingsTests {
    func read(_ items: [String]) -> (webhooks: [Webhook], says: [String]) {
        let faults = Faults(in: "rules.yaml")
        let yaml = "webhooks:\n" + items.map { "  - {url: 'http://h', \($0)}\n" }.joined()
        let environment = Environment(variables: [:]) { _ throws(FileError) in throw .missing }
        guard var file = Section.root(of: Array(yaml.utf8), environment: environment, reporting: faults)
        else {
            return ([], ["no file"])
        }
        let section = WebhooksSection(of: &file, rules: nil)
        file.finish()
        return (
            section.webhooks,
            faults.all.map { $0.message + ($0.cure.map { "; \($0)" } ?? "") }
        )
    }

    @Test func whatPeopleReadIsToldByDigestsUnlessTheySayOtherwise() {
        let (webhooks, says) = read([
            "name: a, format: slack", "name: b, format: slack, digest: off", "name: c",
            "name: d, digest: {over: 1000/m}", "name: e, format: discord, digest: {over: 1/m}",
            "name: f, format: alertmanager",
        ])
        #expect(says.isEmpty)
        #expect(webhooks.map(\.digestOver) == [30, nil, nil, 1000, 1, nil])
        let usual = Webhook.Format.Name.allCases.filter {
            [.slack, .discord, .teams, .telegram, .ntfy, .email].contains($0)
        }
        #expect(
            Set((try? Samples.formats())?.filter { $0.usualDigest == 30 }.map(\.name) ?? []) == Set(usual))
    }

    @Test(arguments: ["30", "0/m", "1001/m", "-1/m", "30/s", "/m", "30 /m", "99999999999999999999/m"])
    func aRateIsSoManyEventsAMinute(_ rate: String) {
        #expect(
            read(["name: a, digest: {over: '\(rate)'}"]).says == [
                "'over' must be a rate from 1/m to 1000/m, not '\(rate)'; write it as 30/m: so many events a minute"
            ])
    }

    @Test func digestIsAMappingOrOff() {
        let cure = "write 'digest: {over: 30/m}' or 'digest: off'"
        #expect(
            read(["name: a, digest: on", "name: b, digest: {}"]).says == [
                "'digest' must be a mapping or 'off', not 'on'; \(cure)",
                "'digest' needs 'over'; add over: 30/m",
            ])
    }

    @Test func aFallbackIsAnotherWebhookOfTheFile() {
        // Before it is defined, and the other way round.
        let (webhooks, says) = read([
            "name: ops, fallback: pager", "name: pager, fallback: ops, fallback_after: 2m",
        ])
        #expect(says.isEmpty)
        #expect(
            webhooks.map(\.fallback) == [.init(to: "pager"), .init(to: "ops", after: .seconds(120))])
        #expect(webhooks.first?.fallback?.after == .seconds(600))
        #expect(
            read([
                "name: ops, fallback: ops", "name: pager, fallback: opps", "name: mail, fallback: zzzzzz",
                "name: chat, fallback_after: 5m",
            ]).says == [
                "the webhook 'ops' is its own fallback; name another webhook, or remove the key",
                "there is no webhook 'opps'; did you mean 'ops'?",
                "there is no webhook 'zzzzzz'; webhooks: chat, ops, pager",
                "'fallback_after' has no 'fallback'; add fallback: and the name of a webhook",
            ])
    }
}
