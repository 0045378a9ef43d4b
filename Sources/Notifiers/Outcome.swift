internal import HTTP
import Rules

/// What a receiver's answer means for the delivery.
enum Outcome: Hashable, Sendable {
    case delivered
    /// To be tried again, not before the receiver's `Retry-After` where it sent one.
    case retry(notBefore: Timestamp?)
    /// To be tried again, but it will hardly work until a person has changed something.
    case needsPerson
    /// The receiver is gone for good: nothing more is sent to it until a person says so.
    case gone

    /// The longest `Retry-After` that is honoured.
    static let longestWait = Duration.seconds(86_400)

    /// Judges a reply by its status alone; 2xx is success and nothing else is.
    static func judge(_ reply: HTTPReply, at now: Timestamp) -> Outcome {
        let answer: HTTPAnswer
        switch reply {
        case .answer(let given): answer = given
        // The name may lead elsewhere one day, but most likely the settings are at odds with themselves.
        case .failure(let failure) where failure.kind == .forbiddenAddress: return .needsPerson
        case .failure: return .retry(notBefore: nil)
        }
        switch answer.status {
        case 200..<300: return .delivered
        case 410: return .gone
        case 408, 425, 429, 500..<600:
            return .retry(notBefore: retryAfter(answer.fields["retry-after"], at: now))
        default: return .needsPerson
        }
    }

    /// To be tried again after a wait that an answer names in seconds, which may have a fraction.
    static func retry(afterSeconds seconds: Double?, at now: Timestamp) -> Outcome {
        guard let seconds, seconds >= 0 else { return .retry(notBefore: nil) }
        let limit = Double(longestWait.components.seconds)
        return .retry(
            notBefore: now.advanced(by: .milliseconds(Int64((min(seconds, limit) * 1000).rounded(.up)))))
    }

    /// The moment a `Retry-After` names (RFC 9110 §10.2.3): a number of seconds, or a date.
    private static func retryAfter(_ value: String?, at now: Timestamp) -> Timestamp? {
        guard let value else { return nil }
        let latest = now.advanced(by: longestWait)
        if let seconds = Int64(value) {
            return seconds < 0 ? nil : min(latest, now.advanced(by: .seconds(min(seconds, 86_400))))
        }
        return Timestamp(httpDate: value).map { min(latest, $0) }
    }
}

extension Timestamp {
    /// The moment an HTTP date in its preferred form names, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
    init?(httpDate text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", parts[1].utf8.count == 2,
            let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        self.init(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}
