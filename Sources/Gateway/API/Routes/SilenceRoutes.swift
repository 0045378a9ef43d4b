import HTTP
import Rules
import Store

/// The silences that people make.
enum SilenceRoutes {
    static let all: [Route] = [
        .get("/api/silences", "Silences, newest first; ended=true shows those that are over too.") {
            (api, call) throws(Problem) in try list(api, call.request)
        },
        Route("POST", "/api/silences", .write, "Makes a silence.") { (api, call) throws(Problem) in
            let silence = try draft(call.request, now: api.now())
            return try api.act(.silence(silence)) { $0.answer(status: 201, at: api.now()) }
        },
        Route("DELETE", "/api/silences/{id}", .write, "Ends a silence; what is still open is told then.") {
            (api, call) throws(Problem) in
            guard let number = Int64(call["id"]), number > 0 else {
                throw .notFound("'\(call["id"])' is no number of a silence; they are whole numbers from 1")
            }
            return try api.act(.unsilence(number)) { $0.answer(status: 200, at: api.now()) }
        },
    ]

    private static func list(_ api: API, _ request: HTTPServer.Request) throws(Problem) -> HTTPServer.Response
    {
        var (limit, before, showsEnded) = (50, Int64?.none, false)
        for (name, value) in try Parameters.unique(request.query) {
            switch name {
            case "limit": limit = try Parameters.limit(value)
            case "cursor": before = try Parameters.place(value, "s")
            case "ended":
                guard value == "true" || value == "false" else {
                    throw .badParameter(name, "'\(value)' is none of true, false")
                }
                showsEnded = value == "true"
            default: throw Parameters.unknown(name, ["ended", "limit", "cursor"])
            }
        }
        let now = api.now()
        let (page, more) = try api.stored { (reader) throws(StoreError) in
            try reader.silences(before: before, endingAfter: showsEnded ? nil : now, limit: limit)
        }
        var response = HTTPServer.Response.json { json in
            json.array { json in for silence in page { json.silence(silence, at: now) } }
        }
        if more, case .made(let last)? = page.last?.origin {
            let query = "ended=\(showsEnded)&limit=\(limit)&cursor=\(Parameters.cursor(after: last, "s"))"
            response.fields.add("link", "</api/silences?\(query)>; rel=\"next\"")
        }
        return response
    }

    private static func draft(_ request: HTTPServer.Request, now: Timestamp) throws(Problem) -> Silence {
        guard !request.body.isEmpty else {
            throw Problem(
                status: 400, title: "Bad body",
                detail: "say what is silenced and for how long: {\"rule\": \"disk-*\", \"ends_at\": \"2h\"}")
        }
        var body = try RequestBody(of: request)
        let matcher = try matcher(&body)
        let starts = try moment("starts_at", &body, after: now)
        let ends = try moment("ends_at", &body, after: starts ?? now)
        let by = try body.text("by", atMost: 100)
        let reason = try body.text("reason", atMost: 4000)
        try body.finish()
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

    private static func matcher(_ body: inout RequestBody) throws(Problem) -> Matcher {
        var matcher = Matcher()
        matcher.rules = try body.texts("rule", atMost: 255).map(Glob.init)
        matcher.machines = try body.texts("machine", atMost: 255).map(Glob.init)
        for text in try body.texts("severity", atMost: 20) {
            guard let severity = Severity(rawValue: text) else {
                let all = Severity.allCases.map(\.rawValue).joined(separator: ", ")
                throw .badMember("severity", "'\(text)' is none of \(all)")
            }
            matcher.severities.append(severity)
        }
        matcher.sources = try body.texts("source", atMost: 100)
        matcher.labels = try body.labels("labels", atMost: 255)
        return matcher
    }

    /// A moment, or a duration after `start`.
    private static func moment(
        _ name: String, _ body: inout RequestBody, after start: Timestamp
    ) throws(Problem) -> Timestamp? {
        guard let text = try body.text(name, atMost: 40) else { return nil }
        if let time = Timestamp(rfc3339: text) { return time }
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
