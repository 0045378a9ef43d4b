import Rules
import Testing

@testable import Collector

@Suite struct ExpressionTests {
    private static let page = """
        a 6
        b 3
        v{d="1",k="x"} 1
        v{d="2",k="y"} 2
        v{d="3",k="xy"} 3
        w{d="1",k="x"} 10
        w{d="2",k="y"} 20
        w{d="4"} 40
        rate 7
        q{k="say \\"hi\\""} 5

        """

    @Test(
        arguments: [
            ("a", 6), ("-a", -6), ("a + b * 2", 12), ("(a + b) * 2", 18), ("a - b - 1", 2), ("a / b / 2", 1),
            ("2 - -a", 8), ("1e2 * (1 - b / a)", 50), ("0.5*a", 3), ("a/0", nil), ("a + missing", nil),
            ("sum(v)", 6), ("avg(v)", 2), ("min(v)", 1), ("max(v)", 3), ("sum(v) / a", 1), ("v", nil),
            ("v{d=\"2\"}", 2), ("v{d='2'}", 2), ("sum(v{d!=\"2\"})", 4), ("sum(v{k=*\"x*\"})", 4),
            ("sum(v{k=*\"?\"})", 3), ("sum(v{k!*\"x|y\"})", 3), ("sum(v{k=*\"x|y\",d!=\"1\"})", 2),
            ("sum(v{z=\"\"})", 6), ("v{z!=\"\"}", nil), ("sum(v{z=*\"\"})", 6), ("sum(v{z=*\"*\"})", 6),
            // Pairs are made of equal labels; numbers go with each.
            ("sum(v * w)", 50), ("max(w / v)", 10), ("sum(w) / sum(v)", 70.0 / 6), ("sum(v + a)", nil),
            ("sum(v + sum(a))", 24),
            ("sum(a - v)", nil), ("sum(sum(a) - v)", 12), ("max(100 * (1 - v / w))", 90),
            ("sum(v) + sum(w)", 76),
            ("sum(v{}) + a", 12), ("sum (v)", 6), ("max(v / (v - 1))", 2),
            // The name of a function, where nothing is called, is that of a metric.
            ("rate * 2", 14), ("sum + 1", nil), (#"q{k="say \"hi\""}"#, 5), (#"q{k='say "hi"'}"#, 5),
        ] as [(String, Double?)])
    func computes(expression: String, expected: Double?) throws {
        #expect(try value(of: expression, in: Self.page) == expected)
    }

    /// Whoever wrote a regular expression is told the pattern that says the same, where there is one.
    @Test(
        arguments: [
            (#"a{m=~"eth.+"}"#, #"write =*"eth?*", a pattern"#),
            (#"a{m=~"^web\.example\.com$"}"#, #"write =*"web.example.com", a pattern"#),
            (#"a{m!~"(x|y-.)"}"#, #"write !*"x|y-?", a pattern"#),
            (#"a{m=~"\d+"}"#, #"use patterns: =*"ext*|xfs", with * for any characters, ? for one, | for or"#),
        ])
    func aRegularExpressionIsAnsweredWithAPattern(expression: String, cure: String) {
        #expect {
            try Expression(parsing: expression)
        } throws: {
            ($0 as? ExpressionFault)?.cure == cure
        }
    }

    @Test func readsWhatItWrites() throws {
        let text = #"x{a="1",b!="2",c=*"3*|4",d!*"?"}"#
        guard case .series(let selector) = try Expression(parsing: text) else {
            Issue.record("no selector")
            return
        }
        #expect(selector.description == text)
    }

    /// Random expressions over random pages, against an interpreter that takes one machine at a time.
    @Test func agreesWithANaiveOracle() throws {
        var random = SeededGenerator(state: 3)
        for _ in 0..<3000 {
            let machines = (0..<Int.random(in: 1...3, using: &random)).map { "m\($0)" }
            var series: [NaiveSeries] = []
            for machine in machines {
                for name in ["p", "q", "r"] {
                    for label in ["1", "2", "3"] where Bool.random(using: &random) {
                        let value = Double(Int.random(in: -4...4, using: &random))
                        series.append(.init(machine: machine, name: name, label: label, value: value))
                    }
                }
            }
            series.shuffle(using: &random)
            let page = series.map { "\($0.name){i=\"\($0.machine)\",l=\"\($0.label)\"} \($0.value)\n" }
                .joined()
            guard !page.isEmpty else { continue }
            let expression = NaiveExpression.random(depth: 3, using: &random)
            guard expression.names != [], let parsed = try? Expression(parsing: expression.text) else {
                continue
            }
            let shape = PrometheusShape(machine: "i", metrics: [.init("x", parsed)])
            let decoded = try decode(page: page, shape)
            for (row, machine) in decoded.names.enumerated() {
                let mine = decoded.values[row]
                let naive = expression.number(of: series.filter { $0.machine == machine })
                let isSame = naive.map { abs($0 - mine) <= 1e-9 * max(1, abs($0)) } ?? mine.isNaN
                #expect(
                    isSame, "\(expression.text) of \(machine) is \(mine), not \(naive ?? .nan) in:\n\(page)")
            }
        }
    }
}

private struct NaiveSeries {
    let machine: String
    let name: String
    let label: String
    var value: Double
}

private indirect enum NaiveExpression {
    case number(Int)
    case series(String)
    case binary(String, NaiveExpression, NaiveExpression)
    case fold(String, NaiveExpression)

    static func random(depth: Int, using random: inout SeededGenerator) -> NaiveExpression {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 3), using: &random) {
        case 0: return .number(Int.random(in: 0...3, using: &random))
        case 1, 2: return .series(["p", "q", "r"].randomElement(using: &random) ?? "p")
        case 3, 4:
            return .fold(
                ["sum", "avg", "min", "max"].randomElement(using: &random) ?? "sum",
                .random(depth: depth - 1, using: &random))
        default:
            return .binary(
                ["+", "-", "*", "/"].randomElement(using: &random) ?? "+",
                .random(depth: depth - 1, using: &random), .random(depth: depth - 1, using: &random))
        }
    }

    var text: String {
        switch self {
        case .number(let number): String(number)
        case .series(let name): name
        case .binary(let sign, let left, let right): "(\(left.text) \(sign) \(right.text))"
        case .fold(let name, let inner): "\(name)(\(inner.text))"
        }
    }

    var names: Set<String> {
        switch self {
        case .number: []
        case .series(let name): [name]
        case .binary(_, let left, let right): left.names.union(right.names)
        case .fold(_, let inner): inner.names
        }
    }

    /// A number, or values by label.
    enum Value {
        case number(Double)
        case byLabel([String: Double])
    }

    func number(of series: [NaiveSeries]) -> Double? {
        switch value(of: series) {
        case .number(let number): number.isFinite ? number : nil
        case .byLabel(let values): values.count == 1 ? values.values.first : nil
        }
    }

    private func value(of series: [NaiveSeries]) -> Value {
        switch self {
        case .number(let number): return .number(Double(number))
        case .series(let name):
            let mine = series.filter { $0.name == name }.map { ($0.label, $0.value) }
            return .byLabel(Dictionary(uniqueKeysWithValues: mine))
        case .fold(let name, let inner):
            guard case .byLabel(let values) = inner.value(of: series) else { return .number(.nan) }
            guard !values.isEmpty else { return .number(.nan) }
            let all = values.values
            switch name {
            case "sum": return .number(all.reduce(0, +))
            case "avg": return .number(all.reduce(0, +) / Double(all.count))
            case "min": return .number(all.min() ?? .nan)
            default: return .number(all.max() ?? .nan)
            }
        case .binary(let sign, let left, let right):
            return Self.combine(left.value(of: series), right.value(of: series)) { a, b in
                switch sign {
                case "+": a + b
                case "-": a - b
                case "*": a * b
                default: a / b
                }
            }
        }
    }

    private static func combine(
        _ left: Value, _ right: Value, _ sign: (Double, Double) -> Double
    ) -> Value {
        switch (left, right) {
        case (.number(let a), .number(let b)): return .number(sign(a, b))
        case (.number(let a), .byLabel(let b)):
            return .byLabel(b.mapValues { sign(a, $0) }.filter(\.value.isFinite))
        case (.byLabel(let a), .number(let b)):
            return .byLabel(a.mapValues { sign($0, b) }.filter(\.value.isFinite))
        case (.byLabel(let a), .byLabel(let b)):
            var paired: [String: Double] = [:]
            for (label, value) in a { if let other = b[label] { paired[label] = sign(value, other) } }
            return .byLabel(paired.filter(\.value.isFinite))
        }
    }
}
