public import Rules

/// An event with what each webhook is to be told of it.
public struct Notice: Sendable {
    public let event: Event
    public let letters: [Letter]

    public init(_ event: Event, letters: [Letter]) {
        self.event = event
        self.letters = letters
    }
}

/// A body for a webhook, rendered once so that every attempt sends the same bytes.
public struct Letter: Hashable, Sendable {
    public let webhook: String
    public let body: [UInt8]
    /// What is said instead when the receiver was told of nothing before; nil where that cannot be.
    public let lateBody: [UInt8]?

    public init(to webhook: String, body: [UInt8], lateBody: [UInt8]? = nil) {
        self.webhook = webhook
        self.body = body
        self.lateBody = lateBody
    }
}

/// A letter that no event of its commit brought: a trial, a digest, or what another webhook was to be told.
public struct Extra: Sendable {
    public let kind: String
    public let letter: Letter
    /// The delivery whose event it tells of, at another webhook.
    public let inPlaceOf: Int64?

    public init(_ kind: String, _ letter: Letter, inPlaceOf: Int64? = nil) {
        self.kind = kind
        self.letter = letter
        self.inPlaceOf = inPlaceOf
    }
}

/// One event on its way to one webhook: a row of the outbox.
public struct Delivery: Hashable, Sendable {
    /// pending → delivered, dead, superseded; held → superseded, or pending where digests are turned off;
    /// superseded → delivered where it was under way; dead, delivered, superseded → pending when replayed.
    public enum State: String, CaseIterable, Sendable {
        case pending, delivered, dead
        /// Not to be sent: a later delivery says what it would have.
        case superseded
        /// Waits for the next digest of a storm.
        case held
    }

    public let id: Int64
    /// What the receiver knows it by: the same on every attempt, and in no other database.
    public let messageID: String
    public let webhook: String
    /// The number of the delivery among those of its webhook, without holes.
    public let sequence: Int64
    /// The type that its receiver reads: `incident.opened`.
    public var kind = "incident.opened"
    /// None for what is about no incident, or about many.
    public let incident: Int64?
    public let event: Int64?
    public let body: [UInt8]
    public let state: State
    /// How many attempts were made.
    public let attempts: Int
    public let createdAt: Timestamp
    /// When the first attempt was made since it last became pending; the schedule of retries counts from there.
    public let firstAttemptAt: Timestamp?
    public let dueAt: Timestamp
    public let endedAt: Timestamp?
    /// The delivery that says what this one would have.
    public var supersededBy: Int64?
    /// The delivery to the fallback that tells of the same event.
    public var fallbackBy: Int64?
}

/// One POST of a delivery, and what came of it.
public struct Attempt: Hashable, Sendable {
    public let number: Int
    public let at: Timestamp
    public let duration: Duration
    /// The status of the answer; nil when there was none.
    public let status: Int?
    public let error: String?
    /// The first bytes of the answer.
    public let answer: [UInt8]

    public init(
        number: Int, at: Timestamp, duration: Duration, status: Int?, error: String?, answer: [UInt8]
    ) {
        self.number = number
        self.at = at
        self.duration = duration
        self.status = status
        self.error = error
        self.answer = answer
    }
}

/// An attempt and what it makes of its delivery.
public struct Finding: Sendable {
    public enum Next: Hashable, Sendable {
        case delivered
        case retry(at: Timestamp)
        case dead
    }

    public let delivery: Int64
    public let attempt: Attempt
    public private(set) var next: Next

    /// Has the next attempt follow a wall clock that was set.
    public mutating func move(by jump: Duration) {
        if case .retry(let time) = next { next = .retry(at: time.advanced(by: jump)) }
    }

    public init(delivery: Int64, attempt: Attempt, next: Next) {
        self.delivery = delivery
        self.attempt = attempt
        self.next = next
    }
}
