import Rules
import Store

/// The parameters of lists of incidents.
enum IncidentParameters {
    /// The most words of `q`, and the most labels: each is looked up.
    private static let mostConditions = 32

    static let input = Input(
        IncidentQuery(),
        [
            .choices("status", \.status, "How it stands"),
            .text("rule", \.rule, "The name of its rule"),
            .parameter("machine", .text, "Its machine; a glob with `*` and `?`: `10.0.*`") {
                (query, _, text, _) throws(Problem) in
                if text.contains(where: { "*?".contains($0) }) {
                    query.machines = Glob(text)
                } else {
                    query.machine = text
                }
            },
            .text("metric", \.metric, "The metric that its rule is about"),
            .choices("severity", \.severity, "Its severity"),
            .text("source", \.source, "The source of its machine"),
            .parameter("label.NAME", .text, "The value of its label NAME") {
                (query, name, text, _) throws(Problem) in
                query.labels[String(name.dropFirst(6))] = text
                guard query.labels.count <= mostConditions else {
                    throw .badParameter(name, "there are more than \(mostConditions) labels; give fewer")
                }
            },
            .time("since", \.since, "Opened at or after"),
            .time("until", \.until, "Opened before"),
            .time("at", \.at, "Open at that time"),
            .parameter("q", .text, "Beginnings of words in message, rule, machine, metric, labels and notes")
            {
                (query, name, text, _) throws(Problem) in
                guard text.split(separator: " ").count <= mostConditions else {
                    throw .badParameter(name, "there are more than \(mostConditions) words; give fewer")
                }
                query.text = text
            },
            .limit(\.limit),
            .cursor("i", \.before),
        ])
}
