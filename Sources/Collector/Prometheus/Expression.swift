/// What one metric is computed from: a small arithmetic over the series of one machine.
///
/// A metric name stands for all its series that the selector lets through. Arithmetic between two of them pairs
/// the series whose labels are the same; `sum`, `avg`, `min` and `max` make one number of the series; `or` stands in
/// for what a machine has not.
public indirect enum Expression: Hashable, Sendable {
    case number(Double)
    case series(Selector)
    /// How much a counter grew per second since the last poll.
    case rate(Selector)
    case negative(Expression)
    case binary(Operator, Expression, Expression)
    case fold(Fold, Expression)
    /// What the machine has of the first, or else the second.
    case or(Expression, Expression)

    public enum Operator: Hashable, Sendable {
        case plus, minus, times, over

        func callAsFunction(_ left: Double, _ right: Double) -> Double {
            switch self {
            case .plus: left + right
            case .minus: left - right
            case .times: left * right
            case .over: left / right
            }
        }
    }

    public enum Fold: String, CaseIterable, Hashable, Sendable {
        case avg, max, min, sum
    }

    /// Which series are meant: those of one name whose labels all fit.
    public struct Selector: Hashable, Sendable {
        public let name: String
        public let matchers: [Matcher]
    }

    public struct Matcher: Hashable, Sendable {
        public let label: String
        public let isNegated: Bool
        public let pattern: LabelPattern
    }

    /// Whether it may stand for several series of a machine.
    var isSeries: Bool {
        switch self {
        case .number, .fold: false
        case .series, .rate: true
        case .negative(let inner): inner.isSeries
        case .binary(_, let left, let right), .or(let left, let right): left.isSeries || right.isSeries
        }
    }

    /// Whether it depends on the page at all.
    var isConstant: Bool {
        switch self {
        case .number: true
        case .series, .rate: false
        case .negative(let inner), .fold(_, let inner): inner.isConstant
        case .binary(_, let left, let right), .or(let left, let right): left.isConstant && right.isConstant
        }
    }

    /// The selectors in it, in order, and whether their counters are to be rated.
    var selectors: [SelectorUse] {
        switch self {
        case .number: []
        case .series(let selector): [SelectorUse(selector: selector, isRated: false)]
        case .rate(let selector): [SelectorUse(selector: selector, isRated: true)]
        case .negative(let inner), .fold(_, let inner): inner.selectors
        case .binary(_, let left, let right), .or(let left, let right): left.selectors + right.selectors
        }
    }

    /// The selectors without whose series there is no value: none of those that `or` can stand in for.
    var needed: [(use: SelectorUse, isSummed: Bool)] {
        switch self {
        case .number, .or: []
        case .series, .rate: selectors.map { ($0, false) }
        case .negative(let inner): inner.needed
        case .fold(let fold, let inner): inner.needed.map { ($0.use, $0.isSummed || fold == .sum) }
        case .binary(_, let left, let right): left.needed + right.needed
        }
    }

    /// Whether it has a value even of a machine that has none of its series.
    var hasDefault: Bool {
        switch self {
        case .number: true
        case .series, .rate: false
        case .negative(let inner), .fold(_, let inner): inner.hasDefault
        case .binary(_, let left, let right): left.hasDefault && right.hasDefault
        case .or(let left, let right): left.hasDefault || right.hasDefault
        }
    }

    /// What is divided by, wherever it is one number of a machine.
    var divisors: [Expression] {
        switch self {
        case .number, .series, .rate, .or: []
        case .negative(let inner), .fold(_, let inner): inner.divisors
        case .binary(let sign, let left, let right):
            left.divisors + right.divisors + (sign == .over ? [right] : [])
        }
    }
}

/// One way in which a page's series are used.
struct SelectorUse: Hashable {
    let selector: Expression.Selector
    let isRated: Bool
}

extension Expression.Selector: CustomStringConvertible {
    /// The selector as it would be written.
    public var description: String {
        matchers.isEmpty ? name : name + "{" + matchers.map(\.description).joined(separator: ",") + "}"
    }
}

extension Expression.Matcher: CustomStringConvertible {
    public var description: String {
        let sign = pattern.isExact ? (isNegated ? "!=" : "=") : (isNegated ? "!*" : "=*")
        return "\(label)\(sign)\"\(pattern.text)\""
    }
}
