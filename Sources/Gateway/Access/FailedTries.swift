import Rules
import Synchronization

/// Counts tokens that were wrong, by the address that they came from, and says when there were too many.
///
/// Each address has some tries, and gets one back every now and then. A wrong token that is sent again and again by a
/// program that nobody has told is no further guess: it is answered ever less, and keeps no right token of the same
/// address out.
final class FailedTries: Sendable {
    private struct Record {
        var guesses: TokenBucket
        var repeats: TokenBucket
        /// The digest of the last wrong token.
        var last: String?

        init(at time: Duration) {
            guesses = TokenBucket(FailedTries.burst, every: FailedTries.interval, at: time)
            repeats = guesses
        }
    }

    /// How many wrong tokens an address may send at once.
    static let burst = 10
    /// After how long it may send one more.
    static let interval = Duration.seconds(6)
    /// How many addresses are remembered at most.
    static let limit = 10_000

    private let records = Mutex<[String: Record]>([:])
    private let uptime: @Sendable () -> Duration

    /// `uptime` is time that nobody sets.
    init(uptime: @escaping @Sendable () -> Duration) {
        self.uptime = uptime
    }

    /// How long `address` has to wait before it is heard; nil when it is heard now.
    func wait(of address: String) -> Duration? {
        let now = uptime()
        return records.withLock { records in
            records[Self.key(address)]?.guesses.wait(at: now) ?? nil
        }
    }

    /// Takes note of a wrong token of `digest`; how long `address` has to wait for an answer to it, if it has to.
    func note(wrong digest: String, from address: String) -> Duration? {
        let now = uptime()
        return records.withLock { records in
            let key = Self.key(address)
            if records[key] == nil, records.count >= Self.limit { Self.makeRoom(in: &records, at: now) }
            var record = records[key] ?? Record(at: now)
            defer { records[key] = record }
            if record.last == digest { return record.repeats.take(at: now) }
            let wait = record.guesses.take(at: now)
            // One that was not looked at is no repetition when it comes again.
            if wait == nil { record.last = digest }
            return wait
        }
    }

    var count: Int { records.withLock(\.count) }

    /// Forgets those who have all their tries; where these are few, half of the others, whoever they are.
    private static func makeRoom(in records: inout [String: Record], at now: Duration) {
        for (key, record) in records {
            var record = record
            if record.guesses.isFull(at: now), record.repeats.isFull(at: now) { records[key] = nil }
        }
        guard records.count > limit / 2 else { return }
        for key in records.keys.prefix(records.count / 2) { records[key] = nil }
    }

    /// One network of IPv6 has more addresses than anybody can count, so that all of a /64 are one.
    private static func key(_ address: String) -> String {
        guard let bytes = IPAddress(address)?.bytes, bytes.count == 16 else { return address }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
    }
}
