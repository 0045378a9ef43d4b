import Rules

extension Field {
    typealias Path<Part> = any WritableKeyPath<Value, Part> & Sendable

    /// A parameter of the query that `read` takes.
    static func parameter(
        _ name: String, _ schema: Schema = .text, in place: FieldInfo.Place = .query,
        isRequired: Bool = false, _ summary: String, read: @escaping ReadParameter
    ) -> Field {
        let info = FieldInfo(
            name: name, place: place, summary: summary, schema: schema, isRequired: isRequired)
        return Field(info: info, read: .parameter(read))
    }

    static func text(
        _ name: String, _ path: Path<String?>, isRequired: Bool = false, _ summary: String
    ) -> Field {
        parameter(name, isRequired: isRequired, summary) { (value, _, text, _) throws(Problem) in
            value[keyPath: path] = text
        }
    }

    /// A moment, a date, or how long ago it was.
    static func time(_ name: String, _ path: Path<Timestamp?>, _ summary: String) -> Field {
        parameter(
            name, .text,
            "\(summary): `2026-11-23T12:00:00Z`, `2026-11-23`, `12:00:00` (the last one, in UTC), or how long ago it was as `90m`, `24h`, `7d`"
        ) { (value, name, text, now) throws(Problem) in
            value[keyPath: path] = try Parameters.time(name, text, now: now)
        }
    }

    /// One or more of a kind, parted by commas.
    static func choices<Choice: RawRepresentable<String> & CaseIterable & Hashable & Sendable>(
        _ name: String, _ path: Path<Set<Choice>>, _ summary: String
    ) -> Field {
        let all = Choice.allCases.map(\.rawValue).joined(separator: "`, `")
        return parameter(name, .text, "\(summary): one or more of `\(all)`, parted by commas") {
            (value, name, text, _) throws(Problem) in
            value[keyPath: path] = try Parameters.choices(name, text)
        }
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ path: Path<Choice?>, _ summary: String
    ) -> Field {
        parameter(name, .choice(Choice.allCases.map(\.rawValue)), summary) {
            (value, name, text, _) throws(Problem) in
            value[keyPath: path] = try Parameters.choice(name, text)
        }
    }

    static func flag(_ name: String, _ path: Path<Bool>, _ summary: String) -> Field {
        parameter(name, .bool, summary) { (value, name, text, _) throws(Problem) in
            guard text == "true" || text == "false" else {
                throw .badParameter(name, "'\(text)' is none of true, false")
            }
            value[keyPath: path] = text == "true"
        }
    }

    /// A whole number from 0.
    static func number(_ name: String, _ path: Path<Int64?>, _ summary: String) -> Field {
        parameter(name, .integer(0, .max), summary) { (value, name, text, _) throws(Problem) in
            value[keyPath: path] = try Parameters.number(name, text)
        }
    }

    static func limit(_ path: Path<Int>) -> Field {
        parameter("limit", .integer(1, 1000), "How many at most; 50 unless told") {
            (value, _, text, _) throws(Problem) in
            value[keyPath: path] = try Parameters.limit(text)
        }
    }

    /// Where the last page ended; each list has a `letter` of its own.
    static func cursor(_ letter: Character, _ path: Path<Int64?>) -> Field {
        parameter("cursor", .text, "Where the page before ended; stands in its `Link`") {
            (value, _, text, _) throws(Problem) in
            value[keyPath: path] = try Parameters.place(text, letter)
        }
    }
}

/// Members of a JSON body.
extension Field {
    static func member(
        _ name: String, _ schema: Schema, _ summary: String,
        read: @escaping @Sendable (inout Value, inout RequestBody) throws(Problem) -> Void
    ) -> Field {
        let info = FieldInfo(name: name, place: .body, summary: summary, schema: schema)
        return Field(info: info, read: .member(read))
    }

    static func memberText(
        _ name: String, atMost limit: Int, _ path: Path<String?>, _ summary: String
    ) -> Field {
        member(name, .shortText(limit), summary) { (value, body) throws(Problem) in
            value[keyPath: path] = try body.text(name, atMost: limit)
        }
    }

    /// A list of texts, or one text in place of it.
    static func memberTexts(
        _ name: String, atMost limit: Int, _ path: Path<[String]>, _ summary: String
    ) -> Field {
        member(name, .either([.shortText(limit), .list(.shortText(limit))]), summary) {
            (value, body) throws(Problem) in
            value[keyPath: path] = try body.texts(name, atMost: limit)
        }
    }

    static func memberLabels(
        _ name: String, atMost limit: Int, _ path: Path<[String: String]>, _ summary: String
    ) -> Field {
        member(name, .map(.shortText(limit)), summary) { (value, body) throws(Problem) in
            value[keyPath: path] = try body.labels(name, atMost: limit)
        }
    }
}
