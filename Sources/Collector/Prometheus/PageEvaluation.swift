import Rules

/// From the series of a page to a value for each machine and metric.
struct PageEvaluation {
    private var page: SeriesPage
    private let uses: [SelectorUse]
    private let names: [String]
    private var numbers: [SelectorUse: Int] = [:]
    private var values: [Double]
    /// By use and machine: whether the page has series of it, if only one without a value or not yet a rate.
    private var isSelected: [[Bool]] = []
    private let isEmpty: Bool
    private typealias Series = SeriesPage.Series

    init(_ page: SeriesPage, uses: [SelectorUse], of shape: PrometheusShape) {
        self.page = page
        self.uses = uses
        names = shape.metrics.map(\.name)
        isEmpty = !page.isMet.contains(true) && !page.isEnough(for: shape, uses)
        for (number, use) in uses.enumerated() { numbers[use] = number }
        values = Array(repeating: .nan, count: page.machines.count * names.count)
    }

    var decoded: Decoded {
        Decoded(
            metrics: names, machines: isEmpty ? NameList() : page.machines, values: isEmpty ? [] : values,
            refusals: page.refusals.first, refusedCount: page.refusals.count)
    }

    /// Sorts the series of each use by machine, then labels, and refuses those that come twice.
    mutating func sortSeries() {
        var twins: Set<Int32> = []
        for use in page.series.indices {
            page.series[use].sort { $0.precedes($1) }
            var kept: [Series] = []
            kept.reserveCapacity(page.series[use].count)
            for series in page.series[use] {
                if let last = kept.last, last.isTwin(of: series) {
                    twins.insert(series.line)
                } else {
                    kept.append(series)
                }
            }
            page.series[use] = kept
        }
        noteSelected()
        for line in twins.sorted() {
            page.refusals.add(Refusal(place: .line(Int(line)), reason: .seriesTwice))
        }
    }

    private mutating func noteSelected() {
        isSelected = uses.indices.map { use in
            var isSelected = page.machineKeys.map { page.valueless[use].contains($0) }
            for series in page.series[use] { isSelected[Int(series.machine)] = true }
            return isSelected
        }
    }

    /// Replaces the counters that are to be rated by their rates.
    mutating func rate(at time: Timestamp, maxGap: Duration, with counters: inout CounterMemory) {
        var seen = 0
        for (number, use) in uses.enumerated() where use.isRated {
            let useKey = SeriesKey(use.selector.description)
            seen += page.series[number].count
            page.series[number] = page.series[number].compactMap { series in
                let key = series.key + page.machineKeys[Int(series.machine)] + useKey
                let rate = counters.rate(of: key, reading: series.value, at: time, maxGap: maxGap)
                return rate.map {
                    .init(machine: series.machine, line: series.line, key: series.key, value: $0)
                }
            }
        }
        counters.forget(unseenSince: time.advanced(by: .zero - maxGap), seen: seen)
    }

    mutating func evaluate(_ shape: PrometheusShape) {
        for (column, metric) in shape.metrics.enumerated() {
            switch quantity(of: metric.expression) {
            case .number: break
            case .perMachine(let numbers):
                for (machine, number) in numbers.enumerated() where number.isFinite {
                    values[machine * names.count + column] = number
                }
            case .series(let series): place(series, of: metric.name, in: column)
            }
        }
    }

    /// Puts series in their column, where a machine has one of them.
    private mutating func place(_ series: [Series], of metric: String, in column: Int) {
        var counts = Array(repeating: 0, count: page.machines.count)
        for one in series {
            counts[Int(one.machine)] += 1
            values[Int(one.machine) * names.count + column] = one.value
        }
        for (machine, count) in counts.enumerated() where count > 1 {
            values[machine * names.count + column] = .nan
            page.refusals.add(
                Refusal(
                    place: .machine(page.machines[machine]), field: metric, reason: .severalSeries(count)))
        }
    }

    /// Says which metrics can have no value because the page has nothing that they are computed from.
    mutating func reportUnmet(_ shape: PrometheusShape, isPartial: Bool) {
        guard !isEmpty else {
            let wanted = Set(uses.map(\.selector.name)).sorted()
            return page.refusals.addFirst(Refusal(place: .page, reason: .noSeries(of: wanted)))
        }
        guard !isPartial else { return }
        for (column, metric) in shape.metrics.enumerated() {
            if let unmet = metric.expression.needed.first(where: { !isMet($0.use, isSummed: $0.isSummed) }) {
                page.refusals.add(
                    Refusal(
                        place: .metric(metric.name), value: unmet.use.selector.description,
                        reason: .selectsNothing))
            } else if let (example, count) = dividedByZero(metric.expression, column) {
                page.refusals.add(
                    Refusal(
                        place: .metric(metric.name),
                        reason: .dividesByZero(machine: page.machines[example], count: count)))
            } else if isUnpaired(metric.expression, column) {
                page.refusals.add(Refusal(place: .metric(metric.name), reason: .pairsNothing))
            }
        }
    }

    private func isMet(_ use: SelectorUse, isSummed: Bool) -> Bool {
        guard let number = numbers[use] else { return false }
        return page.isMet[number] || isSummed && !page.others[number].isEmpty
    }

    /// The first of the machines without a value for which the expression divides by zero, and how many they are.
    private func dividedByZero(_ expression: Expression, _ column: Int) -> (first: Int, count: Int)? {
        var machines: Set<Int> = []
        for divisor in expression.divisors {
            guard case .perMachine(let numbers) = quantity(of: divisor) else { continue }
            for (machine, number) in numbers.enumerated()
            where number == 0 && values[machine * names.count + column].isNaN {
                machines.insert(machine)
            }
        }
        return machines.min().map { ($0, machines.count) }
    }

    /// Whether no machine has a value although each has the series, and none of them waits for its second poll.
    private func isUnpaired(_ expression: Expression, _ column: Int) -> Bool {
        let uses = expression.selectors
        guard uses.count > 1, !uses.contains(where: \.isRated),
            uses.allSatisfy({ use in numbers[use].map { !page.series[$0].isEmpty } ?? false })
        else { return false }
        let column = stride(from: column, to: values.count, by: names.count)
        return column.allSatisfy { values[$0].isNaN }
    }
}

extension PageEvaluation {
    /// What a part of an expression comes to.
    private enum Quantity {
        case number(Double)
        /// NaN where a machine has none.
        case perMachine([Double])
        /// Sorted by machine, then labels; all finite.
        case series([Series])
    }

    private func quantity(of expression: Expression) -> Quantity {
        switch expression {
        case .number(let number): .number(number)
        case .series, .rate: series(expression.selectors[0])
        case .negative(let inner): Self.combine(.minus, .number(0), quantity(of: inner))
        case .binary(let sign, let left, let right):
            Self.combine(sign, quantity(of: left), quantity(of: right))
        case .fold(let fold, let inner):
            self.fold(fold, quantity(of: inner)) { fold == .sum && isRightlyEmpty(inner, on: $0) }
        case .or(let left, let right): either(quantity(of: left), or: quantity(of: right))
        }
    }

    /// Whether an expression has no series on a machine because a selector selects none of those that the metric has
    /// there.
    ///
    /// A counter of failures is not there until the first failure: their sum is then 0, and not unknown. Prometheus
    /// has no sample instead, and an alert on it neither fires nor resolves.
    private func isRightlyEmpty(_ expression: Expression, on machine: Int) -> Bool {
        let states = expression.selectors.map { selector -> (isSelected: Bool, isOther: Bool) in
            let use = numbers[selector] ?? 0
            return (isSelected[use][machine], page.others[use].contains(page.machineKeys[machine]))
        }
        return states.allSatisfy { $0.isSelected || $0.isOther } && states.contains { !$0.isSelected }
    }

    /// The first where a machine has it, and elsewhere the second.
    private func either(_ first: Quantity, or second: Quantity) -> Quantity {
        switch (first, second) {
        case (.number(let a), .number(let b)): return .number(a.isFinite ? a : b)
        case (.number, .perMachine), (.perMachine, .number), (.perMachine, .perMachine):
            let (a, b) = (perMachine(first), perMachine(second))
            return .perMachine(zip(a, b).map { $0.isFinite ? $0 : $1 })
        case (.series, _), (_, .series):
            let kept = series(first)
            let known = Set(kept.map(\.machine))
            let others = series(second).filter { !known.contains($0.machine) }
            return .series((kept + others).sorted { $0.precedes($1) })
        }
    }

    private func perMachine(_ quantity: Quantity) -> [Double] {
        switch quantity {
        case .number(let number): Array(repeating: number, count: page.machines.count)
        case .perMachine(let numbers): numbers
        case .series: Array(repeating: .nan, count: page.machines.count)
        }
    }

    /// As series: the number of a machine is one without labels.
    private func series(_ quantity: Quantity) -> [Series] {
        if case .series(let series) = quantity { return series }
        return perMachine(quantity).enumerated().filter(\.element.isFinite).map { machine, number in
            Series(machine: Int32(machine), line: 0, key: SeriesKey(), value: number)
        }
    }

    private func series(_ use: SelectorUse) -> Quantity {
        .series(numbers[use].map { page.series[$0] } ?? [])
    }

    private static func combine(
        _ sign: Expression.Operator, _ left: Quantity, _ right: Quantity
    ) -> Quantity {
        switch (left, right) {
        case (.number(let a), .number(let b)): .number(sign(a, b))
        case (.number(let a), .perMachine(let b)): .perMachine(b.map { sign(a, $0) })
        case (.perMachine(let a), .number(let b)): .perMachine(a.map { sign($0, b) })
        case (.perMachine(let a), .perMachine(let b)): .perMachine(zip(a, b).map { sign($0, $1) })
        case (.number(let a), .series(let b)): each(b) { sign(a, $0.value) }
        case (.series(let a), .number(let b)): each(a) { sign($0.value, b) }
        case (.perMachine(let a), .series(let b)): each(b) { sign(a[Int($0.machine)], $0.value) }
        case (.series(let a), .perMachine(let b)): each(a) { sign($0.value, b[Int($0.machine)]) }
        case (.series(let a), .series(let b)): paired(sign, a, b)
        }
    }

    /// The series with other values; those that then are no number, such as 0 / 0, are absent.
    private static func each(_ series: [Series], _ value: (Series) -> Double) -> Quantity {
        .series(
            series.compactMap { one in
                var changed = one
                changed.value = value(one)
                return changed.value.isFinite ? changed : nil
            })
    }

    /// Pairs the series of one machine whose labels are the same.
    private static func paired(_ sign: Expression.Operator, _ left: [Series], _ right: [Series]) -> Quantity {
        var result: [Series] = []
        var (l, r) = (0, 0)
        while l < left.count, r < right.count {
            let (a, b) = (left[l], right[r])
            if a.isTwin(of: b) {
                var pair = a
                pair.value = sign(a.value, b.value)
                if pair.value.isFinite { result.append(pair) }
                (l, r) = (l + 1, r + 1)
            } else if a.machine != b.machine ? a.machine < b.machine : a.key < b.key {
                l += 1
            } else {
                r += 1
            }
        }
        return .series(result)
    }

    /// Makes one number of a machine's series; 0 where it has none and that is right.
    private func fold(
        _ fold: Expression.Fold, _ quantity: Quantity, isRightlyEmpty: (Int) -> Bool
    ) -> Quantity {
        guard case .series(let series) = quantity else { return quantity }
        var numbers = Array(repeating: Double.nan, count: page.machines.count)
        var counts = Array(repeating: 0.0, count: page.machines.count)
        for one in series {
            let machine = Int(one.machine)
            let before = numbers[machine]
            counts[machine] += 1
            numbers[machine] =
                switch fold {
                case _ where before.isNaN: one.value
                case .sum, .avg: before + one.value
                case .min: Swift.min(before, one.value)
                case .max: Swift.max(before, one.value)
                }
        }
        for machine in counts.indices where counts[machine] == 0 && isRightlyEmpty(machine) {
            numbers[machine] = 0
        }
        if fold == .avg { numbers = zip(numbers, counts).map { $0 / $1 } }
        return .perMachine(numbers)
    }
}
