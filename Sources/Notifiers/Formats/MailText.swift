import Rules

/// How text that is not ASCII travels in a mail.
enum MailText {
    private static let digits = Array("0123456789ABCDEF")

    private static func hexadecimal(_ byte: UInt8) -> String {
        "=" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
    }

    /// A header's text (RFC 2047): as it is where it is short ASCII, else in words of at most 75 characters.
    ///
    /// What is not a letter, a digit or a space is encoded, so that nothing can end the header.
    static func encodedWords(_ text: String, after width: Int) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
        if isPlain, width + text.utf8.count <= 76, text.first != " ", text.last != " " { return text }
        let (opening, closing, limit) = ("=?utf-8?Q?", "?=", 63)
        var words: [String] = []
        var word = ""
        // Each word is decoded by itself, so that no character may be split between two; a scalar is the most
        // that the rule asks for, and the most that surely fits.
        for scalar in text.unicodeScalars {
            var piece = ""
            for byte in String(scalar).utf8 {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    piece.unicodeScalars.append(Unicode.Scalar(byte))
                case 0x20: piece += "_"
                default: piece += hexadecimal(byte)
                }
            }
            let room = words.isEmpty ? limit - width : limit
            if word.utf8.count + piece.utf8.count > room {
                words.append(word)
                word = ""
            }
            word += piece
        }
        return (words + [word]).map { opening + $0 + closing }.joined(separator: "\r\n ")
    }

    /// The lines, of at most 76 characters, that a line of text becomes in quoted-printable (RFC 2045 §6.7).
    static func quotedPrintable(_ line: String) -> [String] {
        var lines: [String] = []
        var current = ""
        let bytes = Array(line.utf8)
        for (index, byte) in bytes.enumerated() {
            let isLast = index == bytes.count - 1
            let isPlain =
                (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=") || (byte == 0x20 && !isLast)
            let piece = isPlain ? String(Unicode.Scalar(byte)) : hexadecimal(byte)
            if current.utf8.count + piece.utf8.count > 75 {
                lines.append(current + "=")
                current = ""
            }
            current += piece
        }
        return lines + [current]
    }
}

extension Timestamp {
    /// The moment as a mail's header has it: `Mon, 23 Nov 2026 12:00:00 +0000` (RFC 5322 §3.3).
    var mailDate: String {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        // 1 January 1970 was a Thursday.
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let days = milliseconds / 86_400_000 - (milliseconds % 86_400_000 < 0 ? 1 : 0)
        let weekday = weekdays[Int(((days % 7) + 7) % 7)]
        let text = description
        let (year, day, time) = (text.prefix(4), text.dropFirst(8).prefix(2), text.dropFirst(11).prefix(8))
        return "\(weekday), \(day) \(months[Int(civil.month) - 1]) \(year) \(time) +0000"
    }
}
