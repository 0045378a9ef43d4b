import HTTP
import Rules
import Store
import Synchronization

/// What is to be kept of one write, on its way to the store: whoever commits its effect takes it along.
final class AuditSlip: Sendable {
    private let entry: Mutex<AuditEntry?>

    init(_ entry: AuditEntry) {
        self.entry = Mutex(entry)
    }

    /// The entry, which is then no longer anybody else's to keep; nil once it was taken.
    func take() -> AuditEntry? {
        entry.withLock { entry in
            defer { entry = nil }
            return entry
        }
    }

    /// As that, for an answer of `status`.
    func take(_ status: Int) -> AuditEntry? {
        var taken = take()
        taken?.status = status
        return taken
    }

    /// Says who it was, where that is known only later.
    func name(_ who: String) { entry.withLock { $0?.who = who } }
}

/// Keeps who did what, and what was refused.
final class AuditTrail: Sendable {
    private struct Refusals {
        var room: TokenBucket
        var omitted = 0
    }

    /// How many refusals of one who asks are kept at once.
    static let burst = 60
    /// After how long one more is kept: a flood of them, kept for 400 days, takes less than 100 MB.
    static let interval = Duration.seconds(60)

    /// By the name of who is refused, of which there are few; all whom nobody knows are one.
    private let refusals = Mutex<[String?: Refusals]>([:])
    private let uptime: @Sendable () -> Duration
    private let write: @Sendable (AuditEntry) async throws(StoreError) -> Void
    private let log: Log

    init(
        log: Log, uptime: @escaping @Sendable () -> Duration,
        write: @escaping @Sendable (AuditEntry) async throws(StoreError) -> Void
    ) {
        self.log = log
        self.uptime = uptime
        self.write = write
    }

    /// Keeps an entry; that it cannot be kept is logged with what it says.
    func keep(_ entry: AuditEntry) async {
        do { try await write(entry) } catch {
            log.error(
                "audit entry not kept",
                [
                    "who": entry.who ?? "-", "address": entry.address, "method": entry.method,
                    "route": entry.route, "subject": entry.subject ?? "-", "status": entry.status,
                    "error": error,
                ])
        }
    }

    /// `outcome`, and with it, before it is answered, what is left to keep on `slip`.
    func following(_ outcome: HTTPServer.Outcome, _ slip: AuditSlip) -> HTTPServer.Outcome {
        switch outcome {
        case .now(let response):
            guard let entry = left(on: slip, response.status) else { return outcome }
            return .later { [self] in
                await keep(entry)
                return response
            }
        case .later(let prepare):
            return .later { [self] in
                let response = await prepare()
                if let entry = left(on: slip, response.status) { await keep(entry) }
                return response
            }
        case .stream: return outcome
        }
    }

    private func left(on slip: AuditSlip, _ status: Int) -> AuditEntry? {
        slip.take(status).flatMap { status < 400 ? $0 : admit(refusal: $0) }
    }

    /// The entry of a refusal as it is to be kept, with how many of the same one's before it were not; nil when there
    /// were too many.
    func admit(refusal entry: AuditEntry) -> AuditEntry? {
        let now = uptime()
        return refusals.withLock { refusals in
            let room = TokenBucket(Self.burst, every: Self.interval, at: now)
            var own = refusals[entry.who] ?? Refusals(room: room)
            defer { refusals[entry.who] = own }
            guard own.room.take(at: now) == nil else {
                own.omitted += 1
                return nil
            }
            defer { own.omitted = 0 }
            var entry = entry
            entry.omitted = own.omitted
            return entry
        }
    }
}
