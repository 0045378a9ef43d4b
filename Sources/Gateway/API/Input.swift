import HTTP
import Rules

/// What a route reads of a request beside its path: the one definition by which it is read, checked and documented.
///
/// Its handler is given a `Value` and nothing else of the query, the fields and the members of the body, so that
/// nothing can be read that is not declared here.
struct Input<Value: Sendable>: Sendable {
    /// What is read into: the values of what is not given.
    let start: Value
    let fields: [Field<Value>]

    init(_ start: Value, _ fields: [Field<Value>]) {
        self.start = start
        self.fields = fields
    }

    /// Reads all of it; one that is unknown, malformed, missing or given twice is named.
    func read(_ request: HTTPServer.Request, now: Timestamp) throws(Problem) -> Value {
        var value = start
        for (name, text) in try Parameters.unique(request.query) {
            guard let read = parameter(name) else {
                throw Parameters.unknown(name, fields.filter { $0.info.place == .query }.map(\.info.name))
            }
            try read(&value, name, text, now)
        }
        for field in fields {
            if case .parameter(let read) = field.read, field.info.place == .header,
                let text = request.fields[field.info.name]
            {
                try read(&value, field.info.name, text, now)
            }
            guard field.info.isRequired, field.info.place == .query else { continue }
            guard let given = request.parameter(field.info.name), !given.isEmpty else {
                throw .badParameter(field.info.name, field.info.summary)
            }
        }
        try readBody(request, into: &value)
        return value
    }

    private func parameter(_ name: String) -> Field<Value>.ReadParameter? {
        for field in fields where field.info.place == .query && field.info.matches(name) {
            if case .parameter(let read) = field.read { return read }
        }
        return nil
    }

    private func readBody(_ request: HTTPServer.Request, into value: inout Value) throws(Problem) {
        guard fields.contains(where: { $0.info.place == .body }) else { return }
        var body = try RequestBody(of: request)
        for field in fields {
            if case .member(let read) = field.read { try read(&value, &body) }
        }
        try body.finish()
    }
}

/// One parameter, field of the head or member of the body, and where its value goes.
struct Field<Value: Sendable>: Sendable {
    typealias ReadParameter =
        @Sendable (inout Value, _ name: String, _ text: String, _ now: Timestamp) throws(Problem) -> Void

    enum Reading: Sendable {
        case parameter(ReadParameter)
        case member(@Sendable (inout Value, inout RequestBody) throws(Problem) -> Void)
    }

    let info: FieldInfo
    let read: Reading
}

/// What is said of a field to those who ask.
struct FieldInfo: Sendable {
    enum Place: String, Sendable { case path, query, header, body }

    /// `label.NAME` stands for `label.` and anything.
    let name: String
    let place: Place
    let summary: String
    let schema: Schema
    var isRequired = false

    func matches(_ given: String) -> Bool {
        guard name.hasSuffix(".NAME") else { return given == name }
        return given.hasPrefix(name.dropLast(4)) && given.utf8.count > name.utf8.count - 4
    }
}
