import Testing

@testable import Rules

@Suite struct PatternTests {
    @Test func whatIsNotAsExpectedIsShownWithItsPlace() throws {
        let value = try JSONValue(Array(#"{"a": {"c": [1, null, "x"], "b": true}, "d": {}}"#.utf8))
        let pattern = Pattern.mapping([
            .init("a", .scalar("open")), .init("d", .null), .init("e", .scalar("1")),
        ])
        #expect(
            pattern.mismatches(value) == [
                .init(path: "a", expected: "open", got: "{b: true, c: [1, null, x]}"),
                .init(path: "d", expected: "null", got: "{}"),
                .init(path: "e", expected: "1", got: "nothing"),
            ])
    }
}
