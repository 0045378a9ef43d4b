import Collector
import HTTP
import Rules

/// Samples that are pushed.
enum SampleRoutes {
    static let all: [Route] = [
        Route(
            "POST", "/api/samples", .write, "Takes samples for a source that is pushed to.",
            Input(
                Target(),
                [
                    .text(
                        "source", \.source, isRequired: true, "name the source: /api/samples?source=NAME"),
                    .text("machine", \.machine, "Whose the samples are, unless the body says so"),
                ]), body: ["application/json", "text/plain"],
            gives: .json(
                .members(["taken": .count, "refused": .count, "refusals": .list(.text)]), status: 202)
        ) { (api, call, target) throws(Problem) in .now(try take(target, call, api)) }
        .unaudited
    ]

    private struct Target: Sendable {
        var source: String?
        var machine: String?
    }

    /// `POST /api/samples?source=NAME[&machine=NAME]`: 202, and how many machines were taken and refused.
    private static func take(
        _ target: Target, _ call: Call, _ api: API
    ) throws(Problem) -> HTTPServer.Response {
        let source = target.source ?? ""
        let push = Intake.Push(
            source: source, machine: try machine(target.machine), contentType: call.contentType,
            body: call.body)
        switch api.push(push) {
        case .taken(let reading): return .taken(reading)
        case .unknownSource: throw .notFound("rules.yaml has no source '\(source)'")
        case .notPushedTo:
            throw Problem(
                status: 409, title: "Not a push source",
                detail: "the source '\(source)' is polled; one with 'push: true' takes samples")
        case .undecodable(let error):
            throw Problem(status: 400, title: "Undecodable samples", detail: error.description)
        case .full:
            throw Problem(
                status: 503, title: "Busy", detail: "samples that wait for the store fill their memory",
                fields: ["retry-after": "5"])
        }
    }

    private static func machine(_ name: String?) throws(Problem) -> String? {
        guard let name, !name.isEmpty else { return nil }
        let isPlain = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard isPlain, name.utf8.count <= 255 else {
            throw .badParameter("machine", "a machine's name has at most 255 bytes and no control characters")
        }
        return name
    }
}

extension HTTPServer.Response {
    fileprivate static func taken(_ reading: PollOutcome.Reading) -> HTTPServer.Response {
        .json(status: 202) { json in
            json.object { json in
                json.member("taken", reading.poll.machines.count)
                json.member("refused", reading.refusedCount)
                json.key("refusals")
                json.array { json in for refusal in reading.refusals { json.string(refusal.description) } }
            }
        }
    }
}
