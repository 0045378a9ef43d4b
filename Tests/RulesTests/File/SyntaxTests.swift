import Testing

@testable import Rules

/// What libyaml stumbles over, and what we refuse of YAML.
@Suite struct SyntaxTests {
    @Test func tabs() {
        let yaml = "rules:\n\t- name: a\n"
        let says = """
            rules.yaml:2:1: error: a tab stands where YAML wants spaces
                \t- name: a
                ^
              help: use spaces to indent and to align
            """
        #expect(report(yaml) == says)
    }

    @Test func tabsAfterSpaces() {
        let yaml = "rules:\n  - name: a\n  \tmetric: cpu\n"
        let says = """
            rules.yaml:3:3: error: a tab stands where YAML wants spaces
                  \tmetric: cpu
                  ^
              help: use spaces to indent and to align
            """
        #expect(report(yaml) == says)
    }

    @Test func openQuotes() {
        let yaml = """
            rules:
              - name: "abc
                url: x
            """
        let says = """
            rules.yaml:2:11: error: the quote that opens here is never closed
                  - name: "abc
                          ^
              help: close it on the same line
            """
        #expect(report(yaml) == says)
    }

    @Test func shiftedKeys() {
        let yaml = """
            rules:
              - name: a
               metric: x
            """
        let says = """
            rules.yaml:3:4: error: this line does not fit the indentation of those before it
                   metric: x
                   ^
              help: 2 spaces and '- ' begin an item of the list; 4 spaces go on with the one above
            """
        #expect(report(yaml) == says)
    }

    @Test func shiftedItems() {
        let yaml = """
            rules:
              - name: a
             metric: x
            """
        let says = """
            rules.yaml:3:2: error: this line does not fit the indentation of those before it
                 metric: x
                 ^
              help: indent it like the keys it belongs with, those from line 1 by 0 spaces
            """
        #expect(report(yaml) == says)
    }

    @Test func gluedColons() {
        let yaml = """
            rules:
              - name:a
                metric: x
            """
        let says = """
            rules.yaml:2:5: error: expected 'key: value' here
                  - name:a
                    ^
              help: put a space after the colon
            """
        #expect(report(yaml) == says)
    }

    @Test func gluedColonsOfOneKey() {
        let yaml = """
            rules:
              - name: a
                window:3
                above: 3
            """
        let says = """
            rules.yaml:3:5: error: expected 'key: value' here
                    window:3
                    ^
              help: put a space after the colon
            """
        #expect(report(yaml) == says)
    }

    @Test func missingColons() {
        let yaml = """
            rules:
              - name: a
                window
                above: 3
            """
        let says = """
            rules.yaml:3:5: error: expected 'key: value' here
                    window
                    ^
              help: write 'key: value'
            """
        #expect(report(yaml) == says)
    }

    @Test func stars() {
        let yaml = """
            rules:
              - only: {machines: [*]}
            """
        let says = """
            rules.yaml:2:23: error: a text that begins with '*' needs quotes
                  - only: {machines: [*]}
                                      ^
              help: write "*" for any name
            """
        #expect(report(yaml) == says)
    }

    @Test func aliasesInPlaceOfGlobs() {
        let yaml = """
            rules:
              - name: *-prod
                metric: cpu
                window: 3
                above: 5
            """
        let says = """
            rules.yaml:2:11: error: aliases (*name) are not supported
                  - name: *-prod
                          ^
              help: write the value out; a text that begins with '*' needs quotes: "*"
            """
        #expect(report(yaml) == says)
    }

    @Test func strayColons() {
        let yaml = """
            rules:
              - name: b: c
            """
        let says = """
            rules.yaml:2:12: error: a value cannot hold ': '
                  - name: b: …
                           ^
              help: put the value in quotes
            """
        #expect(report(yaml) == says)
    }

    @Test func strayDashes() {
        let yaml = """
            rules: - name
            """
        let says = """
            rules.yaml:1:8: error: a list cannot begin here
                rules: - name
                       ^
              help: begin it on a line of its own, with '- ' before each item
            """
        #expect(report(yaml) == says)
    }

    @Test func escapes() {
        let yaml = """
            rules:
              - name: "\\d"
            """
        let says = """
            rules.yaml:2:12: error: no escape begins like this
                  - name: "\\d"
                           ^
              help: write \\\\ for a backslash, or use 'single quotes'
            """
        #expect(report(yaml) == says)
    }

    @Test func reservedCharacters() {
        let yaml = """
            rules:
              - name: @x
            """
        let says = """
            rules.yaml:2:11: error: a text cannot begin with '@'
                  - name: @x
                          ^
              help: put it in quotes
            """
        #expect(report(yaml) == says)
    }

    @Test func openBrackets() {
        let yaml = """
            rules:
              - name: [1, 2
              - {name: b, missing: 3}
            """
        let says = """
            rules.yaml:2:11: error: this '[' is never closed
                  - name: [1, 2
                          ^
              help: close it with ']' on line 2
            """
        #expect(report(yaml) == says)
    }
}
