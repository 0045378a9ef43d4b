import Rules
import Testing

/// The bytes that go out, against the standard library's own text.
@Suite struct WireTests {
    private func json(_ write: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        write(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test func aNumberIsTheShortestTextThatReadsBackTheSame() {
        var random = SplitMix64(seed: 1)
        var values: [Double] = [
            0, -0.0, 1, -1, 0.1, 0.07, 0.005, 1e-5, 123.4, 1e15, 1e16, 9_999_999_999_999.99,
        ]
        values += [
            1e13, 12_345_678_901_234.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1 + 0.2, 1.005,
            91.33,
        ]
        for _ in 0..<100_000 {
            let bits = random.next()
            let hundredths = Double(Int64(bitPattern: bits) >> Int64(bits % 64)) / 100
            values += [Double(bitPattern: bits), hundredths, hundredths.nextUp, (hundredths * 10).nextDown]
        }
        for value in values where value.isFinite {
            let text = value.description
            let expected = text.hasSuffix(".0") ? String(text.dropLast(2)) : text
            #expect(value.plain == expected)
            #expect(json { $0.number(value) } == expected)
        }
        #expect(json { $0.number(Double.infinity) } == "null")
        #expect(json { $0.number(Double.nan) } == "null")
    }

    @Test func integersOfAnyWidthAreWrittenWhole() {
        #expect(json { $0.number(Int64.min) } == "-9223372036854775808")
        #expect(json { $0.number(UInt64.max) } == "18446744073709551615")
        #expect(json { $0.number(Int128.max) } == "170141183460469231731687303715884105727")
        for value in [0, 7, 10, 99, 100, -1, -10] { #expect(json { $0.number(value) } == "\(value)") }
    }

    @Test func textIsEscapedWhereItMustBe() {
        #expect(json { $0.string("plain ü 🐦 / text") } == #""plain ü 🐦 / text""#)
        #expect(json { $0.string("") } == #""""#)
        #expect(json { $0.string("a\"b\\c\nd\te\u{1f}\u{7f}") } == #""a\"b\\c\nd\u0009e\u001f"# + "\u{7f}\"")
        #expect(json { $0.string(String(repeating: "\u{0}", count: 300)) }.utf8.count == 1802)
    }

    @Test func commasStandBetweenMembersAndElementsOnly() {
        let text = json { json in
            json.object { json in
                json.member("a", 1)
                json.key("b")
                json.array { json in
                    json.object { _ in }
                    json.null()
                    json.raw("[1]")
                    json.time(Timestamp(milliseconds: 1_795_435_200_123))
                }
                json.member("c", ["y": "2", "x": "1"])
                json.member("d", true)
            }
        }
        #expect(
            text == #"{"a":1,"b":[{},null,[1],"2026-11-23T12:00:00.123Z"],"c":{"x":"1","y":"2"},"d":true}"#)
    }
}
