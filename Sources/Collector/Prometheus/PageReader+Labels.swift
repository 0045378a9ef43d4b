import Rules

extension PageReader {
    /// Reads `{name="value",…}`, at whose brace it stands, into `labels`.
    mutating func readLabels() throws(Refusal.Reason) {
        at += 1
        skipSpace()
        while bytes[at] != UInt8(ascii: "}") {
            let start = at
            guard bytes[at].beginsPageName, bytes[at] != UInt8(ascii: ":") else { throw .badLabels }
            repeat { at += 1 } while bytes[at].isPageName && bytes[at] != UInt8(ascii: ":")
            let name = start..<at
            skipSpace()
            try pass(UInt8(ascii: "="))
            try pass(UInt8(ascii: "\""))
            let (value, isEscaped) = try readLabelValue()
            guard labels.count < Self.labelLimit else { throw .tooManyLabels }
            labels.append(Label(name: name, value: value, isEscaped: isEscaped))
            skipSpace()
            if bytes[at] == UInt8(ascii: ",") {
                at += 1
                skipSpace()
            } else if bytes[at] != UInt8(ascii: "}") {
                throw .badLabels
            }
        }
        at += 1
    }

    private mutating func pass(_ sign: UInt8) throws(Refusal.Reason) {
        guard bytes[at] == sign else { throw .badLabels }
        at += 1
        if sign != UInt8(ascii: "\"") { skipSpace() }
    }

    /// Reads up to the closing quote and past it.
    private mutating func readLabelValue() throws(Refusal.Reason) -> (Range<Int>, isEscaped: Bool) {
        let start = at
        var (isEscaped, all) = (false, UInt8(0))
        while bytes[at] != UInt8(ascii: "\"") {
            let byte = bytes[at]
            guard byte != Self.newline else { throw .badLabels }
            all |= byte
            at += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            isEscaped = true
            guard [UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "n")].contains(bytes[at]) else {
                throw .badEscape
            }
            at += 1
        }
        let value = start..<at
        at += 1
        guard all < 0x80 || String(validating: bytes[value], as: UTF8.self) != nil else { throw .notUTF8 }
        return (value, isEscaped)
    }
}

extension PageReader {
    /// Takes a value whose metric is wanted, wherever its labels fit.
    mutating func take(_ uses: [WantedNames.Use], _ value: Double, line: Int) throws(Refusal.Reason) {
        for (index, label) in labels.enumerated()
        where labels[..<index].contains(where: { bytes[$0.name].elementsEqual(bytes[label.name]) }) {
            throw .labelTwice
        }
        let fitting = uses.filter { use in use.matchers.allSatisfy(fits) }
        if fitting.count < uses.count { noteOthers(uses) }
        guard !fitting.isEmpty else { return }
        for use in fitting { page.isMet[use.number] = true }
        // Both are legal, and both say that there is no value.
        guard value.isFinite else {
            if let key = machineKey { for use in fitting { page.valueless[use.number].insert(key) } }
            return
        }
        let machine = try machine()
        let key = labels.reduce(into: SeriesKey()) { key, label in
            // A label without a value is the same as no label.
            guard !label.value.isEmpty, !isMachine(label) else { return }
            key = key + self.key(of: label)
        }
        for use in fitting {
            guard page.series[use.number].count < Self.seriesLimit else { throw .tooManySeries }
            page.series[use.number].append(
                .init(machine: machine, line: Int32(line), key: key, value: value))
        }
    }

    /// Notes the machine of a line for the uses that it has all labels of, and does not fit.
    private mutating func noteOthers(_ uses: [WantedNames.Use]) {
        for use in uses where !use.matchers.allSatisfy(fits) {
            let hasLabels = use.matchers.allSatisfy { matcher in
                labels.contains { bytes[$0.name].elementsEqual(matcher.label) }
            }
            if hasLabels, let key = machineKey { page.others[use.number].insert(key) }
        }
    }

    /// The key of the machine that the line is of; nil when it does not say.
    private var machineKey: SeriesKey? {
        guard machineLabel != nil else { return page.machineKeys.first }
        guard let label = labels.first(where: isMachine), !label.value.isEmpty else { return nil }
        let name = text(of: label)
        return SeriesKey(Array(name), 0..<name.count)
    }

    private func fits(_ matcher: WantedNames.Matcher) -> Bool {
        let label = labels.first { bytes[$0.name].elementsEqual(matcher.label) }
        let isMatch = label.map { matcher.pattern.matches(text(of: $0)) } ?? matcher.pattern.matches([])
        return isMatch != matcher.isNegated
    }

    private func isMachine(_ label: Label) -> Bool {
        guard let machineLabel else { return false }
        return bytes[label.name].elementsEqual(machineLabel.utf8)
    }

    private func key(of label: Label) -> SeriesKey {
        guard label.isEscaped else { return SeriesKey(bytes, label.name, label.value) }
        let name = Array(bytes[label.name])
        let both = name + text(of: label)
        return SeriesKey(both, 0..<name.count, name.count..<both.count)
    }

    /// The value of a label, unescaped.
    private func text(of label: Label) -> ArraySlice<UInt8> {
        guard label.isEscaped else { return bytes[label.value] }
        var text: [UInt8] = []
        var isEscape = false
        for byte in bytes[label.value] {
            if !isEscape, byte == UInt8(ascii: "\\") {
                isEscape = true
            } else {
                text.append(isEscape && byte == UInt8(ascii: "n") ? Self.newline : byte)
                isEscape = false
            }
        }
        return text[...]
    }

    /// The number of the machine that the line is of.
    private mutating func machine() throws(Refusal.Reason) -> Int32 {
        guard let machineLabel else {
            guard page.machines.count > 0 else { throw .machineUnknown }
            return 0
        }
        guard let label = labels.first(where: isMachine), !label.value.isEmpty else {
            throw .noMachineLabel(machineLabel)
        }
        let name = text(of: label)
        let key = SeriesKey(Array(name), 0..<name.count)
        if let number = machineNumbers[key] { return number }
        guard name.count <= 255 else { throw .machineTooLong }
        guard !name.hasControlCharacters else { throw .machineHasControlCharacters }
        let number = Int32(page.machines.count)
        page.machines.append(name)
        page.machineKeys.append(key)
        machineNumbers[key] = number
        return number
    }
}

extension ArraySlice<UInt8> {
    /// Whether a text in UTF-8 has one of U+0000 to U+001F and U+007F to U+009F.
    fileprivate var hasControlCharacters: Bool {
        var last = UInt8(0)
        return contains { byte in
            defer { last = byte }
            return byte < 0x20 || byte == 0x7f || last == 0xc2 && byte < 0xa0
        }
    }
}

/// The names of metrics that are looked for, found by their length first: most names of a page differ in it.
struct WantedNames {
    struct Use {
        let number: Int
        let matchers: [Matcher]
    }

    struct Matcher {
        let label: [UInt8]
        let isNegated: Bool
        let pattern: LabelPattern
    }

    private struct Name {
        let bytes: [UInt8]
        var uses: [Use]
    }

    private var byLength: [[Name]] = []

    init(_ uses: [SelectorUse]) {
        for (number, use) in uses.enumerated() {
            let name = Array(use.selector.name.utf8)
            while byLength.count <= name.count { byLength.append([]) }
            let matchers = use.selector.matchers.map {
                Matcher(label: Array($0.label.utf8), isNegated: $0.isNegated, pattern: $0.pattern)
            }
            let made = Use(number: number, matchers: matchers)
            if let known = byLength[name.count].firstIndex(where: { $0.bytes == name }) {
                byLength[name.count][known].uses.append(made)
            } else {
                byLength[name.count].append(Name(bytes: name, uses: [made]))
            }
        }
    }

    /// The uses of the metric whose name lies in `range`; nil when it has none.
    func uses(of range: Range<Int>, in bytes: [UInt8]) -> [Use]? {
        guard range.count < byLength.count else { return nil }
        return byLength[range.count].first { bytes[range].elementsEqual($0.bytes) }?.uses
    }
}
