public import Glibc

/// The socket calls behind `LoopbackPeer`.
public enum LoopbackSocket {
    public struct Failed: Error { let code: Int32 }

    /// A listening socket on a free port of 127.0.0.1, and that port.
    public static func listen() throws -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, length) == 0 && Glibc.listen(listener, 512) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard bound else { throw Failed(code: errno) }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// A port on which nobody listens: bound once and given back.
    public static func refusedPort() throws -> UInt16 {
        let (listener, port) = try listen()
        close(listener)
        return port
    }

    /// The next connection; nil once the listener is shut down.
    public static func accept(on listener: Int32) -> Int32? {
        let socket = Glibc.accept(listener, nil, nil)
        guard socket >= 0 else { return nil }
        var on: Int32 = 1
        unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return socket
    }
}

/// One accepted connection, read and written by blocking calls on a thread of its own.
public struct LoopbackConnection: Sendable {
    let socket: Int32
    let number: Int

    /// Takes over a `socket`, which the caller closes at the end; `number` counts the connections from 0.
    public init(socket: Int32, number: Int) {
        self.socket = socket
        self.number = number
    }

    /// Reads request after request, and does what `script` says, until either side ends it.
    public func serve(_ script: (LoopbackPeer.Request) -> [LoopbackPeer.Action]) {
        var received: [UInt8] = []
        while let request = nextRequest(&received) {
            for action in script(request) {
                guard perform(action) else { return }
            }
        }
    }

    /// False when the connection is over.
    private func perform(_ action: LoopbackPeer.Action) -> Bool {
        switch action {
        case .send(let bytes): return send(bytes)
        case .trickle(let bytes, let pause):
            return bytes.allSatisfy { byte in
                usleep(pause * 1000)
                return send([byte])
            }
        case .sendEndlessly(let bytes):
            while send(bytes) {}
            return false
        case .close: return false
        case .reset:
            // A linger time of zero makes the end a reset; to disconnect has the same effect, and keeps the number.
            var linger = linger(l_onoff: 1, l_linger: 0)
            unsafe setsockopt(
                socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            // All zeros: the family AF_UNSPEC.
            var nowhere = [UInt8](repeating: 0, count: MemoryLayout<sockaddr>.size)
            unsafe nowhere.withUnsafeMutableBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                _ = unsafe connect(
                    socket, start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
            return false
        case .hang:
            while !receive().isEmpty {}
            return false
        }
    }

    private func nextRequest(_ received: inout [UInt8]) -> LoopbackPeer.Request? {
        while true {
            let end = received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound
            if let end {
                let head = String(decoding: received[..<end], as: UTF8.self)
                let length =
                    LoopbackPeer.Request(connection: number, head: head, body: [])
                    .values("content-length").first.flatMap { Int($0) } ?? 0
                if received.count >= end + length {
                    let body = Array(received[end..<(end + length)])
                    received.removeFirst(end + length)
                    return LoopbackPeer.Request(connection: number, head: head, body: body)
                }
            }
            let more = receive()
            guard !more.isEmpty else { return nil }
            received += more
        }
    }

    public func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe Glibc.send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Some bytes; none when the other side is done.
    public func receive() -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = unsafe max(0, recv(socket, buffer.baseAddress, buffer.count, 0))
        }
    }
}

/// Runs `body` on a new thread, to be joined by the caller.
public func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let work = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
    let code = unsafe pthread_create(
        &thread, nil,
        { work in
            if let work = unsafe work { unsafe Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
            return nil
        }, work)
    precondition(code == 0, "no thread for the test: \(code)")
    return thread
}
