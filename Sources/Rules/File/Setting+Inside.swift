extension Setting {
    /// Reports a fault of one place inside the text of this value, `offset` scalars from its beginning.
    public func fail(inside offset: Int, _ message: String, cure: String? = nil) {
        reading.faults.add(at: place(of: offset), message, cure: cure)
    }

    /// The candidate that was probably meant by `text`; nil when none is near.
    public func suggestion(for text: String, among candidates: [String]) -> String? {
        reading.faults.suggestion(for: text, among: candidates)
    }

    /// Reports what is worth a look, although the file can be used as it is.
    public func warn(_ message: String, cure: String? = nil) {
        reading.faults.add(.warning, at: node.start, message, cure: cure)
    }

    /// Where in the file a scalar of the value's text stands; the value's beginning when that is not clear.
    private func place(of offset: Int) -> Mark {
        guard let text = node.text, let source = reading.faults.source else { return node.start }
        return source.mark(ofScalar: offset, in: text, from: node.start) ?? node.start
    }
}

extension SourceText {
    /// Follows a YAML scalar through the file: quotes, doubled quotes, backslashes and folded line ends stand
    /// in the file and not in the text.
    fileprivate func mark(ofScalar offset: Int, in text: String, from start: Mark) -> Mark? {
        var place = start
        let quote = self[place].flatMap { "\"'|>".unicodeScalars.contains($0) ? $0 : nil }
        switch quote {
        case "|", ">": place = Mark(line: place.line + 1, column: 1)
        case _?: place = Mark(line: place.line, column: place.column + 1)
        case nil: break
        }
        for (index, scalar) in text.unicodeScalars.enumerated() {
            if scalar == " " {
                if self[place] != " " { place = Mark(line: place.line + 1, column: 1) }
                if index == offset { return place }
                while self[place] == " ", place.line <= lines.count { place = place.next }
                continue
            }
            while self[place] == " " { place = place.next }
            let isEscape = quote == "\"" && self[place] == "\\" || quote == "'" && scalar == "'"
            if isEscape { place = place.next }
            guard self[place] == scalar else { return nil }
            if index == offset { return place }
            place = place.next
        }
        return place
    }
}

extension Mark {
    fileprivate var next: Mark { Mark(line: line, column: column + 1) }
}
