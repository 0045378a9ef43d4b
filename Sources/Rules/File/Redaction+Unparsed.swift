extension Redaction {
    /// Which characters of a line are not shown when the file has no tree that tells what they are.
    ///
    /// Shown is what is known: our keys, and short values right after those that hold no secret.
    static func doubtful(in line: [Unicode.Scalar], openKeys: [String]) -> [Int] {
        let isWithinSecret = openKeys.contains { key in
            !isKnown(key) && !String(String.UnicodeScalarView(line)).contains(key + ":")
        }
        if isWithinSecret { return Array(line.indices.drop { line[$0] == " " || line[$0] == "-" }) }
        let doubt = firstDoubt(in: line)
        return doubtfulWords(in: line[..<doubt]) + (doubt..<line.count)
    }

    /// Where the value of a key begins that is not known to hold no secret.
    private static func firstDoubt(in line: [Unicode.Scalar]) -> Int {
        let lowercase = line.map { $0.properties.lowercaseMapping.unicodeScalars.first ?? $0 }
        for index in line.indices {
            for word in words where lowercase[index...].starts(with: word.unicodeScalars) {
                let end = index + word.unicodeScalars.count
                return line[end...].firstIndex { $0 != ":" && $0 != " " } ?? line.count
            }
            guard line[index] == ":" else { continue }
            let next = index + 1 < line.count ? line[index + 1] : " "
            let word = line[..<index].reversed().prefix(while: \.isNamePart).reversed()
            let key = String(String.UnicodeScalarView(word))
            let isAddress = next.isDigit && (key.last?.isNumber ?? true)
            if key == "url", let end = authorityEnd(in: line, from: index) { return end }
            if !isKnown(key), !isAddress, next != "/" {
                return line[(index + 1)...].firstIndex { $0 != " " } ?? line.count
            }
        }
        return line.count
    }

    private static func doubtfulWords(in line: ArraySlice<Unicode.Scalar>) -> [Int] {
        var doubtful: [Int] = []
        var hasKey = false
        let separators = Set(" \t,:\"'[]{}".unicodeScalars)
        for word in line.indices.split(whereSeparator: { separators.contains(line[$0]) }) {
            let text = String(String.UnicodeScalarView(line[word.startIndex..<word.endIndex]))
            let isKey =
                isKnown(text) || ["headers", "http", "https", "secret", "token", "url"].contains(text)
            let isNumber = text.utf8.count <= 6 && text.utf8.allSatisfy { $0.isASCIIDigit }
            let isPunctuation = !text.unicodeScalars.contains { $0.isLetter || $0.isDigit }
            let isValue = hasKey && word.count < 16
            if !isKey && !isNumber && !isPunctuation && !isValue { doubtful += word }
            hasKey = hasKey || isKey && line[word.endIndex...].first == ":"
        }
        return doubtful
    }
}
