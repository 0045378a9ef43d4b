internal import CMicroHTTPD
import Synchronization

/// An HTTP/1.1 server on one address.
///
/// It reads, bounds and checks each request before its handler sees it, and refuses itself what is malformed,
/// too long, too slow or meant for another host. What may be sent late or in pieces has absolute deadlines.
public final class HTTPServer: Sendable {
    public struct Options: Sendable {
        /// An IPv4 or IPv6 literal; `::` takes IPv4 clients too.
        public var address: String
        /// 0 takes any free port.
        public var port: UInt16
        public var threads = 2
        /// The request line and the fields together, in bytes; beyond it the answer is 431 (or 414).
        public var headLimit = 16 * 1024
        /// In bytes, after chunks are put together; beyond it the answer is 413.
        public var bodyLimit = 1024 * 1024
        /// All connections at once; further ones wait unaccepted.
        public var connections = 1024
        /// Connections from one address other than loopback; further ones are closed at once.
        public var connectionsPerAddress = 64
        /// From accepting a connection, or from a later request's line, to the end of the head.
        public var headDeadline = Duration.seconds(5)
        /// From the end of the head to the end of the body.
        public var bodyDeadline = Duration.seconds(10)
        /// From an answer to the next request's line, and between two reads of an answer.
        public var idle = Duration.seconds(30)
        /// How long `stop` lets answers under way take.
        public var grace = Duration.seconds(5)
        /// `Host` values to answer beside the loopback names and `address`, without port. A server that listens
        /// on all addresses also answers to any IP literal.
        public var allowedHosts: [String] = []
        /// What is shown to clients, who then come by TLS 1.2 or later; nil for plain HTTP.
        public var identity: ServerIdentity?
        /// What each answer says that does not say something else under the same name.
        public var usualFields: HTTPFields = [:]

        public init(address: String = "127.0.0.1", port: UInt16 = 0) {
            self.address = address
            self.port = port
        }
    }

    /// Called on the server's threads, for several requests at a time; it must not stop the server.
    public typealias Handler = @Sendable (Request) -> Outcome

    /// The port that is listened on.
    public let port: UInt16
    private let core: ServerCore
    /// The address of the running `MHD_Daemon`; nil once stopped.
    private let daemon: Mutex<UInt?>

    /// Listens and serves at once.
    public init(_ options: Options, handler: @escaping Handler) throws(ServerError) {
        let listener = try ServerListener(address: options.address, port: options.port)
        port = listener.port
        core = ServerCore(options, handler: handler)
        daemon = Mutex(try Self.start(core, on: listener))
        core.connections.watch(shortest: min(options.headDeadline, options.bodyDeadline, options.idle))
    }

    deinit { stop() }

    /// Turns new clients away, lets answers under way finish within the grace time and releases everything.
    ///
    /// Blocks meanwhile; a second call waits for the first and does nothing.
    public func stop() {
        daemon.withLock { address in
            guard let daemon = unsafe OpaquePointer(bitPattern: address ?? 0) else { return }
            address = nil
            core.drain()
            unsafe MHD_stop_daemon(daemon)
            core.connections.stopWatching()
            unsafe Unmanaged.passUnretained(core).release()
        }
    }

    /// Starts a daemon that keeps `core` retained, and returns its address.
    private static func start(_ core: ServerCore, on listener: consuming ServerListener) throws(ServerError)
        -> UInt
    {
        // MHD_OPTION_STRICT_FOR_CLIENT stays off: all that it does in 0.9.75, refusing a request without Host and
        // a target with spaces, is done here, with an answer that says what is wrong.
        var flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        if listener.isIPv6 { flags |= MHD_USE_IPv6.rawValue }
        if core.options.identity != nil { flags |= MHD_USE_TLS.rawValue }
        var items = unsafe items(core.options, descriptor: listener.take())
        let context = unsafe Unmanaged.passRetained(core).toOpaque()
        // libmicrohttpd reads the certificate and the key before it returns.
        let identity = core.options.identity?.credentials.identity
        let daemon = unsafe cmicrohttpd_start(
            flags, ServerCallbacks.all, context, &items, identity?.certificate, identity?.key)
        guard let daemon = unsafe daemon else {
            // The listening socket is not closed here: whether libmicrohttpd has done so depends on how it failed.
            unsafe Unmanaged<ServerCore>.fromOpaque(context).release()
            throw .failed(
                "the server's threads could not be started; the process may be out of memory or descriptors")
        }
        return UInt(bitPattern: daemon)
    }

    private static func items(_ options: Options, descriptor: Int32) -> [MHD_OptionItem] {
        let seconds = Int(clamping: (options.idle + .milliseconds(999)).components.seconds)
        let values: [(MHD_OPTION, Int)] = [
            (.LISTEN_SOCKET, Int(descriptor)),
            (.THREAD_POOL_SIZE, max(options.threads, 1)),
            (.CONNECTION_LIMIT, max(options.connections, options.threads, 1)),
            (.CONNECTION_TIMEOUT, max(seconds, 1)),
            // Room for the head, for the records libmicrohttpd keeps of it and for the head of the answer. Beyond
            // 32 KiB it maps pages for each connection, which go back to the system when that ends.
            (.CONNECTION_MEMORY_LIMIT, max(options.headLimit, 16 * 1024) * 2 + 4096),
            (.END, 0),
        ]
        return unsafe values.map { unsafe MHD_OptionItem(option: $0.0, value: $0.1, ptr_value: nil) }
    }
}
