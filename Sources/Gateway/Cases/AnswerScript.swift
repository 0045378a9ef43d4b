import HTTP
import Notifiers
import Rules

/// What a webhook answers, attempt by attempt: `500x2 429/30s timeout 204`. The last goes on for ever.
struct AnswerScript: Equatable, Sendable {
    enum Line: Equatable, Sendable {
        case status(Int, retryAfter: Duration?)
        case timeout, reset, refused
    }

    static let forms =
        "statuses with spaces between: 204, 500x2 twice, 429/30s with Retry-After, timeout, reset, refused"
    static let always204 = AnswerScript([.status(204, retryAfter: nil)])

    private let lines: [Line]

    init(_ lines: [Line]) {
        self.lines = lines
    }

    /// Nil when a word is none of the forms.
    init?(_ text: String) {
        var lines: [Line] = []
        for word in text.split(separator: " ") {
            let (value, times) = SeriesText.repeated(word)
            guard let times, times <= SeriesText.limit, let line = Line(value) else { return nil }
            lines += Array(repeating: line, count: times)
        }
        guard !lines.isEmpty else { return nil }
        self.lines = lines
    }

    /// What is answered to the attempt of this number, the first being 1.
    subscript(attempt: Int) -> Line {
        lines[min(attempt, lines.count) - 1]
    }
}

extension AnswerScript.Line {
    fileprivate init?(_ text: Substring) {
        switch text {
        case "timeout": self = .timeout
        case "reset": self = .reset
        case "refused": self = .refused
        default:
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let status = Int(parts[0]), (200...599).contains(status) else { return nil }
            let wait = parts.count == 2 ? Duration(compact: String(parts[1])) : nil
            guard parts.count == 1 || wait != nil else { return nil }
            self = .status(status, retryAfter: wait)
        }
    }

    func answer(to parcel: Dispatcher.Parcel) -> VirtualGateway.Answer {
        switch self {
        case .status(let status, let wait):
            var fields = HTTPFields()
            if let wait { fields.add("retry-after", "\(wait.wholeMilliseconds / 1000)") }
            return .init(reply: .answer(HTTPAnswer(status: status, fields: fields)))
        case .timeout: return .timeout(of: parcel)
        case .reset: return .init(reply: .failure(HTTPFailure(.connectionLost, "the connection broke off")))
        case .refused: return .init(reply: .failure(HTTPFailure(.connectionRefused, "connection refused")))
        }
    }
}
