import HTTP
import Rules
import Store

/// The silences that people make.
enum SilenceRoutes {
    static let all: [Route] = [
        .get(
            "/api/silences", "Silences, newest first; ended=true shows those that are over too.", input,
            gives: .json(.list(.named("Silence")))
        ) { (api, call, question) throws(Problem) in try list(api, call, question) },
        Route(
            "POST", "/api/silences", .write, "Makes a silence.", draft,
            gives: .json(.named("Silence"), status: 201)
        ) { (api, call, draft) throws(Problem) in
            guard call.hasBody else {
                throw Problem(
                    status: 400, title: "Bad body",
                    detail:
                        "say what is silenced and for how long: {\"rule\": \"disk-*\", \"ends_at\": \"2h\"}")
            }
            var draft = draft
            draft.by = call.person(draft.by)
            return try api.act(.silence(try draft.silence(now: api.now())), for: call) {
                $0.answer(status: 201, at: api.now())
            }
        },
        Route(
            "DELETE", "/api/silences/{id}", .write, "Ends a silence; what is still open is told then.",
            gives: .json(.named("Silence"))
        ) { (api, call) throws(Problem) in
            try api.act(.unsilence(try call.number(of: "number of a silence")), for: call) {
                $0.answer(status: 200, at: api.now())
            }
        },
    ]

    private struct Question: Sendable {
        var showsEnded = false
        var limit = 50
        var before: Int64?
    }

    private static let input = Input(
        Question(),
        [
            .flag("ended", \.showsEnded, "Whether those that are over are shown too"),
            .limit(\.limit), .cursor("s", \.before),
        ])

    private static func list(
        _ api: API, _ call: Call, _ question: Question
    ) throws(Problem) -> HTTPServer.Response {
        let now = api.now()
        let (page, more) = try api.stored { (reader) throws(StoreError) in
            try reader.silences(
                before: question.before, endingAfter: question.showsEnded ? nil : now, limit: question.limit)
        }
        var response = HTTPServer.Response.json { json in
            json.array { json in for silence in page { json.silence(silence, at: now) } }
        }
        if more, case .made(let last)? = page.last?.origin {
            response.fields.add("link", call.next("cursor", Parameters.cursor(after: last, "s")))
        }
        return response
    }

    /// A silence as it is asked for.
    fileprivate struct Draft: Sendable {
        var rules: [String] = []
        var machines: [String] = []
        var severities: [String] = []
        var sources: [String] = []
        var labels: [String: String] = [:]
        var startsAt: String?
        var endsAt: String?
        var by: String?
        var reason: String?
    }

    private static let draft = Input(
        Draft(),
        [
            .memberTexts("rule", atMost: 255, \.rules, "Globs of rules"),
            .memberTexts("machine", atMost: 255, \.machines, "Globs of machines"),
            .memberTexts("severity", atMost: 20, \.severities, "Severities"),
            .memberTexts("source", atMost: 100, \.sources, "Names of sources"),
            .memberLabels("labels", atMost: 255, \.labels, "Labels, all of which an incident must bear"),
            .memberText("starts_at", atMost: 40, \.startsAt, "A time, or so long from now; now unless told"),
            .memberText("ends_at", atMost: 40, \.endsAt, "A time, or so long after its start: `2h`"),
            .memberText("by", atMost: 100, \.by, "Who makes it"),
            .memberText("reason", atMost: 4000, \.reason, "Why"),
        ])
}

extension SilenceRoutes.Draft {
    fileprivate func silence(now: Timestamp) throws(Problem) -> Silence {
        let matcher = try matcher()
        let starts = try moment("starts_at", startsAt, after: now)
        let ends = try moment("ends_at", endsAt, after: starts ?? now)
        guard matcher != Matcher() else {
            throw .badMember(
                "rule",
                "name what is silenced by rule, machine, severity, source or labels; '*' stands for all")
        }
        guard let ends else {
            throw .badMember("ends_at", "give 'ends_at': a time, or a duration as 2h")
        }
        let from = starts ?? now
        guard from < ends, ends > now else {
            throw .badMember("ends_at", "'ends_at' must lie after 'starts_at' and in the future")
        }
        return Silence(
            .made(0), matcher: matcher, schedule: .once(from: from, until: ends), by: by, reason: reason,
            createdAt: now)
    }

    private func matcher() throws(Problem) -> Matcher {
        var matcher = Matcher()
        matcher.rules = rules.map(Glob.init)
        matcher.machines = machines.map(Glob.init)
        for text in severities {
            guard let severity = Severity(rawValue: text) else {
                let all = Severity.allCases.map(\.rawValue).joined(separator: ", ")
                throw .badMember("severity", "'\(text)' is none of \(all)")
            }
            matcher.severities.append(severity)
        }
        matcher.sources = sources
        matcher.labels = labels
        return matcher
    }

    /// A moment, or a duration after `start`.
    private func moment(
        _ name: String, _ text: String?, after start: Timestamp
    ) throws(Problem) -> Timestamp? {
        guard let text else { return nil }
        if let time = Timestamp(said: text) { return time }
        if let length = Duration(compact: text) { return start.advanced(by: length) }
        throw .badMember(
            name, "'\(text)' is no time; give one as 2026-11-23T12:00:00Z, or a duration as 90m, 2h or 7d")
    }
}

extension ActionReply {
    fileprivate func answer(status: Int, at now: Timestamp) -> HTTPServer.Response {
        .json(status: status) { json in
            if let silence { json.silence(silence, at: now) } else { json.object { _ in } }
        }
    }
}

extension JSONWriter {
    /// A silence, and whether it holds at `now`.
    mutating func silence(_ silence: Silence, at now: Timestamp) {
        object { json in
            json.key("id")
            if case .made(let number) = silence.origin { json.number(number) } else { json.null() }
            json.member("status", silence.status(at: now))
            json.key("rule")
            json.strings(silence.matcher.rules.map(\.pattern))
            json.key("machine")
            json.strings(silence.matcher.machines.map(\.pattern))
            json.key("severity")
            json.strings(silence.matcher.severities.map(\.rawValue))
            json.key("source")
            json.strings(silence.matcher.sources)
            json.member("labels", silence.matcher.labels)
            if case .once(let from, let until) = silence.schedule {
                json.member("starts_at", from)
                json.member("ends_at", until)
            }
            json.member("by", silence.by)
            json.member("reason", silence.reason)
            json.member("created_at", silence.createdAt)
        }
    }

    private mutating func strings(_ texts: [String]) {
        array { json in for text in texts { json.string(text) } }
    }
}

extension Silence {
    fileprivate func status(at now: Timestamp) -> String {
        isActive(at: now) ? "active" : isOver(at: now) ? "ended" : "pending"
    }
}
