import HTTP
import Rules

/// The JSON object that a request bears, taken apart member by member; what is wrong is named.
struct RequestBody {
    private let members: [String: JSONValue]
    private var known: [String] = []

    /// Reads the body; without one, no member is given.
    init(of request: HTTPServer.Request) throws(Problem) {
        guard !request.body.isEmpty else {
            members = [:]
            return
        }
        try Self.checkType(of: request)
        let body: JSONValue
        do { body = try JSONValue(request.body, refusingDuplicates: true) } catch {
            if let name = error.duplicate { throw .badMember(name, "'\(name)' is given twice; give it once") }
            throw Problem(
                status: 400, title: "Bad body",
                detail: "the body is no JSON: at byte \(error.offset + 1) \(error.expected) is expected")
        }
        guard case .object(let members) = body else {
            throw Problem(status: 400, title: "Bad body", detail: "the body must be a JSON object")
        }
        self.members = members
    }

    /// Refuses a body that is not said to be JSON: a form of another site could send that.
    static func checkType(of request: HTTPServer.Request) throws(Problem) {
        let type = (request.fields["content-type"] ?? "").prefix { $0 != ";" && $0 != " " }
        guard type.lowercased() == "application/json" else {
            throw Problem(
                status: 415, title: "Unsupported media type",
                detail: "send the body as 'Content-Type: application/json'",
                fields: ["accept": "application/json"])
        }
    }

    /// The value of a member; nil when it is not given, or null.
    mutating func take(_ name: String) -> JSONValue? {
        if !known.contains(name) { known.append(name) }
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    /// A text of 1 to `limit` characters, none of them a control character.
    mutating func text(_ name: String, atMost limit: Int) throws(Problem) -> String? {
        guard let value = take(name) else { return nil }
        return try Self.checked(value, name, limit)
    }

    /// A list of texts, or one text in place of it; empty when it is not given.
    mutating func texts(_ name: String, atMost limit: Int) throws(Problem) -> [String] {
        guard let value = take(name) else { return [] }
        guard case .array(let elements) = value else { return [try Self.checked(value, name, limit)] }
        guard elements.count <= Self.mostElements else {
            throw .badMember(name, "'\(name)' has at most \(Self.mostElements) elements")
        }
        var texts: [String] = []
        for element in elements { texts.append(try Self.checked(element, name, limit)) }
        return texts
    }

    /// Names and texts; empty when they are not given.
    mutating func labels(_ name: String, atMost limit: Int) throws(Problem) -> [String: String] {
        guard let value = take(name) else { return [:] }
        guard case .object(let members) = value, members.count <= Self.mostElements else {
            throw .badMember(
                name, "'\(name)' must be an object of at most \(Self.mostElements) texts: {\"env\": \"test\"}"
            )
        }
        var labels: [String: String] = [:]
        for (key, value) in members {
            labels[try Self.checked(.string(key), name, limit)] = try Self.checked(value, name, limit)
        }
        return labels
    }

    private static let mostElements = 100

    private static func checked(_ value: JSONValue, _ name: String, _ limit: Int) throws(Problem) -> String {
        guard let text = value.text else { throw .badMember(name, "'\(name)' must be a text") }
        let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard isPlain, !text.isEmpty, text.unicodeScalars.count <= limit else {
            throw .badMember(
                name, "'\(name)' must have 1 to \(limit) characters, none of them a control character")
        }
        return text
    }

    /// Refuses the members that nobody has asked for.
    func finish() throws(Problem) {
        for name in members.keys.sorted() where !known.contains(name) {
            let guess = name.nearest(among: known).map { "did you mean '\($0)'? " } ?? ""
            throw .badMember(
                name, "there is no member '\(name)'; \(guess)there are \(known.joined(separator: ", "))")
        }
    }
}
