import Foundation
import Notifiers
import Rules
import Store
import Synchronization
import TestSupport
import Testing

/// `kill -9` at random instants while incidents open and resolve, and the receiver fails half of its answers.
@Suite struct KillTests {
    static let rounds = ProcessInfo.processInfo.environment["TORTURE_ROUNDS"].flatMap { Int($0) } ?? 20

    @Test func nothingIsLostAndNothingIsDoubled() async throws {
        let isCalm = Mutex(false)
        // Each machine is in breach for a third of a cycle of its own, until all are calm.
        let fleet = try TestFleet(machines: 30) { machine in
            let isBreaching = (now().milliseconds / 100 + Int64(machine)) % 12 < 4
            return isBreaching && !isCalm.withLock(\.self) ? 99 : 10
        }
        let mood = Mood()
        let receiver = try TestReceiver { mood.accepts($0) }
        let folder = try TemporaryFolder()
        try folder.write(rules(fleet, receiver), to: "rules.yaml")
        for _ in 0..<Self.rounds {
            let gateway = try GatewayProcess(in: folder)
            _ = try await gateway.url()
            // The one sleep of the tests: what is wanted is an instant that nothing in the gateway chooses.
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...350)))
            gateway.send(SIGKILL)
            #expect(await gateway.ended() == 128 + SIGKILL)
        }
        isCalm.withLock { $0 = true }
        try await settle(folder, mood)
        try await check(folder, receiver)
    }

    /// The last start. What waits for its next attempt is sent at once because a person asks for it.
    private func settle(_ folder: TemporaryFolder, _ mood: Mood) async throws {
        mood.acceptAll()
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        while try await get(url + "/api/incidents?status=open").body != "[]" {}
        while try await !get(url + "/api/webhooks").body.contains(#""pending":0"#) {
            #expect(try await post(url + "/api/webhooks/ops/enable") == 200)
        }
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }

    private func check(_ folder: TemporaryFolder, _ receiver: TestReceiver) async throws {
        let store = try StoreWriter(path: folder.database, newInstance: "") { now() }
        let reader = try StoreReader(path: folder.database, of: store)
        var accepted: [String: [UInt8]] = [:]
        for webhook in receiver.webhooks {
            #expect(webhook.check == .ok)
            let known = accepted.updateValue(webhook.body, forKey: webhook.id)
            #expect(known == nil || known == webhook.body, "\(webhook.id) stands for two events")
        }
        let everAccepted = Set(receiver.webhooks.filter(\.accepted).map(\.id))
        var query = IncidentQuery()
        query.limit = 1000
        query.source = "fleet"
        var spans: [String: [(opened: Timestamp, resolved: Timestamp?)]] = [:]
        var incidents = 0
        repeat {
            let (page, more) = try reader.incidents(matching: query)
            for incident in page {
                let record = try #require(try reader.record(of: incident.id))
                #expect(record.events.map(\.kind) == ["incident.opened", "incident.resolved"])
                #expect(record.deliveries.count == 2)
                let last = try #require(record.deliveries.last)
                for report in record.deliveries {
                    // What the last one says too need not arrive by itself.
                    let isSaidByLast = report.delivery.supersededBy == last.delivery.id
                    #expect(report.delivery.state == (isSaidByLast ? .superseded : .delivered))
                    #expect(
                        isSaidByLast || everAccepted.contains(report.delivery.messageID),
                        "never reached the receiver")
                }
                spans[incident.machine, default: []].append((incident.openedAt, incident.resolvedAt))
            }
            incidents += page.count
            query.before = more ? page.last?.id : nil
        } while query.before != nil
        #expect(incidents >= Self.rounds, "the rounds opened incidents")
        for (machine, spans) in spans {
            for (later, earlier) in zip(spans, spans.dropFirst()) {
                let end = try #require(earlier.resolved)
                #expect(end <= later.opened, "\(machine) had two incidents open at once")
            }
        }
    }
}

/// How a receiver answers.
private final class Mood: Sendable {
    private let acceptsAll = Mutex(false)

    func acceptAll() { acceptsAll.withLock { $0 = true } }

    /// Every other request is refused, until all are accepted.
    func accepts(_ number: Int) -> Bool {
        acceptsAll.withLock { $0 || number.isMultiple(of: 2) }
    }
}
