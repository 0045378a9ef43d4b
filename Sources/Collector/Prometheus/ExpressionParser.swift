/// What is wrong with an expression, and where in it.
struct ExpressionFault: Error, Equatable {
    /// In scalars from the beginning of the text.
    let offset: Int
    let message: String
    let cure: String
    /// A word that may be a slip for one of `candidates`.
    var word = ""
    var candidates: [String] = []
}

extension Expression {
    /// Reads an expression; throws the first thing that is wrong with it.
    init(parsing text: String) throws(ExpressionFault) {
        guard text.utf8.count <= ExpressionParser.lengthLimit else {
            throw ExpressionFault(
                offset: 0, message: "an expression has at most 2,000 characters", cure: "make it two metrics")
        }
        var parser = ExpressionParser(try ExpressionToken.tokens(of: text))
        self = try parser.whole()
    }
}

/// Reads tokens by recursive descent: sums of products of signed primaries, `or` between them.
struct ExpressionParser {
    static let lengthLimit = 2000
    private static let depthLimit = 50
    private static let functions = Expression.Fold.allCases.map(\.rawValue) + ["rate"]
    private static let functionsText = "functions: avg, max, min, rate, sum"

    private let tokens: [ExpressionToken]
    private var next = 0
    private var depth = 0

    init(_ tokens: [ExpressionToken]) {
        self.tokens = tokens
    }

    private var token: ExpressionToken { tokens[min(next, tokens.count - 1)] }

    mutating func whole() throws(ExpressionFault) -> Expression {
        let expression = try alternative()
        try refuseHabits()
        guard token.kind == .end else {
            throw fault(
                "expected an operator or the end, not \(token.name)", cure: "operators are + - * / or")
        }
        guard !expression.isConstant else {
            throw ExpressionFault(
                offset: tokens[0].offset, message: "the expression names no metric of the page",
                cure: "such as 100 * used_bytes / total_bytes")
        }
        return expression
    }

    private mutating func alternative() throws(ExpressionFault) -> Expression {
        var left = try sum()
        while take(.name("or")) != nil { left = .or(left, try sum()) }
        return left
    }

    /// Refuses what PromQL has after an operand and this has not.
    private func refuseHabits() throws(ExpressionFault) {
        guard case .name(let name) = token.kind else { return }
        switch name {
        case "by", "without":
            throw fault(
                "a metric is computed for each machine by itself", cure: "leave '\(name) (…)' out")
        case "and", "unless", "bool", "on", "ignoring", "group_left", "group_right", "offset":
            throw fault("there is no '\(name)' here", cure: "operators are + - * / or")
        default: break
        }
    }

    private mutating func sum() throws(ExpressionFault) -> Expression {
        var left = try product()
        while let sign = take(.plus) ?? take(.minus) {
            let right = try product()
            left = .binary(sign.kind == .plus ? .plus : .minus, left, right)
        }
        return left
    }

    private mutating func product() throws(ExpressionFault) -> Expression {
        var left = try primary()
        while let sign = take(.times) ?? take(.over) {
            let right = try primary()
            left = .binary(sign.kind == .times ? .times : .over, left, right)
        }
        return left
    }

    private mutating func primary() throws(ExpressionFault) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else {
            throw fault("the expression is nested more than 50 deep", cure: "remove parentheses")
        }
        let first = token
        next += 1
        switch first.kind {
        case .minus: return .negative(try primary())
        case .number(let number): return .number(number)
        case .open:
            let inner = try alternative()
            try close(first)
            return inner
        case .name(let name) where token.kind == .open: return try call(name, at: first)
        case .name(let name) where Self.functions.contains(name):
            try refuseHabits()
            return .series(try selector(name))
        case .name(let name): return .series(try selector(name))
        default:
            next -= 1
            throw fault(
                "expected a metric, a number, a function or '(', not \(first.name)",
                cure: "such as 100 * used_bytes / total_bytes")
        }
    }

    private mutating func call(_ name: String, at first: ExpressionToken) throws(ExpressionFault)
        -> Expression
    {
        guard Self.functions.contains(name) else {
            throw ExpressionFault(
                offset: first.offset, message: "there is no function '\(name)'", cure: Self.functionsText,
                word: name, candidates: Self.functions)
        }
        let open = token
        next += 1
        let start = token
        let inner = try alternative()
        try close(open)
        if let fold = Expression.Fold(rawValue: name) {
            guard inner.isSeries else {
                throw ExpressionFault(
                    offset: start.offset, message: "'\(name)' is of series, and this is one number already",
                    cure: "write \(name)(metric), or leave '\(name)' out")
            }
            return .fold(fold, inner)
        }
        guard case .series(let selector) = inner else {
            throw ExpressionFault(
                offset: start.offset, message: "'rate' is of a counter, not of an expression",
                cure: "take the rate first: sum(rate(metric)), rate(a) + rate(b)")
        }
        return .rate(selector)
    }

    private mutating func close(_ open: ExpressionToken) throws(ExpressionFault) {
        if take(.close) != nil { return }
        try refuseHabits()
        if token.kind == .end {
            throw ExpressionFault(
                offset: open.offset, message: "this '(' is never closed", cure: "add ')'")
        }
        throw fault("expected an operator or ')', not \(token.name)", cure: "operators are + - * / or")
    }

    private mutating func selector(_ name: String) throws(ExpressionFault) -> Expression.Selector {
        var matchers: [Expression.Matcher] = []
        guard take(.openBrace) != nil else { return .init(name: name, matchers: []) }
        while take(.closeBrace) == nil {
            matchers.append(try matcher())
            if take(.comma) == nil, token.kind != .closeBrace {
                throw fault(
                    "expected ',' or '}', not \(token.name)", cure: "write {mode=\"idle\",cpu!=\"0\"}")
            }
        }
        return .init(name: name, matchers: matchers)
    }

    private mutating func matcher() throws(ExpressionFault) -> Expression.Matcher {
        guard case .name(let label) = token.kind, !label.contains(":") else {
            throw fault("expected the name of a label, not \(token.name)", cure: "write {mode=\"idle\"}")
        }
        next += 1
        guard case .comparison(let sign) = token.kind else {
            throw fault(
                "expected '=', '!=', '=*' or '!*', not \(token.name)",
                cure: "= and != compare with a text, =* and !* with patterns: fstype!*\"tmp*|nfs?\"")
        }
        next += 1
        guard case .text(let text) = token.kind else {
            throw fault("expected a text in quotes, not \(token.name)", cure: "write {mode=\"idle\"}")
        }
        next += 1
        let isPattern = sign.hasSuffix("*")
        return .init(
            label: label, isNegated: sign.hasPrefix("!"),
            pattern: isPattern ? LabelPattern(pattern: text) : LabelPattern(exactly: text))
    }

    private mutating func take(_ kind: ExpressionToken.Kind) -> ExpressionToken? {
        guard token.kind == kind else { return nil }
        defer { next += 1 }
        return token
    }

    private func fault(_ message: String, cure: String) -> ExpressionFault {
        ExpressionFault(offset: token.offset, message: message, cure: cure)
    }
}
