import Glibc
import TestSupport
import Testing

/// What systemd hears of the gateway, by its own protocol.
@Suite struct ServiceManagerTests {
    @Test func itHearsThatTheGatewayIsReadyAliveAndStopping() async throws {
        let fleet = try TestFleet(machines: 1) { _ in 1 }
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        try folder.write(rules(fleet, receiver), to: "rules.yaml")
        let manager = try NotifySocket(path: folder.path + "/notify")
        let gateway = try GatewayProcess(in: folder, environment: ["NOTIFY_SOCKET": manager.path])
        let heard = Task.detached { (0..<2).map { _ in manager.next() } }
        #expect(await heard.value == ["READY=1", "WATCHDOG=1"])
        #expect(try await get(try await gateway.url() + "/healthz").status == 200)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        let last = Task.detached {
            var word = manager.next()
            while word == "WATCHDOG=1" { word = manager.next() }
            return word
        }
        #expect(await last.value == "STOPPING=1")
    }
}

/// The datagram socket that a service manager listens on.
private final class NotifySocket: Sendable {
    let path: String
    private let descriptor: Int32

    struct Failed: Error { let code: Int32 }

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard bound else { throw Failed(code: errno) }
    }

    deinit { close(descriptor) }

    /// The next message; blocks.
    func next() -> String {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
