/// The beginning of a text from outside, on one line: at most 100 characters, control characters escaped.
func excerpt(_ bytes: some Collection<UInt8>) -> String {
    excerpt(String(decoding: bytes.prefix(400), as: UTF8.self), isCut: bytes.count > 400)
}

func excerpt(_ text: String, isCut: Bool = false) -> String {
    let limit = 100
    let scalars = text.unicodeScalars.prefix(limit + 1)
    let isWhole = scalars.count <= limit && !isCut
    return scalars.prefix(limit).map(escaped).joined() + (isWhole ? "" : "…")
}

/// The character, or `\n` and `\u{85}` for what would move the cursor, the line or the reading direction.
private func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator:
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(scalar.value, radix: 16))}"
        }
    default: String(scalar)
    }
}
