import Rules

/// The user's own JSON with placeholders: `{"text": "{{incident.machine|upper}} is at {{incident.value}}"}`.
///
/// Within a text of the JSON a placeholder stands for the text of its value, escaped; anywhere else for the
/// value as JSON. So no value, whatever it holds, can break the JSON around it.
public struct Template: MessageFormat, Hashable {
    enum Part: Hashable {
        case literal(String)
        case placeholder(Placeholder)
    }

    struct Placeholder: Hashable {
        let name: String
        let filters: [TemplateFilter]
        let isWithinText: Bool
    }

    /// What is wrong with a template, and at which of its scalars.
    struct Flaw: Error {
        let offset: Int
        let message: String
        let cure: String
        /// The word that is not known, and those that are.
        var unknown: (word: String, known: [String])? = nil
    }

    let parts: [Part]

    /// A template that gives JSON for whatever can be told.
    init(_ text: String) throws(Flaw) {
        var parser = TemplateParser(text)
        let (parts, offsets) = try parser.parse()
        self.parts = parts
        for sample in TemplateSamples.all {
            let (bytes, starts) = render(sample, in: Rendering(gateway: "https://alerts.example"))
            do {
                _ = try JSONValue(bytes)
            } catch {
                throw Self.flaw(error, in: parts, at: offsets, starts, bytes)
            }
        }
    }

    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        render(message, in: rendering).bytes
    }

    /// The result, and at which byte of it each part begins.
    private func render(_ message: Message, in rendering: Rendering) -> (bytes: [UInt8], starts: [Int]) {
        let values = TemplateValues(message, in: rendering)
        var (bytes, starts): ([UInt8], [Int]) = ([], [])
        for part in parts {
            starts.append(bytes.count)
            switch part {
            case .literal(let text): bytes += text.utf8
            case .placeholder(let placeholder):
                let value = placeholder.filters.reduce(values[placeholder.name] ?? .null) { $1.apply(to: $0) }
                bytes += placeholder.isWithinText ? value.escaped : value.json
            }
        }
        return (bytes, starts)
    }

    /// A flaw of the JSON, put at the place in the template that it comes from.
    private static func flaw(
        _ flaw: JSONValue.Flaw, in parts: [Part], at offsets: [Int], _ starts: [Int], _ bytes: [UInt8]
    ) -> Flaw {
        var offset = 0
        if let index = starts.lastIndex(where: { $0 <= flaw.offset }) {
            offset = offsets[index]
            if case .literal(let text) = parts[index] {
                let before = String(decoding: bytes[starts[index]..<flaw.offset], as: UTF8.self)
                offset += min(before.unicodeScalars.count, max(0, text.unicodeScalars.count - 1))
            }
        }
        return Flaw(
            offset: offset, message: "the template is not JSON here: expected \(flaw.expected)",
            cure: "without its placeholders it must be JSON; those within \"…\" are escaped by themselves")
    }
}

/// One step of a placeholder: `|upper`.
enum TemplateFilter: Hashable {
    case upper
    case lower
    /// The value as JSON, which within a text is escaped once more.
    case json
    /// In place of a value that is missing or empty.
    case fallback(TemplateValue)
    case round(Int)
    case truncate(Int)

    static let names = ["default", "json", "lower", "round", "truncate", "upper"]

    func apply(to value: TemplateValue) -> TemplateValue {
        switch self {
        case .upper: .text(value.text.uppercased())
        case .lower: .text(value.text.lowercased())
        case .json: .text(String(decoding: value.json, as: UTF8.self), isJSON: true)
        case .fallback(let other): value.text.isEmpty ? other : value
        case .round(let places): value.rounded(to: places)
        case .truncate(let count): .text(value.text.clipped(to: count))
        }
    }
}

/// What a placeholder stands for.
enum TemplateValue: Hashable {
    case null
    case text(String, isJSON: Bool = false)
    case number(Double)
    case integer(Int64)
    case flag(Bool)
    case labels([String: String])

    /// The value within a text.
    var text: String {
        switch self {
        case .null: ""
        case .text(let text, _): text
        case .number(let number): number.plain
        case .integer(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .labels(let labels):
            labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
        }
    }

    /// The value where JSON has a value.
    var json: [UInt8] {
        var json = JSONWriter()
        switch self {
        case .null: json.null()
        case .text(let text, isJSON: true): json.raw(text)
        case .text(let text, isJSON: false): json.string(text)
        case .number(let number): json.number(number)
        case .integer(let number): json.number(number)
        case .flag(let flag): json.bool(flag)
        case .labels(let labels):
            json.object { json in
                for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
                    json.key(name)
                    json.string(value)
                }
            }
        }
        return json.bytes
    }

    /// The value within the quotes of a text of JSON.
    var escaped: [UInt8] {
        var json = JSONWriter()
        json.string(text)
        return Array(json.bytes.dropFirst().dropLast())
    }

    func rounded(to places: Int) -> TemplateValue {
        guard case .number(let number) = self else { return self }
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        let result = (number * scale).rounded() / scale
        return .number(result.isFinite ? result : number)
    }
}
