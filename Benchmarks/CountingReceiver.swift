import Glibc
import Synchronization

/// A receiver that does as little as HTTP allows: it counts requests and accepts each, on one thread.
///
/// A request ends with the body that its Content-Length names; all of its head comes before that.
final class CountingReceiver: Sendable {
    let port: UInt16
    private let count = Atomic<Int>(0)
    private let listener: Int32

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, size) == 0 && listen(listener, 1024) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard isBound else { throw BenchError() }
        port = UInt16(bigEndian: address.sin_port)
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self).toOpaque()
        let code = unsafe pthread_create(
            &thread, nil,
            {
                guard let context = unsafe $0 else { return nil }
                unsafe Unmanaged<CountingReceiver>.fromOpaque(context).takeUnretainedValue().serve()
                return nil
            }, context)
        guard code == 0 else { throw BenchError() }
    }

    var url: String { "http://127.0.0.1:\(port)/" }
    var received: Int { count.load(ordering: .acquiring) }

    private func serve() {
        var watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        var pending: [Int32: [UInt8]] = [:]
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while unsafe poll(&watched, nfds_t(watched.count), -1) > 0 {
            for descriptor in watched.filter({ $0.revents != 0 }).map(\.fd) {
                if descriptor == listener {
                    let accepted = accept(listener, nil, nil)
                    watched.append(pollfd(fd: accepted, events: Int16(POLLIN), revents: 0))
                    continue
                }
                let got = unsafe read(descriptor, &buffer, buffer.count)
                guard got > 0 else {
                    pending[descriptor] = nil
                    watched.removeAll { $0.fd == descriptor }
                    close(descriptor)
                    continue
                }
                let rest = answer(
                    (pending.removeValue(forKey: descriptor) ?? []) + buffer[..<got], descriptor)
                if !rest.isEmpty { pending[descriptor] = rest }
            }
        }
    }

    /// Accepts each whole request in `bytes`; what is left of them.
    private func answer(_ bytes: [UInt8], _ descriptor: Int32) -> [UInt8] {
        var bytes = bytes
        while let end = Self.end(of: bytes) {
            bytes.removeFirst(end)
            _ = unsafe write(descriptor, Self.accepted, Self.accepted.count)
            count.add(1, ordering: .releasing)
        }
        return bytes
    }

    private static let accepted = Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)

    /// How long the first request is, once all of it is there.
    private static func end(of bytes: [UInt8]) -> Int? {
        guard let head = find("\r\n\r\n", in: bytes) else { return nil }
        guard let field = find("\r\nContent-Length: ", in: bytes), field < head else { return head + 4 }
        let digits = bytes[(field + 18)...].prefix { (0x30...0x39).contains($0) }
        let end = head + 4 + digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return bytes.count >= end ? end : nil
    }

    private static func find(_ text: StaticString, in bytes: [UInt8]) -> Int? {
        let count = text.utf8CodeUnitCount
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start + count <= bytes.count {
                var matched = 0
                while matched < count, unsafe bytes[start + matched] == text.utf8Start[matched] {
                    matched += 1
                }
                if matched == count { return start }
                start += 1
            }
            return nil
        }
    }
}
