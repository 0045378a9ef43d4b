import Foundation
import TestSupport
import Testing

/// What systemd hears of the gateway, by its own protocol.
@Suite struct ServiceManagerTests {
    @Test(.timeLimit(.minutes(1)))
    func itHearsThatTheGatewayIsReadyAliveAndStopping() async throws {
        let fleet = try TestFleet(machines: 1) { _ in 1 }
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        try folder.write(rules(fleet, receiver), to: "rules.yaml")
        let manager = try NotifySocket(path: folder.path + "/notify")
        let gateway = try GatewayProcess(in: folder, environment: ["NOTIFY_SOCKET": manager.path])
        var heard = manager.words.makeAsyncIterator()
        #expect(await [heard.next(), heard.next()] == ["READY=1", "WATCHDOG=1"])
        #expect(try await get(try await gateway.url() + "/healthz").status == 200)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        var last = await heard.next()
        while last == "WATCHDOG=1" { last = await heard.next() }
        #expect(last == "STOPPING=1")
    }
}

/// The datagram socket that a service manager listens on.
private final class NotifySocket: Sendable {
    let path: String
    /// What was said, in order; taken at once, since a socket holds ten messages and drops what comes then.
    let words: AsyncStream<String>
    private let descriptor: Int32

    struct Failed: Error { let code: Int32 }

    init(path: String) throws {
        self.path = path
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard bound else { throw Failed(code: errno) }
        let (words, sink) = AsyncStream<String>.makeStream()
        (self.descriptor, self.words) = (descriptor, words)
        // A thread of its own: it blocks, which Swift's shared threads must not.
        Thread.detachNewThread {
            var bytes = [UInt8](repeating: 0, count: 256)
            while case let count = unsafe recv(descriptor, &bytes, bytes.count, 0), count > 0 {
                sink.yield(String(decoding: bytes[..<count], as: UTF8.self))
            }
            sink.finish()
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
