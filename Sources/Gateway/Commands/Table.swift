/// Rows of texts as columns that fit a terminal.
struct Table {
    private let rows: [[String]]

    /// No column gets narrower than this.
    private static let least = 4
    /// What of the last column is worth more than the others.
    private static let readable = 16
    private static let gap = 2

    init(_ heads: [String], _ rows: [[String]]) {
        self.rows = [heads] + rows
    }

    /// The table; where it would be wider than `width`, its last column is cut, and then the widest ones.
    func text(width: Int) -> String {
        var widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].unicodeScalars.count }.max() ?? 0
        }
        let room = width - Self.gap * (widths.count - 1)
        while widths.reduce(0, +) > room, let widest = widths.max(), widest > Self.least,
            let column = widths.lastIndex(of: widest)
        {
            let last = widths.count - 1
            widths[widths[last] > Self.readable ? last : column] -= 1
        }
        return rows.map { row in
            let cells = zip(row, widths).map { $0.clipped(to: $1).padded(to: $1 + Self.gap) }
            let line = cells.joined()
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}

extension String {
    /// The text without what a terminal would take for a command.
    var forTerminal: String {
        var shown = ""
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: shown += "\u{FFFD}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - unicodeScalars.count))
    }

    fileprivate func clipped(to width: Int) -> String {
        guard unicodeScalars.count > width else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(width - 1))) + "…"
    }
}
