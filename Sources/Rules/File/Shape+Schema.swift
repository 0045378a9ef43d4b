extension Shape {
    /// The JSON Schema (draft-07) of what may stand here.
    ///
    /// It refuses nothing that the gateway takes: what a `${VARIABLE}` holds is not known, and texts may look like numbers.
    public var schema: JSONValue {
        let all = alternatives + (mayBeNull ? [.object(["type": .string("null")])] : [])
        return all.count == 1 ? all[0] : all.isEmpty ? .bool(true) : .object(["anyOf": .array(all)])
    }

    private var alternatives: [JSONValue] {
        var all: [JSONValue] = []
        if sections > 0 { all.append(mapping) }
        if let value {
            all.append(.object(["type": .string("object"), "additionalProperties": value.schema]))
        }
        if let item {
            if mayBeOne { all += item.alternatives }
            all.append(.object(["type": .string("array"), "items": item.schema]))
        }
        for scalar in scalars { all += scalar.schemas }
        return all + [texts].compactMap { $0 }
    }

    private var mapping: JSONValue {
        var members: [String: JSONValue] = [
            "type": .string("object"), "properties": .object(keys.mapValues(\.schema)),
            "additionalProperties": .bool(false),
        ]
        if !required.isEmpty { members["required"] = .array(required.map(JSONValue.string)) }
        return .object(members)
    }

    /// Whatever texts are expected, as one.
    private var texts: JSONValue? {
        let words = scalars.compactMap { scalar in
            if case .text(let words) = scalar { words } else { nil }
        }
        guard !words.isEmpty else { return nil }
        let types = ["string", "number", "boolean"].map(JSONValue.string)
        return .object(["type": .array(types), "description": .string(words.joined(separator: "; or "))])
    }
}

extension Shape.Scalar {
    fileprivate var schemas: [JSONValue] {
        switch self {
        case .text: []
        case .integer(let range):
            [
                .object([
                    "type": .string("integer"), "minimum": .number(Double(range.lowerBound)),
                    "maximum": .number(Double(range.upperBound)),
                ]), Self.text("[+-]?[0-9]+"),
            ]
        case .number: [.object(["type": .string("number")]), Self.text("[-+.0-9eE]+")]
        case .duration(let range):
            [
                Self.text(
                    "[0-9]+(ms|s|m|h|d)",
                    "a duration from \(range.lowerBound.compact) to \(range.upperBound.compact)")
            ]
        case .choice(let names):
            [.object(["enum": .array(names.map(JSONValue.string))]), Self.text(nil)]
        case .flag: [.object(["type": .string("boolean")]), Self.text("[Tt]rue|TRUE|[Ff]alse|FALSE")]
        }
    }

    /// A text of that form, or with a variable in it.
    private static func text(_ pattern: String?, _ description: String? = nil) -> JSONValue {
        let variable = #"\$\{"#
        var members: [String: JSONValue] = [
            "type": .string("string"),
            "pattern": .string(pattern.map { "^(\($0))$|\(variable)" } ?? variable),
        ]
        if let description { members["description"] = .string(description) }
        return .object(members)
    }
}

extension JSONValue {
    /// The value as JSON of one member or element a line, the members by name.
    public func pretty(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .object(let members) where !members.isEmpty:
            let lines = members.keys.sorted().map { name in
                "\(inner)\(JSONValue.string(name).pretty()): \(members[name]?.pretty(indent: inner) ?? "null")"
            }
            return "{\n\(lines.joined(separator: ",\n"))\n\(indent)}"
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { inner + $0.pretty(indent: inner) }
            return "[\n\(lines.joined(separator: ",\n"))\n\(indent)]"
        case .object: return "{}"
        case .array: return "[]"
        case .null: return "null"
        case .bool(let flag): return "\(flag)"
        case .number(let number): return number.plain
        case .string(let text):
            var json = JSONWriter()
            json.string(text)
            return String(decoding: json.bytes, as: UTF8.self)
        }
    }
}
