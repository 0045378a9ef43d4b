import Rules

/// The shape of a value of JSON, as OpenAPI 3.1 (JSON Schema 2020-12) describes it.
indirect enum Schema: Sendable {
    case any, text, number, bool
    /// RFC 3339 in UTC with milliseconds.
    case time
    case integer(Int64, Int64)
    /// 1 to as many characters.
    case shortText(Int)
    case choice([String])
    case list(Schema)
    /// Names, which are anybody's, and values.
    case map(Schema)
    case object([Member])
    case either([Schema])
    /// One that stands under that name in `Schemas.all`.
    case named(String)

    struct Member: Sendable {
        let name: String
        let schema: Schema
        var isRequired = true
    }

    static let count = Schema.integer(0, .max)

    var orNull: Schema { .either([self, .null]) }

    /// JSON's null alone.
    static let null = Schema.choice([])

    /// An object of these members, each of which is always there.
    static func members(_ members: KeyValuePairs<String, Schema>) -> Schema {
        .object(members.map { Member(name: $0.key, schema: $0.value) })
    }

    func adding(_ members: KeyValuePairs<String, Schema>) -> Schema {
        guard case .object(let own) = self else { return self }
        return .object(own + members.map { Member(name: $0.key, schema: $0.value) })
    }

    /// The same with members that are not always there.
    func allowing(_ members: KeyValuePairs<String, Schema>) -> Schema {
        guard case .object(let own) = self else { return self }
        return .object(own + members.map { Member(name: $0.key, schema: $0.value, isRequired: false) })
    }
}

extension JSONWriter {
    mutating func schema(_ schema: Schema) {
        object { json in
            switch schema {
            case .any: break
            case .text: json.member("type", "string")
            case .number: json.member("type", "number")
            case .bool: json.member("type", "boolean")
            case .time:
                json.member("type", "string")
                json.member("format", "date-time")
            case .integer(let least, let most):
                json.member("type", "integer")
                json.member("minimum", least)
                if most != .max { json.member("maximum", most) }
            case .shortText(let limit):
                json.member("type", "string")
                json.member("minLength", 1)
                json.member("maxLength", limit)
                // No control character.
                json.member("pattern", "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")
            case .choice(let names):
                json.member("type", names.isEmpty ? "null" : "string")
                if !names.isEmpty { json.strings("enum", names) }
            case .list(let element):
                json.member("type", "array")
                json.key("items")
                json.schema(element)
            case .map(let value):
                json.member("type", "object")
                json.key("additionalProperties")
                json.schema(value)
            case .object(let members): json.members(members)
            case .either(let schemas):
                json.key("anyOf")
                json.array { json in for schema in schemas { json.schema(schema) } }
            case .named(let name): json.member("$ref", "#/components/schemas/\(name)")
            }
        }
    }

    private mutating func members(_ members: [Schema.Member]) {
        member("type", "object")
        key("properties")
        object { json in
            for member in members {
                json.key(member.name)
                json.schema(member.schema)
            }
        }
        strings("required", members.filter(\.isRequired).map(\.name))
        member("additionalProperties", false)
    }

    mutating func strings(_ name: StaticString, _ texts: [String]) {
        key(name)
        array { json in for text in texts { json.string(text) } }
    }
}
