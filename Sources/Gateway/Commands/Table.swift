import Rules

/// Rows of texts as columns that fit a terminal.
struct Table {
    private var rows: [[String]]

    /// What a column of names is worth before others are shortened; no column gets narrower than `least`.
    private static let (readable, legible, least) = (16, 8, 4)
    private static let gap = 2
    /// Columns of a few known words and numbers, which are not cut while another way is left.
    private static let known: Set<String> = ["ID", "STATUS", "STATE", "SEVERITY"]

    init(_ heads: [String], _ rows: [[String]]) {
        self.rows = [heads] + rows
    }

    /// The table. Where it would be wider than `width` columns, its last column is cut, then the widest of the names;
    /// then moments lose their year and seconds, the last column goes, and at last any column is cut.
    func text(width: Int, ink: Ink = .none) -> String {
        var table = self
        var widths = table.widths
        let known = { (column: Int) in Self.known.contains(table.heads[column]) || table.isMoments(column) }
        let last = widths.count - 1
        Self.shrink(&widths, to: width) { $0 == last && !known($0) ? Self.readable : nil }
        Self.shrink(&widths, to: width) { known($0) || $0 == last ? nil : Self.legible }
        if !Self.fits(widths, width) {
            table.shortenMoments()
            widths = zip(widths, table.widths).map(min)
            Self.shrink(&widths, to: width) { $0 == last && !known($0) ? Self.legible : nil }
        }
        if !Self.fits(widths, width), widths.count > 2 {
            table.rows = table.rows.map { $0.dropLast() }
            widths.removeLast()
        }
        Self.shrink(&widths, to: width) { _ in Self.least }
        return table.rows.enumerated().map { table.line($1, widths, $0 == 0 ? .none : ink) }.joined()
    }

    private var heads: [String] { rows.first ?? [] }
    private var widths: [Int] {
        heads.indices.map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
    }

    private static func fits(_ widths: [Int], _ width: Int) -> Bool {
        widths.reduce(0, +) + gap * (widths.count - 1) <= width
    }

    /// Narrows the widest columns until all fit, each to no less than `least` gives; nil leaves a column alone.
    private static func shrink(_ widths: inout [Int], to width: Int, _ least: (Int) -> Int?) {
        while !fits(widths, width) {
            let free = widths.indices.filter { column in least(column).map { widths[column] > $0 } == true }
            guard let column = free.max(by: { widths[$0] <= widths[$1] }) else { return }
            widths[column] -= 1
        }
    }

    private func line(_ row: [String], _ widths: [Int], _ ink: Ink) -> String {
        var line = ""
        for (column, (cell, width)) in zip(row, widths).enumerated() {
            let shown = cell.clipped(toColumns: width)
            let isPainted = Self.known.contains(heads[column])
            line += isPainted ? ink.painted(shown, as: cell) : shown
            guard column < widths.count - 1, row[(column + 1)...].contains(where: { !$0.isEmpty }) else {
                break
            }
            line += String(repeating: " ", count: width + Self.gap - shown.displayWidth)
        }
        return line + "\n"
    }

    /// `2026-11-23 12:00:06Z`, as `JSONValue.shown` writes it.
    private static let moment = "dddd-dd-dd dd:dd:ddZ"

    private func isMoments(_ column: Int) -> Bool {
        rows.count > 1 && rows.dropFirst().allSatisfy { $0[column] == "-" || Self.isMoment($0[column]) }
    }

    private static func isMoment(_ cell: String) -> Bool {
        cell.utf8.count == moment.utf8.count
            && zip(cell.utf8, moment.utf8).allSatisfy { byte, wanted in
                wanted == UInt8(ascii: "d") ? (0x30...0x39).contains(byte) : byte == wanted
            }
    }

    private mutating func shortenMoments() {
        rows = rows.map { row in
            row.map { Self.isMoment($0) ? String($0.dropFirst(5).prefix(11)) : $0 }
        }
    }
}

/// Colours of what is worth a look (ECMA-48, SGR), or none.
struct Ink: Equatable {
    let isColored: Bool

    static let none = Ink(isColored: false)

    /// A text in the colour of a status or severity; as it is where `word` is none.
    func painted(_ text: String, as word: String) -> String {
        guard isColored, let code = Self.codes[word] else { return text }
        return "\u{1b}[\(code)m\(text)\u{1b}[0m"
    }

    private static let (red, green, yellow, blue) = ("31", "32", "33", "34")
    private static let codes = [
        "open": red, "acknowledged": yellow, "resolved": green, "opened": red, "reminder": red,
        "critical": "1;31", "warning": yellow, "info": blue,
        "dead": red, "delivered": green, "pending": yellow, "held": yellow, "superseded": blue,
        "failing": red, "disabled": red, "ok": green, "active": yellow,
    ]
}
