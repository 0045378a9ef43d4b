import Collector
import Rules

extension JSONWriter {
    /// The sources and how they do, in the order of the rules file.
    mutating func sources(_ sources: [SourceStatus]) {
        array { json in for source in sources { json.source(source) } }
    }

    private mutating func source(_ source: SourceStatus) {
        object { json in
            json.member("name", source.name)
            json.member("url", source.url.isEmpty ? nil : source.url)
            json.member("state", source.state.rawValue)
            json.member("since", source.since)
            json.member("last_success", source.lastSuccess)
            json.member("last_failure", source.lastFailure)
            json.member("last_error", source.lastError)
            json.key("duration_ms")
            if let duration = source.lastDuration {
                json.number(duration.wholeMilliseconds)
            } else {
                json.null()
            }
            json.member("polls", source.polls)
            json.key("last_poll")
            json.records(source.last)
            json.key("total")
            json.records(source.total)
            json.key("refusals")
            json.array { json in for refusal in source.refusals { json.string(refusal.description) } }
            if let targets = source.targets { json.targets(targets) }
        }
    }

    private mutating func targets(_ targets: TargetsStatus) {
        key("targets")
        object { json in
            json.member("total", targets.total)
            json.member("failing", targets.failing)
            json.key("failures")
            json.array { json in
                for failure in targets.failures {
                    json.object { json in
                        json.member("target", failure.target)
                        json.member("since", failure.since)
                        json.member("error", failure.error)
                    }
                }
            }
            json.member("file_error", targets.fileError)
        }
    }

    private mutating func records(_ records: SourceStatus.Records) {
        object { json in
            json.member("taken", records.taken)
            json.member("refused", records.refused)
        }
    }
}
