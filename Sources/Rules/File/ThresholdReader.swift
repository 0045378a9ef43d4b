/// What of a rule says when it is breached: `above`, `below`, `outside` or `forecast`, and `clear`.
struct ThresholdReader {
    /// The keys of which a rule has one.
    static let keys = ["above", "below", "outside", "forecast"]

    /// In the order of the file.
    private let given: [(key: String, setting: Setting)]
    private let clear: Setting?

    init(of section: inout Section) {
        var given: [(key: String, setting: Setting)] = []
        for key in Self.keys {
            if let setting = section.take(key) { given.append((key, setting)) }
        }
        self.given = given.sorted { $0.setting.mark < $1.setting.mark }
        clear = section.take("clear")
    }

    var isMissing: Bool { given.isEmpty }

    var place: Setting? { given.first?.setting }

    /// Whether it is of the trend of a window.
    var isForecast: Bool { given.first?.key == "forecast" }

    /// The threshold, and how far ahead it looks; nil, with a fault, when it is not right, and nil when it is missing.
    func threshold() -> (Threshold, within: Duration)? {
        guard let (key, setting) = given.first else { return nil }
        if given.count > 1 {
            if let whole = wholeForecast {
                whole.setting.fail(
                    "a forecast has its limit within itself", cure: "\(whole.cure) in place of both")
                return nil
            }
            given[1].setting.fail(
                "a rule has one of 'above', 'below', 'outside' and 'forecast', not two",
                cure: "make it two rules", note: "the other is at line \(setting.mark.line)")
            return nil
        }
        switch key {
        case "above": return single(.above, setting).map { ($0, .zero) }
        case "below": return single(.below, setting).map { ($0, .zero) }
        case "outside": return outside(setting).map { ($0, .zero) }
        default: return forecast(setting)
        }
    }

    /// `above: 95, forecast: 24h`, and what was meant by it.
    private var wholeForecast: (setting: Setting, cure: String)? {
        guard given.count == 2, let forecast = given.first(where: { $0.key == "forecast" })?.setting,
            let limit = given.first(where: { ["above", "below"].contains($0.key) }), !forecast.isMapping
        else { return nil }
        let key = limit.key == "above" ? "reach" : "fall_to"
        return (forecast, Self.example(key, limit.setting.node.text, forecast.node.text))
    }

    private func single(_ side: Threshold.Side, _ limit: Setting) -> Threshold? {
        let bound = clear?.number()
        guard let limit = limit.number() else { return nil }
        if let threshold = Threshold(side, limit, clear: bound) {
            if bound == limit {
                clear?.warn(
                    "'clear' changes nothing: it is the value of '\(side.rawValue)'",
                    cure: "remove it, or write a \(side.isUpward ? "lower" : "higher") one, "
                        + "at which the incident resolves")
            }
            return threshold
        }
        let most = side.isUpward ? "below" : "above"
        clear?.fail(
            "'clear' must be \(most) \(limit.plain), the value of '\(side.rawValue)', not \(bound?.plain ?? "this")",
            cure: "write a number \(most) \(limit.plain), at which the incident resolves")
        return nil
    }

    private func outside(_ setting: Setting) -> Threshold? {
        let bounds = clear?.pair()
        guard let (lower, upper) = setting.pair() else { return nil }
        guard lower < upper else {
            return setting.failing(
                "two numbers, the lower first",
                cure: lower == upper ? "correct one" : "write [\(upper.plain), \(lower.plain)]")
        }
        if clear != nil, bounds == nil { return nil }
        if let threshold = Threshold(outside: lower, upper, clear: bounds) {
            if let bounds, bounds == (lower, upper) {
                clear?.warn(
                    "'clear' changes nothing: its two are the bounds of 'outside'",
                    cure: "remove it, or write narrower bounds, between which the incident resolves")
            }
            return threshold
        }
        clear?.fail(
            "'clear' must lie between \(lower.plain) and \(upper.plain), the bounds of 'outside', the lower first",
            cure: "an incident resolves when the value is back between the two of 'clear'")
        return nil
    }

    private func forecast(_ setting: Setting) -> (Threshold, within: Duration)? {
        if let text = setting.node.text, !setting.isNull {
            return setting.failing(
                "a mapping", cure: Self.example("reach", text, text))
        }
        guard var section = setting.section("a forecast") else {
            if setting.isNull { setting.fail("'forecast' has no value", cure: Self.example) }
            return nil
        }
        for (key, right) in [("above", "reach"), ("below", "fall_to")] where !section.has(right) {
            let cure = Self.example(right, section.text(of: key), section.text(of: "within"))
            if section.refuse(key, "a forecast has '\(right)', not '\(key)'", cure: cure) { return nil }
        }
        let (reach, fallTo) = (section.take("reach"), section.take("fall_to"))
        let spans = Duration.seconds(60)...Duration.seconds(365 * 86_400)
        let span = section.take("within")
        let within = span?.duration(in: spans)
        if reach == nil, fallTo == nil, !section.misspells(["reach", "fall_to"]) {
            section.fail("a forecast needs 'reach' or 'fall_to'", cure: Self.example)
        }
        if span == nil, !section.misspells(["within"]) {
            section.fail("a forecast needs 'within'", cure: Self.example)
        }
        section.finish()
        if let reach, let fallTo {
            let (first, second) = reach.mark < fallTo.mark ? (reach, fallTo) : (fallTo, reach)
            second.fail(
                "a forecast has one of 'reach' and 'fall_to', not both",
                cure: "make it two rules", note: "the other is at line \(first.mark.line)")
            return nil
        }
        let threshold = reach.flatMap { single(.reach, $0) } ?? fallTo.flatMap { single(.fallTo, $0) }
        guard let threshold, let within else { return nil }
        return (threshold, within)
    }

    /// What is to be written, from the numbers and durations that were given.
    static func example(_ key: String, _ limit: String?, _ span: String?) -> String {
        let limit = limit.flatMap(Double.init).map(\.plain) ?? "95"
        let span = span.flatMap(Duration.init(compact:))?.compact ?? "24h"
        return "write forecast: {\(key): \(limit), within: \(span)}"
    }

    private static let example = "write forecast: {reach: 95, within: 24h}"
}

extension Setting {
    /// Two numbers.
    fileprivate func pair() -> (Double, Double)? {
        let cure = "write it as [10, 90]"
        guard case .list(let items) = node.content, items.count == 2 else {
            if case .refused = node.content { return nil }
            return failing("two numbers", cure: cure)
        }
        let numbers = oneOrMore().compactMap { $0.number() }
        return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }
}
