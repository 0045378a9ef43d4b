import Testing

@testable import Rules

/// All that is said of bytes, whatever they are.
private func report(_ bytes: [UInt8]) -> String {
    let faults = Faults(in: "rules.yaml")
    let environment = Environment(variables: [:])
    if var file = Section.root(of: bytes, environment: environment, reporting: faults) {
        _ = RulesSection(of: &file, metrics: ["cpu"])
        file.finish()
    }
    return faults.all.map(\.description).joined(separator: "\n")
}

private func repeated(_ text: String, _ count: Int) -> [UInt8] {
    Array(String(repeating: text, count: count).utf8)
}

@Suite struct HostileFileTests {
    @Test func refusesWhatIsTooLarge() {
        let says = """
            rules.yaml: error: the file has 300000 bytes; at most 262144 (256 kB) are read
              help: rules for many machines need not name them: a rule judges every machine of a source
            """
        #expect(report(repeated("#", 300_000)) == says)
    }

    @Test func refusesWhatIsNotText() {
        let utf8 = "rules.yaml:2:7: error: this is not UTF-8\n  help: save the file as UTF-8"
        for bad: [UInt8] in [
            [0xE9], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
        ] {
            #expect(report(Array("é: 1\na: caf".utf8) + bad) == utf8)
        }
        #expect(
            report([0xFF, 0xFE, 0x61, 0x00])
                == "rules.yaml:1:1: error: the file is UTF-16, not UTF-8\n  help: save it as UTF-8")
    }

    @Test(arguments: ["\u{0}", "\u{1b}", "\u{85}", "\u{2028}", "\u{202e}", "\u{7f}"])
    func refusesControlCharacters(_ character: Character) {
        let code = String(character.unicodeScalars.first?.value ?? 0, radix: 16, uppercase: true)
        let name = "U+" + String(repeating: "0", count: 4 - code.count) + code
        let says = "rules.yaml:2:4: error: the control character \(name) is not allowed\n  help: remove it"
        #expect(report(Array("a: 1\r\nb: \(character)".utf8)) == says)
    }

    /// libyaml takes quadratic time on nesting: 100 kB of brackets took it 17 s.
    @Test(
        .timeLimit(.minutes(5)), arguments: ["[", "{a: ", "- ", "? ", "[\n", "[{a: ", "a: [", "- - - - ? "])
    func refusesDeepNesting(_ text: String) {
        let says = report(repeated(text, 100_000 / text.utf8.count))
        #expect(says.contains("error: lists and mappings are nested more than 32 deep"))
    }

    @Test(.timeLimit(.minutes(5))) func readsWideFilesQuickly() {
        #expect(report(repeated("a: 1\n", 50_000)).contains("'a' is given twice"))
        #expect(
            report(Array("rules: [".utf8) + repeated("a,", 100_000) + [0x5D]).contains("must be a mapping"))
        let distinct = (0..<20_000).map { "k\($0): 1\n" }.joined()
        #expect(report(Array(distinct.utf8)).contains("unknown key 'k0'"))
        #expect(report(Array("rules: \"".utf8) + repeated("x ", 100_000)).contains("never closed"))
    }

    @Test func refusesAliasBombs() {
        let bomb = (1...9).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1), *a\($0 - 1)]" }
        let says = report(Array((["a0: &a0 x"] + bomb + ["rules: []"]).joined(separator: "\n").utf8))
        #expect(says.split(separator: "\n").count { $0.contains("error: aliases (*name)") } == 27)
        #expect(says.split(separator: "\n").count { $0.contains("error: anchors (&name)") } == 10)
    }

    @Test func readsToTheDeepestLevel() {
        let depth = YAMLDocument.depthLimit
        let brackets = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        #expect(!report(Array(brackets(depth).utf8)).contains("deep"))
        #expect(report(Array(brackets(depth + 1).utf8)).contains("deep"))
    }

    @Test func keepsAHundredFaults() {
        let faults = Faults(in: "rules.yaml")
        for line in 1...150 { faults.add(at: Mark(line: 151 - line, column: 1), "no") }
        #expect(faults.all.count == 100)
        #expect(faults.dropped == 50)
        #expect(faults.all.first?.mark?.line == 51)
    }
}
