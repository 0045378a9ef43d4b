extension Faults {
    /// The candidate that was probably meant by `text`; nil when none is near.
    func suggestion(for text: String, among candidates: [String]) -> String? {
        isFull ? nil : text.nearest(among: candidates)
    }
}

extension String {
    /// The candidate that was probably meant; nil when none is near.
    public func nearest(among candidates: [String]) -> String? {
        if candidates.contains(self) { return self }
        // Each comparison takes length × length steps, and what is hostile has many long names.
        guard utf8.count <= 100 else { return nil }
        let near = candidates.lazy.prefix(1000).filter { $0.utf8.count <= 100 }.map { candidate in
            (candidate, lowercased().editDistance(to: candidate.lowercased()))
        }
        guard let (best, distance) = near.min(by: { $0.1 < $1.1 }) else { return nil }
        // Any letter is near to any other.
        let isWord = Swift.min(count, best.count) > 1
        if isWord, distance <= Swift.max(1, Swift.min(count, best.count) / 3) { return best }
        if let meaning = Synonyms.meaning(of: self, among: candidates) { return meaning }
        // What is cut short: `crit` for `critical`.
        let longer = near.map(\.0).filter { $0.lowercased().hasPrefix(lowercased()) }
        return count >= 3 && longer.count == 1 ? longer.first : nil
    }

    /// The fewest characters to insert, remove, replace or swap with a neighbour to turn one text into the other.
    func editDistance(to other: String) -> Int {
        let (a, b) = (Array(utf8), Array(other.utf8))
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in b.indices {
                let replaced = last[j] + (a[i] == b[j] ? 0 : 1)
                var best = Swift.min(replaced, last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    best = Swift.min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }

    /// The text between quotes, as messages show it: shortened, without control characters, and no secret.
    var quoted: String {
        if Redaction.looksSecret(self) || contains("://") { return "this value" }
        var shown = ""
        for scalar in unicodeScalars.prefix(60) {
            if scalar.isPrintable { shown.unicodeScalars.append(scalar) } else { shown += "\u{FFFD}" }
        }
        return "'\(shown)\(unicodeScalars.count > 60 ? "…" : "")'"
    }
}

extension [String] {
    /// `a, b or c`.
    var alternatives: String {
        guard let last, count > 1 else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " or " + last
    }

    /// `a, b, c`, each once, cut after 20.
    var listed: String {
        var known: Set<String> = []
        let names = filter { known.insert($0).inserted }
        return names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    }
}
