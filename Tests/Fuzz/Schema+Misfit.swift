import Rules

@testable import Gateway

extension Schema {
    /// Where a value is not of this shape, as `/0/name`, and what it is; nil when it is.
    func misfit(of value: JSONValue, at place: String = "") -> String? {
        switch (self, value) {
        case (.any, _), (.bool, .bool), (.text, .string), (.number, .number): nil
        case (.time, .string(let text)): Timestamp(rfc3339: text) == nil ? "\(place): \(text)" : nil
        case (.integer(let least, let most), .number(let number)):
            number.rounded() == number && number >= Double(least) && number <= Double(most)
                ? nil : "\(place): \(number)"
        case (.shortText(let limit), .string(let text)):
            1...limit ~= text.unicodeScalars.count ? nil : "\(place): \(text)"
        case (.choice(let names), .string(let text)): names.contains(text) ? nil : "\(place): \(text)"
        case (.choice(let names), .null) where names.isEmpty: nil
        case (.list(let element), .array(let elements)):
            elements.enumerated().lazy.compactMap { element.misfit(of: $1, at: "\(place)/\($0)") }.first
        case (.map(let element), .object(let members)):
            members.lazy.compactMap { element.misfit(of: $1, at: "\(place)/\($0)") }.first
        case (.object(let known), .object(let members)): Self.misfit(of: members, known, at: place)
        case (.either(let schemas), _):
            schemas.contains { $0.misfit(of: value) == nil } ? nil : "\(place): \(value)"
        case (.named(let name), _):
            Schemas.all.first { $0.key == name }.map { $0.value.misfit(of: value, at: place) }
                ?? "\(place): there is no schema \(name)"
        default: "\(place): \(value)"
        }
    }

    private static func misfit(
        of members: [String: JSONValue], _ known: [Member], at place: String
    ) -> String? {
        for name in members.keys where !known.contains(where: { $0.name == name }) {
            return "\(place)/\(name) is not declared"
        }
        for member in known {
            guard let value = members[member.name] else {
                if member.isRequired { return "\(place)/\(member.name) is missing" }
                continue
            }
            if let misfit = member.schema.misfit(of: value, at: "\(place)/\(member.name)") { return misfit }
        }
        return nil
    }
}

extension Route {
    /// What it declares to answer in JSON with `status`; nil for an answer that it does not declare.
    func schema(of status: Int) -> Schema? {
        if status == gives.status { return gives.contents.first { $0.type == "application/json" }?.schema }
        return gives.others.first { $0.status == status }?.schema
    }
}
