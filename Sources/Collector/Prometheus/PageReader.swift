import Rules

/// Reads a page line by line, over its bytes: no line becomes a text unless it is refused.
struct PageReader {
    let bytes: [UInt8]
    let wanted: WantedNames
    let machineLabel: String?
    /// The byte that is looked at. A line end always lies ahead of it, so that reading needs no other bound.
    var at = 0
    private var line = 0
    var labels: [Label] = []
    var machineNumbers: [SeriesKey: Int32] = [:]
    private(set) var hasEnd = false
    var page: SeriesPage

    struct Label {
        let name: Range<Int>
        let value: Range<Int>
        let isEscaped: Bool
    }

    /// The most labels a series may have.
    static let labelLimit = 64
    /// The most series that are taken of a page.
    static let seriesLimit = 2_000_000

    static let newline = UInt8(ascii: "\n")

    init(_ bytes: [UInt8], uses: [SelectorUse], machineLabel: String?, machine: String?) {
        self.bytes = bytes
        self.machineLabel = machineLabel
        wanted = WantedNames(uses)
        page = SeriesPage(uses: uses.count)
        if machineLabel == nil, let machine {
            page.machines.append(machine.utf8)
            page.machineKeys.append(SeriesKey(machine))
        }
    }

    mutating func read() {
        let end = bytes.lastIndex(of: Self.newline).map { $0 + 1 } ?? 0
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        while at < end {
            line += 1
            let start = at
            do throws(Refusal.Reason) {
                try readLine()
            } catch {
                let stop = bytes[at...].firstIndex(of: Self.newline) ?? end
                refuse(start..<stop, error)
                at = stop
            }
            // The line end.
            at += 1
        }
        guard end < bytes.count else { return }
        // A number that was cut is a wrong number: the format ends each line, also the last.
        line += 1
        refuse(end..<bytes.count, .lineUnfinished)
    }

    private mutating func refuse(_ range: Range<Int>, _ reason: Refusal.Reason) {
        page.refusals.add(
            Refusal(place: .line(line), value: excerpt(bytes[range]), reason: reason))
    }

    mutating func skipSpace() {
        while bytes[at].isPageSpace { at += 1 }
    }

    private mutating func readLine() throws(Refusal.Reason) {
        skipSpace()
        let first = bytes[at]
        if first == Self.newline { return }
        guard !hasEnd else { throw .afterEnd }
        if first == UInt8(ascii: "#") { return try readComment() }
        guard first.beginsPageName else { throw .notAMetric }
        let start = at
        repeat { at += 1 } while bytes[at].isPageName
        let name = start..<at
        skipSpace()
        labels.removeAll(keepingCapacity: true)
        if bytes[at] == UInt8(ascii: "{") {
            try readLabels()
            skipSpace()
        } else if at == name.upperBound {
            throw bytes[at] == Self.newline ? .valueMissing : .notAMetric
        }
        let value = try readValue()
        page.hasSeries = true
        if let uses = wanted.uses(of: name, in: bytes) { try take(uses, value, line: line) }
    }

    /// Reads the value and what may follow it: a timestamp and an exemplar, neither of which says anything here.
    private mutating func readValue() throws(Refusal.Reason) -> Double {
        guard bytes[at] != Self.newline else { throw .valueMissing }
        guard let value = PageNumber.value(of: word()) else { throw .notAValue }
        skipSpace()
        if bytes[at] != Self.newline, bytes[at] != UInt8(ascii: "#") {
            guard PageNumber.value(of: word())?.isFinite == true else { throw .notATimestamp }
            skipSpace()
        }
        switch bytes[at] {
        case Self.newline: break
        case UInt8(ascii: "#"): while bytes[at] != Self.newline { at += 1 }
        default: throw .tooMuch
        }
        return value
    }

    /// The bytes up to the next space or line end, past which it goes on.
    private mutating func word() -> ArraySlice<UInt8> {
        let start = at
        while !bytes[at].isPageSpace, bytes[at] != Self.newline { at += 1 }
        return bytes[start..<at]
    }
}

extension PageReader {
    /// Reads a comment; those that begin with one of the format's own words are held to their form.
    private mutating func readComment() throws(Refusal.Reason) {
        at += 1
        skipSpace()
        switch word() {
        case let keyword where keyword.elementsEqual("TYPE".utf8):
            try readCommentedName()
            let type = word()
            skipSpace()
            let isKnown = Self.types.contains { type.elementsEqual($0.utf8) }
            guard isKnown, bytes[at] == Self.newline else { throw .unknownType }
        case let keyword where keyword.elementsEqual("HELP".utf8) || keyword.elementsEqual("UNIT".utf8):
            try readCommentedName()
        case let keyword where keyword.elementsEqual("EOF".utf8):
            skipSpace()
            hasEnd = bytes[at] == Self.newline
        default: break
        }
        while bytes[at] != Self.newline { at += 1 }
    }

    private mutating func readCommentedName() throws(Refusal.Reason) {
        skipSpace()
        let name = word()
        guard let first = name.first, first.beginsPageName, name.allSatisfy(\.isPageName) else {
            throw .notAMetric
        }
        skipSpace()
    }

    /// Those of both formats (OpenMetrics 1.0 §4.4).
    private static let types = [
        "counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset",
        "gaugehistogram",
    ]
}
