/// What incidents of a rule say, in the user's words: `{{machine}} is at {{value}}, limit {{threshold}}`.
public struct Wording: Hashable, Sendable {
    enum Part: Hashable {
        case literal(String)
        case placeholder(Placeholder)
    }

    enum Placeholder: Hashable {
        case field(Field)
        case label(String)
    }

    enum Field: String, CaseIterable {
        case machine, source, rule, metric, aggregate, window, value, threshold, severity, eta
    }

    /// What is wrong with a text, and at which of its scalars.
    struct Flaw: Error, Hashable {
        let offset: Int
        let message: String
        /// The word that is not known, if it is one.
        let word: String?
    }

    let parts: [Part]

    static let names = Field.allCases.map(\.rawValue) + ["labels.NAME"]
    private static let label = "labels."

    init(_ text: String) throws(Flaw) {
        var parts: [Part] = []
        let scalars = Array(text.unicodeScalars)
        var (next, literal) = (0, String.UnicodeScalarView())
        while next < scalars.count {
            guard scalars[next...].starts(with: "{{".unicodeScalars) else {
                literal.append(scalars[next])
                next += 1
                continue
            }
            guard
                let close = (next..<scalars.count).first(where: {
                    scalars[$0...].starts(with: "}}".unicodeScalars)
                })
            else { throw Flaw(offset: next, message: "'{{' is never closed", word: nil) }
            if !literal.isEmpty { parts.append(.literal(String(literal))) }
            literal.removeAll()
            parts.append(.placeholder(try Self.placeholder(scalars[(next + 2)..<close])))
            next = close + 2
        }
        if !literal.isEmpty { parts.append(.literal(String(literal))) }
        self.parts = parts
    }

    private static func placeholder(_ scalars: ArraySlice<Unicode.Scalar>) throws(Flaw) -> Placeholder {
        let trimmed = scalars.drop { $0 == " " }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: trimmed)
        while view.last == " " { view.removeLast() }
        let name = String(view)
        if let field = Field(rawValue: name) { return .field(field) }
        if name.hasPrefix(label), Setting.isIdentifier(String(name.dropFirst(label.count))),
            name != names.last
        {
            return .label(String(name.dropFirst(label.count)))
        }
        throw Flaw(
            offset: trimmed.startIndex,
            message: name.isEmpty ? "the placeholder is empty" : "there is no placeholder \(name.quoted)",
            word: name)
    }

    /// The text for one incident; `eta` is in how long a trend is at its threshold.
    func text(for incident: Incident, eta: Duration?) -> String {
        parts.map { part in
            switch part {
            case .literal(let text): text
            case .placeholder(.label(let name)): incident.labels[name] ?? ""
            case .placeholder(.field(let field)): incident.text(of: field, eta: eta)
            }
        }.joined()
    }
}

extension Incident {
    fileprivate func text(of field: Wording.Field, eta: Duration?) -> String {
        switch field {
        case .machine: machine
        case .source: source
        case .rule: rule
        case .metric: metric
        case .aggregate: aggregate.rawValue
        case .window: aggregate == .missing ? window.phrase(of: "poll") : window.phrase
        case .value: value.shown(apartFrom: threshold.nearer(to: value))
        case .threshold: threshold.bounds
        case .severity: severity.rawValue
        // A forecast that opens without one is at its threshold already.
        case .eta: eta.map { "about \($0.rough)" } ?? (aggregate == .forecast ? "now" : "")
        }
    }
}
