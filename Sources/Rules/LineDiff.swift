/// How two texts differ, line by line; by the algorithm of Myers, which Swift's `difference` is.
public struct LineDiff: Hashable, Sendable {
    public enum Line: Hashable, Sendable {
        case same(String)
        case removed(String)
        case added(String)
    }

    /// All lines of both texts, in order; what was removed stands before what came in its place.
    public let lines: [Line]

    public init(from old: String, to new: String) {
        let (old, new) = (Self.lines(of: old), Self.lines(of: new))
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.map(\.offset))
        let added = Set(difference.insertions.map(\.offset))
        var lines: [Line] = []
        var (o, n) = (0, 0)
        while o < old.count || n < new.count {
            if removed.contains(o) {
                lines.append(.removed(old[o]))
                o += 1
            } else if added.contains(n) {
                lines.append(.added(new[n]))
                n += 1
            } else {
                lines.append(.same(new[n]))
                (o, n) = (o + 1, n + 1)
            }
        }
        self.lines = lines
    }

    public var addedCount: Int { lines.count { if case .added = $0 { true } else { false } } }
    public var removedCount: Int { lines.count { if case .removed = $0 { true } else { false } } }

    private static func lines(of text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}

extension CollectionDifference.Change {
    fileprivate var offset: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}
