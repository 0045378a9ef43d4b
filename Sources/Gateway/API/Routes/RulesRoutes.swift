import HTTP
import Notifiers
import Rules
import Store

/// The rules in force, the versions before them, and what an edit would mean.
enum RulesRoutes {
    static let all: [Route] = [
        .get(
            "/api/rules", "The rules in force, and what is wrong with the file as it is now.",
            gives: .json(.named("RulesInForce"))
        ) { (api, _) throws(Problem) in
            let version = try api.stored { (reader) throws(StoreError) in try reader.rules() }
            guard let version else { throw .notFound("no rules file was accepted yet") }
            return .json { $0.rules(version, api) }
        },
        .get(
            "/api/rules/versions", "The accepted rules files, the last one first.",
            Input(
                Page(), [.limit(\.limit), .number("before", \.before, "Before the version of that number")]),
            gives: .json(.list(.named("RulesVersion")))
        ) { (api, _, page) throws(Problem) in try versions(api, page) },
        // A file may hold secrets, so that it takes more than the right to read.
        .get(
            "/api/rules/versions/{number}", "One accepted rules file with its text.", access: .write,
            gives: .json(.named("RulesText"))
        ) { (api, call) throws(Problem) in
            let version = try version(call["number"], api)
            return .json { json in
                json.object { json in
                    json.members(of: version, from: nil)
                    json.member("text", version.text)
                }
            }
        },
        .get(
            "/api/rules/diff", "How two accepted rules files differ.",
            Input(
                Pair(),
                [
                    .text("from", \.from, "The version before; to be given"),
                    .text("to", \.to, "The version after; the last unless told"),
                ]), access: .write, gives: .json(.named("RulesDiff"))
        ) { (api, _, pair) throws(Problem) in try diff(api, pair) },
        Route(
            "POST", "/api/rules/check", .read, "Says what is wrong with a rules file.",
            Input(Draft(), [document]), gives: .json(.named("RulesChecked"))
        ) { (api, _, draft) throws(Problem) in .now(check(api, draft.text)) },
        Route(
            "PUT", "/api/rules", .write, "Saves a rules file, and goes over to it.",
            Input(
                Draft(),
                [
                    document, .memberText("by", atMost: 100, \.by, "Who saves it"),
                    version("base", \.base, "The version that the edit began with"),
                ]), gives: saved
        ) { (api, call, draft) throws(Problem) in
            let origin = "api" + (call.person(draft.by).map { " by \($0)" } ?? "")
            return try save(draft.text, base: draft.base, from: origin, api, call)
        },
        Route(
            "POST", "/api/rules/rollback", .write, "Goes back to an earlier rules file.",
            Input(
                Draft(),
                [
                    version("version", \.base, "The version to go back to; to be given"),
                    .memberText("by", atMost: 100, \.by, "Who goes back"),
                ]), gives: saved
        ) { (api, call, draft) throws(Problem) in
            let (number, by) = (draft.base, call.person(draft.by))
            guard let number else { throw .badMember("version", "name the version: {\"version\": 3}") }
            let version = try version("\(number)", api)
            let origin = "rollback to \(number)" + (by.map { " by \($0)" } ?? "")
            return try save(version.text, base: nil, from: origin, api, call)
        },
    ]

    private static let saved = Route.Answer.json(
        .members(["version": .integer(1, .max), "faults": .list(.named("Fault"))]).allowing(["kept": .text])
    ).also(422, .named("RulesVerdict"))

    private struct Page: Sendable {
        var limit = 50
        var before: Int64?
    }

    private struct Pair: Sendable {
        var from: String?
        var to: String?
    }

    /// What is sent to be checked, tried or saved.
    private struct Draft: Sendable {
        var text = ""
        var by: String?
        var base: Int?
    }

    private static let document = Field<Draft>.member("text", .text, "The text of the file; to be given") {
        (draft, body) throws(Problem) in draft.text = try body.document("text")
    }

    private static func version(
        _ name: String, _ path: Field<Draft>.Path<Int?>, _ summary: String
    ) -> Field<Draft> {
        .member(name, .integer(1, .max), summary) { (draft, body) throws(Problem) in
            draft[keyPath: path] = try body.version(name)
        }
    }

    private static func versions(_ api: API, _ page: Page) throws(Problem) -> HTTPServer.Response {
        let limit = page.limit
        let before = try page.before.map { (before) throws(Problem) in try number("\(before)", "before") }
        let found = try api.stored { (reader) throws(StoreError) in
            try reader.rulesVersions(before: before, limit: limit + 1)
        }
        return .json { json in
            json.array { json in
                for (index, version) in found.prefix(limit).enumerated() {
                    json.object { json in
                        json.members(of: version, from: index + 1 < found.count ? found[index + 1] : nil)
                    }
                }
            }
        }
    }

    private static func diff(_ api: API, _ pair: Pair) throws(Problem) -> HTTPServer.Response {
        let to = pair.to
        guard let from = pair.from else {
            throw .badParameter("from", "name a version: from=3, and to=4 if it is not the last")
        }
        let (old, new) = (
            try version(from, api), try to.map { (text) throws(Problem) in try version(text, api) }
        )
        let last = try api.stored { (reader) throws(StoreError) in try reader.rules() }
        guard let new = new ?? last else { throw .notFound("no rules file was accepted yet") }
        return .json { json in
            json.object { json in
                json.member("from", old.number)
                json.member("to", new.number)
                json.key("lines")
                json.diff(LineDiff(from: old.text, to: new.text))
            }
        }
    }

    private static func check(_ api: API, _ text: String) -> HTTPServer.Response {
        do {
            let configuration = try api.rules.file.check(text) { _ in
                { source in
                    (try? api.stored { (reader) throws(StoreError) in try reader.machines(of: source) }) ?? []
                }
            }
            return .json { json in
                json.object { json in
                    json.verdictMembers(isRight: true, configuration.warnings)
                    json.rules(configuration.rules, in: text)
                }
            }
        } catch {
            return .json { $0.verdict(isRight: false, error.faults) }
        }
    }

    /// Saves the text, has it adopted, and answers with its version once that is on disk.
    private static func save(
        _ text: String, base: Int?, from origin: String, _ api: API, _ call: Call
    ) throws(Problem) -> HTTPServer.Outcome {
        if let error = api.health.storeError { throw .store(error.description) }
        if let base, base != api.health.rulesVersion {
            throw Problem(
                status: 409, title: "Conflict",
                detail:
                    "version \(api.health.rulesVersion) is in force, and not \(base), which the edit began with; "
                    + "look at what has changed, and send it again with 'base': \(api.health.rulesVersion)")
        }
        var saved: RulesFile.Saved
        do {
            saved = try api.rules.file.save(text)
        } catch {
            switch error {
            case .refused(let error):
                return .now(.json(status: 422) { $0.verdict(isRight: false, error.faults) })
            case .notWritten(_, let reason):
                throw Problem(
                    status: 409, title: "File not written",
                    detail: "\(reason); let the gateway write it, or save it where it comes from")
            }
        }
        saved.configuration.origin = origin
        if let kept = saved.kept {
            api.log.warning(
                "an edit of the rules file that was not accepted was overwritten; it is kept",
                ["file": api.rules.file.path, "kept": kept])
        }
        return .later { [adopt = api.rules.adopt, saved, entry = call.slip?.take()] in
            switch await adopt(saved.configuration, entry) {
            case .success(let version):
                .json { json in
                    json.object { json in
                        json.member("version", version)
                        json.key("faults")
                        json.array { json in for fault in saved.configuration.warnings { json.fault(fault) } }
                        if let kept = saved.kept { json.member("kept", kept) }
                    }
                }
            case .failure(let refusal): Problem(refusal).response
            }
        }
    }

    private static func version(_ text: String, _ api: API) throws(Problem) -> RulesVersion {
        let number = try number(text, "version")
        let found = try api.stored { (reader) throws(StoreError) in try reader.rules(version: number) }
        guard let found else { throw .notFound("there is no version \(number) of the rules") }
        return found
    }

    private static func number(_ text: String, _ name: String) throws(Problem) -> Int {
        guard let number = Int(text), number > 0 else {
            throw .badParameter(name, "'\(text)' is no version; versions are whole numbers from 1")
        }
        return number
    }
}

extension RequestBody {
    /// The text of a file.
    mutating func document(_ name: String) throws(Problem) -> String {
        guard let text = take(name)?.text else {
            throw .badMember(name, "give the file's text: {\"\(name)\": \"sources: …\"}")
        }
        guard text.utf8.count <= FileReader.limit else {
            throw .badMember(name, "a rules file has at most \(FileReader.limit) bytes")
        }
        return text
    }

    fileprivate mutating func version(_ name: String) throws(Problem) -> Int? {
        guard let value = take(name) else { return nil }
        guard let number = value.number.flatMap({ Int(exactly: $0) }), number > 0 else {
            throw .badMember(name, "'\(name)' must be the number of a version")
        }
        return number
    }
}
