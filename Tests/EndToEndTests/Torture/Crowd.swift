import Glibc
import Synchronization
import TestSupport
import Testing

/// Connections to a server that ask for nothing, or never to the end.
final class Crowd: Sendable {
    private let sockets: Mutex<[Int32]>

    /// Opens `count` connections to the URL's port of `address`, from `source`.
    ///
    /// Those that the server does not accept yet wait with it.
    init(
        _ count: Int, at url: String, address: UInt32 = 0x7f00_0001, from source: UInt32 = 0x7f00_0001
    ) throws {
        let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
        let opened = (0..<count).map { _ in
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            unsafe Self.call(bind, socket, source, 0)
            unsafe Self.call(connect, socket, address, port)
            return socket
        }
        sockets = Mutex(opened)
        try #require(opened.allSatisfy { $0 >= 0 }, "no descriptors for the crowd")
    }

    deinit { leave() }

    /// Has each say a piece of a head that never ends.
    func mumble(_ text: String) {
        let bytes = Array(text.utf8)
        sockets.withLock { sockets in
            for socket in sockets { _ = unsafe Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
        }
    }

    func leave() {
        sockets.withLock { sockets in
            for socket in sockets { close(socket) }
            sockets = []
        }
    }

    private static func call(
        _ call: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32, _ socket: Int32, _ host: UInt32,
        _ port: UInt16
    ) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = host.bigEndian
        unsafe withUnsafePointer(to: &address) {
            unsafe UnsafeRawPointer($0).withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe call(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
