import Foundation
import Notifiers
import TestSupport
import Testing

@Suite struct ServiceTests {
    @Test func aBreachIsPushedSignedAndServedAndASignalEndsTheService() async throws {
        let fleet = try TestFleet(machines: 3) { $0 == 1 ? 97 : 20 }
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        try folder.write(rules(fleet, receiver), to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        await receiver.received(1)
        let webhook = try #require(receiver.webhooks.first)
        #expect(webhook.check == .ok)
        #expect(String(decoding: webhook.body, as: UTF8.self).contains(#""machine":"m1""#))
        let incidents = try await get(url + "/api/incidents")
        #expect(incidents.status == 200)
        #expect(incidents.body.contains(#""message":"cpu mean 97 over the last 2 samples is above 85""#))
        let detail = try await get(url + "/api/incidents/1")
        #expect(detail.body.contains(#""evidence":[{"at":""#))
        #expect(detail.body.contains(#""webhook":"ops""#))
        #expect(try await get(url + "/api/sources").body.contains(#""state":"healthy""#))
        #expect(try await get(url + "/readyz").status == 200)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }

    @Test func savingTheFileReloadsItAndABadOneLeavesTheOldRulesInForce() async throws {
        let fleet = try TestFleet(machines: 2) { _ in 50 }
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        try folder.write(rules(fleet, receiver), to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        try await gateway.line("rules accepted", "version=1")
        // Written to another file and renamed over it, as editors do.
        try folder.write(rules(fleet, receiver) + "\nrule: []\n", to: "rules.yaml")
        try await gateway.line("rules file refused; the rules in force go on")
        #expect(try await gateway.line("fault in the rules file").contains("did you mean"))
        #expect(try await get(url + "/api/incidents?rule=cpu-high").body == "[]")
        try folder.write(rules(fleet, receiver, above: 40), to: "rules.yaml")
        try await gateway.line("rules accepted", "version=2")
        // Two of the refusal and its end, two of the machines.
        await receiver.received(4)
        // A removed rule ends its incidents.
        try folder.write(
            rules(fleet, receiver, above: 40).replacingOccurrences(of: "name: cpu-high", with: "name: other"),
            to: "rules.yaml")
        try await gateway.line("rules accepted", "version=3")
        try await gateway.line("incident.resolved", "rule=cpu-high")
        #expect(
            try await get(url + "/api/incidents?rule=cpu-high&status=resolved").body.contains("rule removed"))
        gateway.send(SIGINT)
        #expect(await gateway.ended() == 0)
    }

    @Test func aSecondGatewayOnTheSameDatabaseIsRefused() async throws {
        let fleet = try TestFleet(machines: 1) { _ in 1 }
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        try folder.write(rules(fleet, receiver), to: "rules.yaml")
        let first = try GatewayProcess(in: folder)
        _ = try await first.url()
        let second = try GatewayProcess(in: folder)
        #expect(await second.ended() == 1)
        #expect(second.log.all.contains("gateway.db is in use by another gateway (process "))
        first.send(SIGTERM)
        #expect(await first.ended() == 0)
    }

    @Test func aMissingRulesFileIsAClearError() async throws {
        let gateway = try GatewayProcess(in: try TemporaryFolder())
        #expect(await gateway.ended() == 1)
        #expect(gateway.log.all.contains("rules.yaml"))
    }
}
