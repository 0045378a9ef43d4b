import Rules

extension Timestamp {
    /// The moment that a person names: as RFC 3339, as the commands print it (`2026-11-24 20:03:10`, in UTC), or as a
    /// date, which stands for its midnight in UTC.
    init?(said text: String) {
        // The plus sign of an offset arrives as a space unless it was escaped.
        let forms = [text, text + "Z", text + "T00:00:00Z", text.replacing(" ", with: "+")]
        guard let time = forms.lazy.compactMap({ Timestamp(rfc3339: $0) }).first else { return nil }
        self = time
    }

    /// The same, or a time of day in UTC, the last such before `now`, or how long ago it was: `90m`, `90m ago`.
    init?(said text: String, before now: Timestamp) {
        let ago = text.hasSuffix(" ago") ? String(text.dropLast(4)) : text
        if let time = Timestamp(said: text) {
            self = time
        } else if let duration = Duration(compact: ago) {
            self = now.advanced(by: .zero - duration)
        } else if let time = Timestamp(said: "\(now.description.prefix(10))T\(text)") {
            self = time <= now ? time : time.advanced(by: .seconds(-86_400))
        } else {
            return nil
        }
    }
}
