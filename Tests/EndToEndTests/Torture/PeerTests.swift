import Foundation
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// Whoever the gateway talks to does anything but what it should.
    @Suite struct PeerTests {
        struct Fault: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let actions: [LoopbackPeer.Action]

            init(_ name: String, _ actions: LoopbackPeer.Action...) {
                (testDescription, self.actions) = (name, actions)
            }
        }

        private static let page = [UInt8](repeating: UInt8(ascii: "<"), count: 10 << 20)
        /// The head of a record of TLS 1.2, and nothing that such a record may hold.
        private static let garbage: [UInt8] = [0x16, 3, 3, 0x40, 0] + (0..<200).map { $0 &* 151 }

        static let sourceFaults = [
            Fault("late", .hang),
            Fault(
                "half an answer", .send("HTTP/1.1 200 Fine\r\nContent-Length: 1000\r\n\r\n[{\"mach"), .close),
            Fault("nonsense in place of JSON", .answer(200, body: Array("<html>]}{\0\u{1}".utf8))),
            Fault(
                "an endless body", .send("HTTP/1.1 200 Fine\r\n\r\n["),
                .sendEndlessly([UInt8](repeating: 0x20, count: 65536))),
            Fault("a reset", .reset),
            Fault("TLS garbage in place of HTTP", .send(garbage), .close),
        ]

        /// The short part is one of them; what is made of each is shown in `ClientFailureTests`.
        @Test(arguments: Torture.isLong ? sourceFaults : [sourceFaults[1]])
        func aSourceThatLiesHarmsNoOther(fault: Fault) async throws {
            let (good, liar, receiver) = (Fleet(), Fleet("liar", machines: 5), try Receiver())
            let source = try FleetServer(good)
            let sink = try ReceiverServer(receiver)
            let turn = Mutex((requests: 0, faults: 0))
            let peer = try LoopbackPeer { _ in
                let isFaulty = turn.withLock { turn in
                    turn.requests += 1
                    let isFaulty = !liar.isCalm && turn.requests % 40 < 5
                    turn.faults += isFaulty ? 1 : 0
                    return isFaulty
                }
                return isFaulty ? fault.actions : [.answer(200, body: liar.answer())]
            }
            let rig = try Rig(
                [(good, source.url), (liar, peer.url + "/metrics")], receiver, at: sink.url,
                servers: [source, sink])
            let gateway = try rig.start()
            while liar.answers < 40 { try await receiver.accepts() }
            try await rig.endure("source: \(fault.testDescription)", gateway) { trial in
                while liar.answers < (Torture.isLong ? 200 : 60) { try await receiver.accepts() }
                trial.tried = turn.withLock(\.faults)
            }
        }

        static let receiverFaults = [
            Fault("500", .answer(500, body: Array("no disk left\n".utf8))),
            Fault("429 for some seconds", .answer(429, fields: ["Retry-After: 2"])),
            Fault("408", .answer(408)),
            Fault("301", .answer(301, fields: ["Location: /elsewhere"])),
            Fault("reset", .reset),
            Fault("hangs", .hang),
            Fault(
                "one byte after the other", .send("HTTP/1.1 200 Fine\r\nContent-Length: 1000\r\n\r\n"),
                .trickle([UInt8](repeating: 0x20, count: 1000), pause: 50)),
            Fault("10 MB", .answer(500, body: page)),
            Fault("TLS garbage", .send(garbage), .close),
        ]

        /// The short part is one of them; what is made of each is shown in `ReceiverSocketTests`.
        @Test(arguments: Torture.isLong ? receiverFaults : [receiverFaults[4]])
        func aReceiverThatFailsIsToldWhenItIsBack(fault: Fault) async throws {
            let (fleet, receiver) = (Fleet(), try Receiver())
            let source = try FleetServer(fleet)
            let isFaulty = Mutex(false)
            let faults = Mutex(0)
            let peer = try LoopbackPeer { request in
                let fails = isFaulty.withLock(\.self)
                receiver.note({ request.values($0).first }, request.body, isAccepted: !fails)
                guard fails else { return [.answer(204)] }
                faults.withLock { $0 += 1 }
                return fault.actions
            }
            let rig = try Rig(
                [(fleet, source.url)], receiver, at: peer.url + "/alerts", servers: [source])
            let gateway = try rig.start()
            try await rig.endure("receiver: \(fault.testDescription)", gateway) { trial in
                isFaulty.withLock { $0 = true }
                for _ in 0..<3 { try await gateway.line("delivery failed") }
                isFaulty.withLock { $0 = false }
                trial.recovered = try await receiver.accepts()
                trial.tried = faults.withLock(\.self)
            }
        }

        @Test(.enabled(if: Torture.isApart && Tool.has("iptables"), Torture.needsApart))
        func packetsThatAreLostDelayAndLoseNothing() async throws {
            let rig = try Rig()
            let gateway = try rig.start()
            let rule = [
                "-p", "tcp", "-m", "statistic", "--mode", "random", "--probability", "0.1", "-j", "DROP",
            ]
            try await rig.endure("10 % of packets lost for a minute", gateway) { trial in
                try Tool.run("iptables", ["-A", "INPUT"] + rule)
                defer { try? Tool.run("iptables", ["-F", "INPUT"]) }
                try await Task.sleep(for: .seconds(60))
                try Tool.run("iptables", ["-F", "INPUT"])
                trial.recovered = try await rig.receiver.accepts()
            }
        }
    }
}
