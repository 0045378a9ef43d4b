import Dispatch
import Glibc
import HTTP
import Synchronization

/// A client that sends exactly the bytes that it is given, and reads what comes back.
///
/// Its blocking calls run on a queue of its own, so that no test holds a thread that another one needs.
final class RawClient: Sendable {
    struct Answer: Sendable {
        let status: Int
        let fields: HTTPFields
        let body: String
    }

    private let descriptor: Int32
    private let server: HTTPServer?
    private let queue = DispatchQueue(label: "raw-client")
    private let buffer = Mutex<[UInt8]>([])

    /// Connects to a server, which then lives as long as this client at least.
    convenience init(_ server: HTTPServer) { self.init(port: server.port, of: server) }

    /// Connects to a port of IPv4 loopback.
    init(port: UInt16, of server: HTTPServer? = nil) {
        self.server = server
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        unsafe inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = unsafe withUnsafePointer(to: &address) {
            unsafe UnsafeRawPointer($0).withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, size)
            }
        }
        // A hang becomes a failed expectation instead of a test run that never ends.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, length)
    }

    deinit { close(descriptor) }

    /// Sends `text`; false once the connection is gone.
    @discardableResult
    func send(_ text: String) -> Bool {
        send(Array(text.utf8))
    }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Closes without a word, so that the server's next write meets a reset.
    func vanish() {
        var hard = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &hard, size)
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// The next complete answer; nil when the connection ends first.
    func answer(toHead: Bool = false) async -> Answer? {
        await onQueue {
            repeat {
                if let answer = self.takeAnswer(toHead: toHead) { return answer }
            } while self.fill()
            return nil
        }
    }

    /// Whether anything has come that was not read yet.
    var hasBytes: Bool {
        var byte: UInt8 = 0
        return unsafe recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK)) > 0
    }

    /// Whether the server ends the connection without a further byte.
    func isClosed() async -> Bool {
        await onQueue { !self.fill() && errno != EAGAIN && self.buffer.withLock { $0.isEmpty } }
    }

    /// Whether the server ends the connection, whatever it sends before.
    func ends() async -> Bool {
        await onQueue {
            while self.fill() {}
            return errno != EAGAIN
        }
    }

    /// Whether the server ends the connection while `piece` is sent again and again.
    func isClosed(whileSending piece: String) async -> Bool {
        await onQueue {
            for _ in 0..<6_000 {
                guard self.send(piece) else { return true }
                var byte: UInt8 = 0
                let read = unsafe recv(self.descriptor, &byte, 1, Int32(MSG_DONTWAIT))
                if read == 0 || read < 0 && errno != EAGAIN { return true }
                usleep(10_000)
            }
            return false
        }
    }

    private func onQueue<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work()) }
        }
    }

    /// Waits for more bytes; false at the end of the connection.
    private func fill() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        errno = 0
        let read = unsafe recv(descriptor, &bytes, bytes.count, 0)
        guard read > 0 else { return false }
        buffer.withLock { $0 += bytes[..<read] }
        return true
    }

    private func takeAnswer(toHead: Bool) -> Answer? {
        buffer.withLock { buffer in
            let text = String(decoding: buffer, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
            let lines = text[..<end.lowerBound].split(separator: "\r\n")
            var fields = HTTPFields()
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                fields.add(String(parts[0]), String(parts[1].dropFirst()))
            }
            let headLength = text[..<end.upperBound].utf8.count
            let bodyLength = toHead ? 0 : Int(fields["Content-Length"] ?? "") ?? 0
            guard buffer.count >= headLength + bodyLength, let status = Int(lines[0].split(separator: " ")[1])
            else { return nil }
            let body = String(decoding: buffer[headLength..<headLength + bodyLength], as: UTF8.self)
            buffer.removeFirst(headLength + bodyLength)
            return Answer(status: status, fields: fields, body: body)
        }
    }
}
