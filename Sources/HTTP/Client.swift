internal import CCurl
import Glibc
import Synchronization

/// Sends requests over kept-alive connections, from one thread of its own, to any number of hosts at a time.
///
/// It speaks HTTP/1.1, and HTTP/2 where a TLS peer offers it, and verifies every TLS peer. Requests share a connection
/// only where their proxies and TLS options are the same and the connection's address suits their policies.
public final class HTTPClient: Sendable {
    private let mailbox: ClientMailbox
    private let thread: Mutex<pthread_t?>

    /// Starts the thread; fails when the system has no thread or memory for it, or when `userAgent` cannot stand
    /// in a header field.
    public init(userAgent: String) throws(HTTPFailure) {
        guard HTTPRequest.isFieldValue(userAgent) else {
            throw HTTPFailure(.protocolViolation, "the user agent holds a control character")
        }
        guard ClientLoop.curlIsReady, let multi = unsafe curl_multi_init() else {
            throw HTTPFailure(.other, "libcurl cannot start")
        }
        mailbox = unsafe ClientMailbox(multi)
        let loop = unsafe ClientLoop(multi, mailbox, userAgent: userAgent)
        thread = Mutex(try Self.startThread(running: loop))
    }

    deinit { close() }

    /// The answer to `request`, or why there is none; a cancelled task gets `.failure` of kind `.cancelled`.
    public func send(_ request: HTTPRequest) async -> HTTPReply {
        if let fault = request.fault { return .failure(fault) }
        let id = mailbox.nextID()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard mailbox.submit(Submission(id: id, request: request, continuation: continuation)) else {
                    return continuation.resume(returning: .failure(.closed))
                }
                // A task cancelled before the submission told of an id that the loop did not know yet.
                if Task.isCancelled { mailbox.cancel(id) }
            }
        } onCancel: {
            mailbox.cancel(id)
        }
    }

    /// Fails all requests under way and to come with `.cancelled`, closes the connections and ends the thread.
    public func close() {
        mailbox.close()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let running { pthread_join(running, nil) }
    }

    private static func startThread(running loop: ClientLoop) throws(HTTPFailure) -> pthread_t {
        let context = unsafe Unmanaged.passRetained(loop)
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, serve, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            throw HTTPFailure(.other, "the system refuses a thread for the HTTP client (error \(code))")
        }
        return thread
    }
}

private func serve(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    unsafe Unmanaged<ClientLoop>.fromOpaque(context).takeRetainedValue().run()
    return nil
}

/// A request on its way to the thread that sends it.
struct Submission: Sendable {
    let id: UInt64
    let request: HTTPRequest
    let continuation: CheckedContinuation<HTTPReply, Never>
}

/// Hands submissions and cancellations over to the client's thread, and wakes it.
@safe final class ClientMailbox: Sendable {
    struct Mail: Sendable {
        var submissions: [Submission] = []
        var cancelled: [UInt64] = []
        var isClosed = false
    }

    private let mail = Mutex(Mail())
    private let lastID = Atomic<UInt64>(0)
    /// libcurl allows other threads `curl_multi_wakeup` alone, and nothing else is called with it here. The loop
    /// frees it only after it saw `isClosed`, and past that no wakeup is sent: both happen under the lock.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer

    init(_ multi: UnsafeMutableRawPointer) {
        unsafe self.multi = multi
    }

    func nextID() -> UInt64 { lastID.wrappingAdd(1, ordering: .relaxed).newValue }

    /// False when the client is closed; the submission is then the caller's to answer.
    func submit(_ submission: Submission) -> Bool {
        change { $0.submissions.append(submission) }
    }

    func cancel(_ id: UInt64) {
        _ = change { $0.cancelled.append(id) }
    }

    func close() {
        _ = change { $0.isClosed = true }
    }

    /// All that arrived since the last call.
    func take() -> Mail {
        mail.withLock { mail in
            defer { mail = Mail(isClosed: mail.isClosed) }
            return mail
        }
    }

    private func change(_ body: (inout Mail) -> Void) -> Bool {
        mail.withLock { mail in
            guard !mail.isClosed else { return false }
            // What waits already has its wakeup under way: one system call then serves a whole burst.
            let isFirst = mail.submissions.isEmpty && mail.cancelled.isEmpty
            body(&mail)
            if isFirst { unsafe curl_multi_wakeup(multi) }
            return true
        }
    }
}
