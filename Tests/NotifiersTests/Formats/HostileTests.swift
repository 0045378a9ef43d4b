import Foundation
import Rules
import Store
import Testing

@testable import Notifiers

/// Each service's published limits, on bodies made from the worst names; one at a time, for other tests mind
/// the clock.
@Suite(.serialized) struct HostileTests {
    @Test(arguments: 0..<12)
    func noNameBreaksABodyOrItsLimits(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let incident = try Samples.incident(
            rule: Hostile.text(&random), machine: Hostile.text(&random), message: Hostile.text(&random),
            labels: Dictionary(
                (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    (Hostile.text(&random), Hostile.text(&random))
                }, uniquingKeysWith: { $1 }),
            severity: Severity.allCases.randomElement(using: &random) ?? .info)
        let messages =
            Samples.messages(about: incident, by: Hostile.text(&random))
            + [("huge digest", .digest(hugeDigest(&random)))]
        for (name, message) in messages {
            for format in try Samples.formats() {
                let body = Samples.sent(message, format)
                let bytes = Array(body.utf8)
                guard format.name != .email else {
                    checkMail(body)
                    continue
                }
                #expect(throws: Never.self, "\(format.name) \(name)") { try JSONValue(bytes) }
                let parsed = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
                check(try #require(parsed), bytes, format.name)
            }
        }
    }

    /// A storm of as many rules and machines as a digest ever names.
    private func hugeDigest(_ random: inout Seeded) -> Digest {
        func counts(_ number: Int) -> [Digest.Count] {
            (0..<number).map { .init(Hostile.text(&random) + "\($0)", 1_000_000) }
        }
        var digest = Digest(
            since: Samples.opened, until: Samples.closed, opened: 100_000_000, resolved: 100_000_000,
            rules: counts(100), machines: counts(10), severity: .critical, isLast: false)
        digest.severities = [.init("critical", 99), .init("warning", 1), .init("info", 1)]
        digest.ended = counts(11).map(\.name)
        return digest
    }

    private func check(_ body: [String: Any], _ bytes: [UInt8], _ format: Webhook.Format.Name) {
        switch format {
        case .slack: checkSlack(body)
        case .discord: checkDiscord(body)
        case .teams: #expect(bytes.count <= Teams.limit)
        case .pagerduty: checkPagerDuty(body, bytes)
        case .telegram: checkTelegram(body)
        case .ntfy:
            #expect((body["message"] as? String ?? "").utf8.count <= Ntfy.messageLimit)
            #expect((body["title"] as? String ?? "").utf8.count <= 250)
        case .standard, .alertmanager, .template, .email: break
        }
    }

    private func checkSlack(_ body: [String: Any]) {
        let blocks = body["blocks"] as? [[String: Any]] ?? []
        #expect((1...50).contains(blocks.count))
        for block in blocks {
            let text = (block["text"] as? [String: Any])?["text"] as? String
            let fields = block["fields"] as? [[String: Any]] ?? []
            let limit = block["type"] as? String == "header" ? 150 : 3000
            #expect(text.map { (1...limit).contains($0.utf16.count) } ?? true)
            #expect(fields.count <= 10)
            for case let field in fields {
                let text = field["text"] as? String ?? ""
                #expect((1...2000).contains(text.utf16.count))
                #expect(field["type"] as? String == "plain_text" || text.contains("<!date^"))
            }
            let plain =
                [text].compactMap { $0 }
                + fields.filter { $0["type"] as? String == "plain_text" }
                .compactMap { $0["text"] as? String }
            for text in plain { checkEscapes(text) }
        }
        checkEscapes(body["text"] as? String ?? "")
    }

    /// No `<` nor `>`, and each `&` begins an escape that is whole.
    private func checkEscapes(_ text: String) {
        #expect(!text.unicodeScalars.contains("<") && !text.unicodeScalars.contains(">"))
        let bare = ["&amp;", "&lt;", "&gt;"].reduce(text) {
            $0.replacingOccurrences(of: $1, with: "", options: .literal)
        }
        #expect(!bare.unicodeScalars.contains("&"))
    }

    private func checkDiscord(_ body: [String: Any]) {
        #expect((body["content"] as? String ?? "").utf16.count <= 2000)
        #expect((body["allowed_mentions"] as? [String: [String]])?["parse"]?.isEmpty == true)
        let embeds = body["embeds"] as? [[String: Any]] ?? []
        #expect(embeds.count <= 10)
        var total = 0
        for embed in embeds {
            let (title, text) = (embed["title"] as? String ?? "", embed["description"] as? String ?? "")
            let fields = embed["fields"] as? [[String: Any]] ?? []
            #expect(title.utf16.count <= 256 && text.utf16.count <= 4096 && fields.count <= 25)
            total += title.utf16.count + text.utf16.count
            for field in fields {
                let (name, value) = (field["name"] as? String ?? "", field["value"] as? String ?? "")
                #expect((1...256).contains(name.utf16.count) && (1...1024).contains(value.utf16.count))
                total += name.utf16.count + value.utf16.count
            }
            let end = text.unicodeScalars.reversed().prefix { $0 == "\\" }.count
            #expect(end % 2 == 0, "an escape was cut")
        }
        #expect(total <= 6000)
    }

    private func checkPagerDuty(_ body: [String: Any], _ bytes: [UInt8]) {
        let payload = body["payload"] as? [String: Any] ?? [:]
        #expect((1...1024).contains((payload["summary"] as? String ?? "").utf16.count))
        #expect((1...255).contains((body["dedup_key"] as? String ?? "").utf8.count))
        #expect(!(payload["source"] as? String ?? "").isEmpty)
        #expect(["critical", "error", "warning", "info"].contains(payload["severity"] as? String ?? ""))
        #expect(["trigger", "acknowledge", "resolve"].contains(body["event_action"] as? String ?? ""))
        #expect(body["routing_key"] as? String == Samples.routingKey)
        // https://developer.pagerduty.com/docs/events-api-v2-overview: 512 kB.
        #expect(bytes.count <= 512_000)
    }

    private func checkTelegram(_ body: [String: Any]) {
        let text = body["text"] as? String ?? ""
        #expect((1...4096).contains(text.utf16.count))
        let bare = [
            "<b>", "</b>", "<a href=\"https://alerts.example/?incident=42\">",
            "<a href=\"https://alerts.example/\">", "</a>",
        ]
        .reduce(text) { $0.replacingOccurrences(of: $1, with: "", options: .literal) }
        checkEscapes(bare)
    }

    private func checkMail(_ body: String) {
        let (head, text) =
            body.firstRange(of: "\r\n\r\n").map {
                (String(body[..<$0.lowerBound]), String(body[$0.upperBound...]))
            } ?? ("", "")
        let names = head.components(separatedBy: "\r\n").filter { !$0.hasPrefix(" ") }
            .map { $0.prefix { $0 != ":" } }
        let expected = [
            "From", "To", "Message-ID", "Subject", "Date", "MIME-Version", "Content-Type",
            "Content-Transfer-Encoding", "Auto-Submitted", "References",
        ]
        #expect(names.map(String.init) == expected.filter { $0 != "References" || head.contains($0) })
        #expect(body.utf8.allSatisfy { $0 == 0x0D || $0 == 0x0A || (0x20...0x7E).contains($0) })
        #expect(body.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 && !$0.contains("\n") })
        #expect(!text.isEmpty)
    }

    @Test func aCutFallsBeforeACharacterAndNeverIntoAnEscape() {
        #expect("abcdef".clipped(to: 6) == "abcdef")
        #expect("abcdefg".clipped(to: 6) == "abcde…")
        #expect("a👩‍👩‍👧b".clipped(to: 8) == "a…")
        #expect("a&b".clipped(to: 6, escaping: escapeHTML) == "a…")
        #expect("a&b".clipped(to: 7, escaping: escapeHTML) == "a&amp;b")
        #expect("<\u{0338}".clipped(to: 9, escaping: escapeHTML) == "&lt;\u{0338}")
        #expect("ab".clipped(to: 1) == "…")
        #expect("ab".clipped(to: 0) == "")
        #expect("äöü".clipped(to: 5, in: .utf8) == "ä…")
        #expect("\"\"\"".clipped(to: 5, in: .json) == "\"…")
    }

    @Test func whatHidesOrReversesATextIsShown() {
        #expect("a\u{202E}b\u{0007}c".legible == "a\u{FFFD}b\u{FFFD}c")
        #expect("a\r\nb\tc".legible == "a  b c")
        #expect("e\u{0301}".legible == "e\u{0301}")
        #expect(("e" + String(repeating: "\u{0301}", count: 90)).legible.unicodeScalars.count == 5)
        #expect("👩‍👩‍👧".legible == "👩‍👩‍👧")
    }
}

/// A generator that gives the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    /// SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

enum Hostile {
    private static let pieces = [
        "<img src=x onerror=alert(1)>", "@everyone", "<!channel>", "<@U123>", "*_~|`", "**bold**",
        "[x](http://e)",
        "&amp;", "&", "<", ">", "\"", "\\", "\\\"", "'", "{{incident.machine}}", "}}", "${HOME}", "\u{202E}",
        "\u{0}", "\u{7}", "\r\nBcc: eve@example.com", "\n\n", "\t", "\u{2028}", "👩‍👩‍👧‍👦", "🇩🇪", "é", "e\u{0301}",
        "<\u{0338}", "日本語", "שלום", "\u{FEFF}", "\u{200B}", "\u{E000}", "\u{1F600}", "=?utf-8?Q?x?=", ".",
        " ",
        "</b>", "%s", "|upper", "http://evil.example/", "a",
    ]

    static func text(_ random: inout Seeded) -> String {
        if Int.random(in: 0..<12, using: &random) == 0 { return "" }
        let piece = pieces.randomElement(using: &random) ?? ""
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return String(repeating: piece, count: Int.random(in: 1...300, using: &random))
        case 1: return "a" + String(repeating: "\u{0301}", count: 600) + piece
        default:
            let count = Int.random(in: 1...80, using: &random)
            return (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        }
    }
}
