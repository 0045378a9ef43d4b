internal import CMicroHTTPD
import Glibc
import Synchronization

extension HTTPServer {
    /// A body that is made while it is sent, part by part; its length is not known before.
    public struct Stream: Sendable {
        /// Whether it has no end of its own: such a stream is cut off as soon as the server stops, while others
        /// have the grace time to end.
        public let isEndless: Bool
        public let next: @Sendable () async -> Part

        public enum Part: Sendable {
            case bytes([UInt8])
            case end
            /// No more can be made; the client sees that the body is not whole.
            case failure
        }

        /// `next` makes the following part once the client has taken the one before, and no earlier: no more than
        /// one part is in memory. It is cancelled when the client is gone, which shows at the latest when the
        /// next part is sent.
        public init(isEndless: Bool = false, next: @escaping @Sendable () async -> Part) {
            self.isEndless = isEndless
            self.next = next
        }
    }
}

/// One stream under way, as libmicrohttpd asks for its bytes.
@safe final class ServerStream: Sendable {
    private struct State {
        var part: [UInt8] = []
        /// How much of `part` is sent.
        var sent = 0
        var end: HTTPServer.Stream.Part?
        /// Makes the next part.
        var task: Task<Void, Never>?
    }

    private let stream: HTTPServer.Stream
    private let suspended: ServerSuspended
    /// The address of its `MHD_Connection`, which outlives it.
    private let connection: UInt
    private let state = Mutex(State())

    init(_ stream: HTTPServer.Stream, on connection: OpaquePointer, in suspended: ServerSuspended) {
        self.stream = stream
        self.suspended = suspended
        self.connection = UInt(bitPattern: connection)
    }

    /// Copies what there is into `buffer`; 0 once the connection rests until there is more.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        state.withLock { state in
            if state.sent < state.part.count {
                let piece = state.part[state.sent...].prefix(buffer.count)
                unsafe buffer.copyBytes(from: piece)
                state.sent += piece.count
                return piece.count
            }
            switch state.end {
            case .end: return Self.end
            case .failure, .bytes: return Self.endWithError
            case nil: break
            }
            guard let connection = unsafe OpaquePointer(bitPattern: connection),
                let ticket = unsafe suspended.suspend(connection, isEndless: stream.isEndless)
            else { return Self.endWithError }
            // Bound to the connection, which cancels it at its end.
            state.task = Task { [self] in
                take(await stream.next())
                suspended.resume(ticket)
            }
            return 0
        }
    }

    private func take(_ part: HTTPServer.Stream.Part) {
        state.withLock { state in
            state.sent = 0
            state.part = []
            if case .bytes(let bytes) = part { state.part = bytes } else { state.end = part }
        }
    }

    func cancel() {
        state.withLock { $0.task }?.cancel()
    }

    /// MHD_CONTENT_READER_END_OF_STREAM and …_WITH_ERROR, which are macros.
    private static let end = -1
    private static let endWithError = -2
}

extension ServerMessage {
    /// Begins to send `stream` after the head of `response`; libmicrohttpd asks for its bytes.
    func queue(
        _ response: HTTPServer.Response, _ stream: HTTPServer.Stream, in suspended: ServerSuspended,
        closing: Bool
    ) -> MHD_Result {
        let stream = unsafe ServerStream(stream, on: connection, in: suspended)
        let context = unsafe Unmanaged.passRetained(stream).toOpaque()
        guard
            let queued = unsafe MHD_create_response_from_callback(
                UInt64.max, 64 * 1024, readStream, context, endStream)
        else {
            unsafe Unmanaged<ServerStream>.fromOpaque(context).release()
            return .NO
        }
        return unsafe queue(queued, response, closing: closing)
    }
}

private func readStream(
    _ context: UnsafeMutableRawPointer?, _: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int
) -> Int {
    guard let context = unsafe context, let buffer = unsafe buffer else { return -2 }
    let stream = unsafe Unmanaged<ServerStream>.fromOpaque(context).takeUnretainedValue()
    return unsafe stream.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
}

private func endStream(_ context: UnsafeMutableRawPointer?) {
    guard let context = unsafe context else { return }
    unsafe Unmanaged<ServerStream>.fromOpaque(context).takeRetainedValue().cancel()
}
