/// A character that looks like one of YAML's, or like nothing, and is neither.
struct Lookalike {
    let scalar: Unicode.Scalar
    let message: String
    let cure: String

    private init?(_ scalar: Unicode.Scalar, isFirst: Bool) {
        let code = String(scalar.value, radix: 16, uppercase: true)
        let name = "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
        self.scalar = scalar
        switch scalar.value {
        case 0xA0, 0x2000...0x200A, 0x202F, 0x205F, 0x3000:
            message = "\(name) stands here, which looks like a space"
            cure = "type a space in its place"
        case 0x200B...0x200D, 0x2060, 0xAD:
            message = "the invisible character \(name) stands here"
            cure = "remove it"
        case 0xFF1A where !isFirst:
            message = "\(name) stands here, which looks like a colon"
            cure = "type ': ' in its place"
        case 0x201C...0x201F where isFirst, 0x2018...0x201B where isFirst, 0xAB where isFirst:
            message = "\(name) is no quote that YAML knows"
            cure = "type \" or ' in its place, here and at the end"
        default: return nil
        }
    }

    /// The first in a text without quotes; a curly quote only where it begins it, since it may stand in a message.
    static func first(in text: String) -> Lookalike? {
        text.unicodeScalars.enumerated().lazy.compactMap { index, scalar in
            scalar.isASCII ? nil : Lookalike(scalar, isFirst: index == 0)
        }.first
    }

    static func first(in line: [Unicode.Scalar]) -> (lookalike: Lookalike, column: Int)? {
        for (index, scalar) in line.enumerated() where !scalar.isASCII {
            if let found = Lookalike(scalar, isFirst: false) { return (found, index + 1) }
        }
        return nil
    }
}
