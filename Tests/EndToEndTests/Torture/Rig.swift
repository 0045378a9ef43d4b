import Foundation
import Synchronization
import TestSupport
import Testing

/// A gateway between a fleet and a receiver that keep account of what they said and were told.
final class Rig: Sendable {
    let folder: TemporaryFolder
    let fleets: [Fleet]
    let receiver: Receiver
    /// What answers them, for as long as the rig is there.
    private let servers: [any Sendable]

    var fleet: Fleet { fleets[0] }

    /// A rig whose peers do nothing wrong, but for what `accepts` says of the receiver.
    convenience init(
        isKeepingAlive: Bool = true, listen: String = "127.0.0.1:0",
        accepts: @escaping @Sendable () -> Bool = { true }
    ) throws {
        let (fleet, receiver) = (Fleet(), try Receiver())
        let source = try FleetServer(fleet, isKeepingAlive: isKeepingAlive)
        let sink = try ReceiverServer(receiver, accepts: accepts)
        try self.init(
            [(fleet, source.url)], receiver, at: sink.url, listen: listen, servers: [source, sink])
    }

    /// A rig whose peers listen at URLs of a test's own.
    init(
        _ fleets: [(fleet: Fleet, url: String)], _ receiver: Receiver, at url: String,
        listen: String = "127.0.0.1:0", servers: [any Sendable]
    ) throws {
        folder = try TemporaryFolder()
        self.fleets = fleets.map(\.fleet)
        self.receiver = receiver
        self.servers = servers
        let sources = fleets.map {
            "  - {name: \($0.fleet.name), url: \"\($0.url)\", interval: 100ms, timeout: 500ms, json: {metrics: {cpu: cpu}}}"
        }
        try folder.write(
            """
            sources:
            \(sources.joined(separator: "\n"))
            rules:
              - {name: cpu-high, metric: cpu, window: 2, above: 85, severity: critical}
            webhooks:
              - {name: ops, url: "\(url)", secret: \(Receiver.secret), timeout: 1s}
            server: {listen: "\(listen)", token: torture-torture-torture}
            storage: {path: store/gateway.db}
            """, to: "rules.yaml")
        try FileManager.default.createDirectory(
            atPath: storeFolder, withIntermediateDirectories: false)
    }

    var storeFolder: String { folder.path + "/store" }
    var database: String { storeFolder + "/gateway.db" }

    func start(through launcher: [String] = [], environment: [String: String] = [:]) throws -> GatewayProcess
    {
        try GatewayProcess(in: folder, launcher: launcher, environment: environment)
    }

    /// The process that has the database, whatever it was started by.
    func holder() throws -> Int32 {
        let text = try String(contentsOfFile: database + ".lock", encoding: .utf8)
        return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int32($0) })
    }

    /// What a fault may tell of itself.
    struct Trial {
        /// The API of the gateway.
        let url: String
        var tried = 1
        /// From the end of the fault to the next webhook that was accepted; nil where it has no end.
        var recovered: Duration?
        var note = ""
    }

    /// Has `fault` come over a gateway that is warm, sees that it is as it was once the fault is over, and that all was
    /// told once and in order; puts that on record.
    func endure(
        _ name: String, _ gateway: GatewayProcess, _ fault: (inout Trial) async throws -> Void
    ) async throws {
        var trial = Trial(url: try await gateway.url().replacing("0.0.0.0", with: "127.0.0.1"))
        try await receiver.accepts(20)
        let before = try Vitals(of: gateway.identifier)
        try await fault(&trial)
        try await receiver.accepts(20)
        let after = try Vitals(of: gateway.identifier)
        let ledger = try await settle(gateway, at: trial.url)
        ledger.expectClean()
        #expect(after.isBack(to: before), "\(before) \(after)")
        Torture.report(
            .init(
                fault: name, tried: trial.tried, ledger: ledger, recovered: trial.recovered, before: before,
                after: after, note: trial.note))
    }

    /// Has the breaches end and all be told, ends the gateway and looks at what it leaves.
    ///
    /// What waits for its next attempt is sent at once because a person asks for it.
    func settle(_ gateway: GatewayProcess, at url: String) async throws -> Ledger {
        for fleet in fleets { fleet.end() }
        let wanted = fleets.map { "/api/incidents?status=open&source=\($0.name)" }
        while try await !isSettled(url, wanted) {
            try await Task.sleep(for: .milliseconds(100))
            _ = try await ask("POST", url + "/api/webhooks/ops/enable")
        }
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        return try Ledger(of: self)
    }

    private func isSettled(_ url: String, _ open: [String]) async throws -> Bool {
        guard fleets.allSatisfy(\.isCalm) else { return false }
        for path in open where try await ask("GET", url + path).body != "[]" { return false }
        return try await ask("GET", url + "/api/webhooks").body.contains(#""pending":0"#)
    }

    func ask(_ method: String, _ url: String) async throws -> (status: Int, body: String) {
        try await send(method, url, token: "torture-torture-torture")
    }
}
