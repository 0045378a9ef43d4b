import Rules

/// What came of a backtest, for people and for programs.
struct BacktestReport: Sendable {
    let span: ClosedRange<Timestamp>
    /// When the first and the last poll of the span were; nil when it has none.
    let covered: ClosedRange<Timestamp>?
    let polls: Int
    let warmUpPolls: Int
    let samples: Int
    let comparison: Comparison
    /// The names of the rules, and of the webhooks, as in the files.
    let rules: [String]
    let webhooks: [String]

    /// The most incidents that are listed of each kind.
    static let listed = 50

    /// As tables that fit a terminal.
    func text(width: Int) -> String {
        var parts = [ruleTable(width), webhookTable(width)]
        parts.append(
            list("appear", comparison.appearing, width) { [opening(of: $0), $0.span, $0.message] })
        parts.append(
            list("vanish", comparison.vanishing, width) { [opening(of: $0), $0.span, $0.message] })
        parts.append(changes(width))
        if comparison.appearing.isEmpty && comparison.vanishing.isEmpty && comparison.changing.isEmpty {
            parts.append("The edited rules would have opened the same incidents.\n")
        }
        let shown = covered ?? span
        let warmUp = warmUpPolls > 0 ? "; \(warmUpPolls) polls before filled the windows" : ""
        let heading =
            "\(polls) polls with \(samples) samples, \(shown.lowerBound) to \(shown.upperBound)\(warmUp)\n"
        return ([heading] + parts.filter { !$0.isEmpty }).joined(separator: "\n")
    }

    /// When it opened; of one that opened while windows filled, that it was open before.
    private func opening(of incident: Incident) -> String {
        incident.openedAt < span.lowerBound ? "before the range" : incident.openedAt.description
    }

    private func count(_ incidents: [Incident], of rule: String) -> Int {
        incidents.count { $0.rule == rule }
    }

    private func ruleTable(_ width: Int) -> String {
        let rows = rules.map { rule in
            [rule]
                + [
                    count(comparison.before.incidents, of: rule), count(comparison.after.incidents, of: rule),
                    count(comparison.appearing, of: rule), count(comparison.vanishing, of: rule),
                    comparison.changing.count { $0.after.rule == rule },
                ].map(String.init)
        }
        return Table(["RULE", "IN FORCE", "EDITED", "APPEAR", "VANISH", "CHANGE"], rows).text(width: width)
    }

    private func webhookTable(_ width: Int) -> String {
        let rows = webhooks.map { webhook in
            let (before, after) = (
                comparison.before.letters[webhook] ?? .init(), comparison.after.letters[webhook] ?? .init()
            )
            return [
                webhook, "\(before.count)", "\(after.count)", "\(before.mostInAMinute)",
                "\(after.mostInAMinute)",
            ]
        }
        let heads = ["WEBHOOK", "IN FORCE", "EDITED", "MOST A MINUTE, IN FORCE", "EDITED"]
        return rows.isEmpty ? "" : Table(heads, rows).text(width: width)
    }

    private func list(
        _ title: String, _ incidents: [Incident], _ width: Int, _ cells: (Incident) -> [String]
    ) -> String {
        guard !incidents.isEmpty else { return "" }
        let rows = incidents.prefix(Self.listed).map { incident in
            ([incident.rule, incident.machine] + cells(incident)).map(\.forTerminal)
        }
        let more = incidents.count - rows.count
        return "\(incidents.count) \(title)\n"
            + Table(["RULE", "MACHINE", "OPENED", "FOR", "MESSAGE"], Array(rows)).text(width: width)
            + (more > 0 ? "… and \(more) more\n" : "")
    }

    private func changes(_ width: Int) -> String {
        guard !comparison.changing.isEmpty else { return "" }
        let rows = comparison.changing.prefix(Self.listed).map { change in
            [
                change.after.rule, change.after.machine.forTerminal, opening(of: change.before),
                opening(of: change.after), change.before.span, change.after.span,
            ]
        }
        let more = comparison.changing.count - rows.count
        let heads = ["RULE", "MACHINE", "OPENED, IN FORCE", "EDITED", "FOR, IN FORCE", "EDITED"]
        return "\(comparison.changing.count) change\n" + Table(heads, Array(rows)).text(width: width)
            + (more > 0 ? "… and \(more) more\n" : "")
    }
}

extension Incident {
    /// How long it was open, for people.
    fileprivate var span: String {
        guard let resolvedAt else { return "still open" }
        return openedAt.duration(to: resolvedAt).readable
    }
}

extension JSONWriter {
    mutating func backtest(_ report: BacktestReport) {
        object { json in
            json.member("since", report.span.lowerBound)
            json.member("until", report.span.upperBound)
            json.member("first_sample", report.covered?.lowerBound)
            json.member("last_sample", report.covered?.upperBound)
            json.member("polls", report.polls)
            json.member("warm_up_polls", report.warmUpPolls)
            json.member("samples", report.samples)
            json.key("webhooks")
            json.array { json in
                for webhook in report.webhooks {
                    let (before, after) = (
                        report.comparison.before.letters[webhook] ?? .init(),
                        report.comparison.after.letters[webhook] ?? .init()
                    )
                    json.object { json in
                        json.member("name", webhook)
                        json.member("in_force", before.count)
                        json.member("edited", after.count)
                        json.member("most_a_minute_in_force", before.mostInAMinute)
                        json.member("most_a_minute_edited", after.mostInAMinute)
                    }
                }
            }
            json.member("in_force", report.comparison.before.incidents.count)
            json.member("edited", report.comparison.after.incidents.count)
            json.key("appearing")
            json.array { json in for incident in report.comparison.appearing { json.incident(incident) } }
            json.key("vanishing")
            json.array { json in for incident in report.comparison.vanishing { json.incident(incident) } }
            json.key("changing")
            json.array { json in
                for change in report.comparison.changing {
                    json.object { json in
                        json.key("in_force")
                        json.incident(change.before)
                        json.key("edited")
                        json.incident(change.after)
                    }
                }
            }
        }
    }
}
