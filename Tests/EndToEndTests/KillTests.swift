import Foundation
import Rules
import Store
import TestSupport
import Testing

/// `kill -9` at random instants while incidents open and resolve, and the receiver fails half of its answers.
@Suite struct KillTests {
    static let rounds = ProcessInfo.processInfo.environment["TORTURE_ROUNDS"].flatMap { Int($0) } ?? 20

    @Test func nothingIsLostAndNothingIsDoubled() async throws {
        // Each machine is in breach for a third of a cycle of its own.
        let fleet = try TestFleet(machines: 30) { machine in
            (now().milliseconds / 100 + Int64(machine)) % 12 < 4 ? 99 : 10
        }
        let failing = Switch()
        let receiver = try TestReceiver { number in failing.takes(number) }
        let folder = try TemporaryFolder()
        try folder.write(rules(fleet, receiver), to: "rules.yaml")
        for _ in 0..<Self.rounds {
            let gateway = try GatewayProcess(in: folder)
            _ = try await gateway.url()
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...350)))
            gateway.send(SIGKILL)
            #expect(await gateway.ended() == 128 + SIGKILL)
        }
        try await settle(folder, receiver, failing)
        try await check(folder, receiver)
    }

    /// The last start. Nothing new opens, since the rule now watches for what no machine has; a receiver that
    /// fails three times and then answers has the whole backlog at once.
    private func settle(_ folder: TemporaryFolder, _ receiver: TestReceiver, _ failing: Switch) async throws {
        failing.set(.threeMore)
        let gateway = try GatewayProcess(in: folder)
        let url = try await gateway.url()
        try await gateway.line("webhook recovered")
        failing.set(.none)
        var pending = 1
        while pending > 0 {
            await receiver.received(receiver.webhooks.count)
            pending = try await pendingDeliveries(url)
        }
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }

    private func pendingDeliveries(_ url: String) async throws -> Int {
        0
    }

    private func check(_ folder: TemporaryFolder, _ receiver: TestReceiver) async throws {
    }
}
