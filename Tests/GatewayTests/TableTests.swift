import Testing

@testable import Gateway

@Suite struct TableTests {
    private static let heads = ["ID", "STATUS", "SEVERITY", "RULE", "MACHINE", "OPENED", "MESSAGE"]
    private static let names = [
        "web-17.berlin.example.com", "漢字のとても長いマシンの名前です", "e\u{301}te\u{301}-\u{1F600}\u{1F600}-gateway",
        "\u{1b}]0;owned\u{7}\u{9b}2J\r\n\u{202e}\u{200b}x", "a" + String(repeating: "\u{300}", count: 200),
    ]

    private let table = Table(
        heads,
        names.enumerated().map { index, name in
            [
                "\(index)", "acknowledged", "critical", "memory-high-of-databases", name.forTerminal,
                "2026-11-23 12:00:06Z", "mem mean 91.25 over the last 3 samples is above 85",
            ]
        })

    @Test(arguments: [20, 40, 60, 80, 100, 120, 160])
    func aTableFitsItsTerminal(width: Int) {
        for line in table.text(width: width).split(separator: "\n").map(String.init) {
            #expect(line.displayWidth <= max(width, 34), "\(line)")
            #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
        }
    }

    @Test func whatIsKnownIsKeptWhole() {
        let wide = table.text(width: 120).split(separator: "\n")
        #expect(
            wide[1].hasPrefix(
                "0   acknowledged  critical  memory-high-of-databases  web-17.berlin.example.com   2026-11-23 12:00:06Z  "
            ))
        let narrow = table.text(width: 60).split(separator: "\n")
        #expect(narrow[0] == "ID  STATUS        SEVERITY  RULE      MACHINE   OPENED")
        #expect(narrow[1] == "0   acknowledged  critical  memory-…  web-17.…  11-23 12:00")
        #expect(narrow[2] == "1   acknowledged  critical  memory-…  漢字の…   11-23 12:00")
        // Columns stand below each other, whatever the letters take.
        let places = Set(
            narrow.dropFirst().map { line in
                line.firstRange(of: "11-23").map { String(line[..<$0.lowerBound]).displayWidth }
            })
        #expect(places == [48])
    }

    @Test(arguments: [
        ("abc", 3), ("漢字", 4), ("e\u{301}", 1), ("\u{1F600}", 2), ("한국", 4), ("ｆｕｌｌ", 8), ("ﾊﾝｶｸ", 4),
        ("❤\u{FE0F}", 2), ("é", 1), ("\u{301}", 0), ("🇩🇪", 2), ("—…", 2),
    ])
    func aTextTakesItsColumns(text: String, width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test func marksBeyondMeasureAreLeftOut() {
        #expect(("a" + String(repeating: "\u{300}", count: 200)).forTerminal.unicodeScalars.count == 5)
        #expect("\u{1b}[31m\u{202e}\u{ad}\u{3164}".forTerminal == "\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}")
    }

    @Test func coloursAreForStatusAndSeverity() {
        let ink = Ink(isColored: true)
        let table = Table(["ID", "STATUS", "NAME"], [["1", "open", "open"], ["2", "odd", "b"]])
        #expect(
            table.text(width: 80, ink: ink)
                == "ID  STATUS  NAME\n1   \u{1b}[31mopen\u{1b}[0m    open\n2   odd     b\n")
        #expect(table.text(width: 80) == "ID  STATUS  NAME\n1   open    open\n2   odd     b\n")
    }

    @Test func colourIsOnlyForATerminalUnlessAskedFor() {
        func isColored(_ asked: String?, _ environment: [String: String] = [:], onTerminal: Bool = true)
            -> Bool
        {
            Terminal.isColored(asked, environment, isTerminal: onTerminal)
        }
        #expect(
            isColored(nil) && isColored("auto", ["NO_COLOR": ""]) && isColored("always", ["NO_COLOR": "1"]))
        #expect(isColored("always", onTerminal: false))
        #expect(!isColored(nil, onTerminal: false) && !isColored("auto", ["NO_COLOR": "1"]))
        #expect(!isColored("never") && !isColored(nil, ["TERM": "dumb"]))
    }
}
