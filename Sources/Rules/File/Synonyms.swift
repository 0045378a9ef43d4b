/// What other tools and people call the keys and values of a settings file, and what they are called here.
enum Synonyms {
    private static let table = [
        "alert": "name", "average": "mean", "avg": "mean", "comment": "message",
        "condition": "above", "count": "missing", "description": "message",
        "duration": "for", "endpoint": "url", "error": "critical", "expr": "metric", "expression": "metric",
        "fatal": "critical", "frequency": "interval", "high": "critical", "host": "machines",
        "hosts": "machines",
        "instance": "machine", "instances": "machines", "level": "severity", "low": "warning",
        "matchers": "labels", "max_value": "above", "maximum": "max", "min_value": "below", "minimum": "min",
        "node": "machines", "nodes": "machines", "over": "above", "p50": "median", "p999": "p99",
        "page": "critical",
        "percentile": "aggregate", "period": "interval", "priority": "severity", "repeat_interval": "repeat",
        "scrape_interval": "interval", "severities": "severity", "summary": "message",
        "tags": "labels", "text": "message", "threshold": "above", "title": "message",
        "total": "sum", "under": "below", "warn": "warning",
    ]

    /// What is called so here, if it is one of `candidates`; a slip in the other word is allowed for.
    static func meaning(of text: String, among candidates: [String]) -> String? {
        let word = text.lowercased().replacing("-", with: "_")
        if let exact = table[word] { return candidates.contains(exact) ? exact : nil }
        guard word.utf8.count >= 6, word.utf8.count <= 40 else { return nil }
        let near = table.keys.filter { $0.utf8.count >= 6 && word.editDistance(to: $0) <= 1 }.sorted()
        return near.lazy.compactMap { table[$0] }.first(where: candidates.contains)
    }
}
