/// What a text that holds another language needs beyond `text()`: its lines, and places within it.
extension Setting {
    /// A text of any number of lines.
    public func lines(_ expected: String, cure: String) -> String? {
        guard let text = scalar(expected, cure: cure) else { return nil }
        guard text.contains(where: { !$0.isWhitespace }) else {
            fail("\(label) is empty", cure: cure)
            return nil
        }
        return text
    }

    /// Reports a fault at a scalar of the text that `lines` gave.
    public func fail(at offset: Int, of text: String, _ message: String, cure: String) {
        let mark = place(of: offset, in: text) ?? node.start
        reading.faults.add(at: mark, message, cure: cure)
    }

    /// The candidate that was probably meant.
    public func suggestion(for text: String, among candidates: [String]) -> String? {
        reading.faults.suggestion(for: text, among: candidates)
    }

    /// Where a scalar of the text stands: YAML drops indents, line ends and escapes but reorders nothing, so
    /// each visible scalar is looked for behind the one before. Nil where a variable stands in between.
    private func place(of offset: Int, in text: String) -> Mark? {
        guard let source = reading.faults.source else { return nil }
        var mark = node.start
        var found: Mark?
        for scalar in text.unicodeScalars.prefix(offset + 1) where !scalar.properties.isWhitespace {
            while source[mark] != scalar {
                guard mark < node.end else { return nil }
                let isEnd = source[mark] == nil
                mark = Mark(line: mark.line + (isEnd ? 1 : 0), column: isEnd ? 1 : mark.column + 1)
            }
            found = mark
            mark = Mark(line: mark.line, column: mark.column + 1)
        }
        return found
    }
}
