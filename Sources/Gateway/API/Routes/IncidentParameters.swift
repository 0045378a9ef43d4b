import Rules
import Store

/// The parameters of lists of incidents.
enum IncidentParameters {
    /// Which incidents are asked for, and how they are to come.
    struct Question: Sendable {
        var query = IncidentQuery()
        var format: Format?
    }

    /// A link cannot say 'Accept'.
    enum Format: String, CaseIterable, Sendable {
        case json, csv, ndjson

        var export: IncidentExport.Form? {
            switch self {
            case .json: nil
            case .csv: .csv
            case .ndjson: .lines
            }
        }
    }

    /// The most words of `q`, and the most labels: each is looked up.
    private static let mostConditions = 32

    static let input = Input(
        Question(),
        [
            .choices("status", \.query.status, "How it stands"),
            .text("rule", \.query.rule, "The name of its rule"),
            .parameter("machine", .text, "Its machine; a glob with `*` and `?`: `10.0.*`") {
                (question, _, text, _) throws(Problem) in
                if text.contains(where: { "*?".contains($0) }) {
                    question.query.machines = Glob(text)
                } else {
                    question.query.machine = text
                }
            },
            .text("metric", \.query.metric, "The metric that its rule is about"),
            .choices("severity", \.query.severity, "Its severity"),
            .text("source", \.query.source, "The source of its machine"),
            .parameter("label.NAME", .text, "The value of its label NAME") {
                (question, name, text, _) throws(Problem) in
                question.query.labels[String(name.dropFirst(6))] = text
                guard question.query.labels.count <= mostConditions else {
                    throw .badParameter(name, "there are more than \(mostConditions) labels; give fewer")
                }
            },
            .time("since", \.query.since, "Opened at or after"),
            .time("until", \.query.until, "Opened before"),
            .time("at", \.query.at, "Open at that time"),
            .parameter("q", .text, "Beginnings of words in message, rule, machine, metric, labels and notes")
            {
                (question, name, text, _) throws(Problem) in
                guard text.split(separator: " ").count <= mostConditions else {
                    throw .badParameter(name, "there are more than \(mostConditions) words; give fewer")
                }
                question.query.text = text
            },
            .choice(
                "format", \.format,
                "How they come, whatever 'Accept' says; csv and ndjson give all that match"),
            .limit(\.query.limit),
            .cursor("i", \.query.before),
        ])
}
