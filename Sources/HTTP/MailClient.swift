import Glibc

/// Sends e-mails (RFC 5321), each over a connection and on a thread of its own.
///
/// Not on the thread of `HTTPClient`: libcurl waits for a server's answer to QUIT before it goes on, and one slow mail
/// server would hold up everything else. How many are under way at once is the caller's to bound.
public enum MailClient {
    /// What came of `mail`; a cancelled task gets `.failure` of kind `.cancelled`, within a second or so.
    public static func send(_ mail: Mail) async -> MailReply {
        if let fault = mail.fault { return .failure(fault) }
        let transfer: MailTransfer
        do throws(HTTPFailure) {
            transfer = try MailTransfer(mail)
        } catch {
            return .failure(error)
        }
        let cancellation = transfer.cancellation
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                start(Job(transfer: transfer, continuation: continuation))
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    private final class Job {
        let transfer: MailTransfer
        let continuation: CheckedContinuation<MailReply, Never>

        init(transfer: MailTransfer, continuation: CheckedContinuation<MailReply, Never>) {
            self.transfer = transfer
            self.continuation = continuation
        }
    }

    private static func start(_ job: Job) {
        let context = unsafe Unmanaged.passRetained(job)
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, nil, perform, context.toOpaque())
        guard code == 0 else {
            unsafe context.release()
            let failure = HTTPFailure(.other, "the system refuses a thread for a mail (error \(code))")
            return job.continuation.resume(returning: .failure(failure))
        }
        pthread_detach(thread)
    }

    private static let perform: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
        guard let context = unsafe $0 else { return nil }
        let job = unsafe Unmanaged<Job>.fromOpaque(context).takeRetainedValue()
        blockBrokenPipeSignal()
        job.continuation.resume(returning: job.transfer.perform())
        return nil
    }
}

/// Keeps SIGPIPE from the calling thread: OpenSSL writes without MSG_NOSIGNAL, and `CURLOPT_NOSIGNAL` leaves the signal
/// to the program.
func blockBrokenPipeSignal() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
}
