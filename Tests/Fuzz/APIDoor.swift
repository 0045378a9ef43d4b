import Rules
import Synchronization

@testable import Gateway
@testable import HTTP

/// A request as it stands on the wire, from its head to the API's answer.
enum APIDoor {
    private static let house = Mutex<(house: House, requests: Int)?>(nil)
    /// After so many requests all begins anew, so that a database does not grow without end.
    private static let longest = 500

    @Sendable static func take(_ bytes: [UInt8]) {
        guard let wire = Wire(bytes), let request = wire.request() else { return }
        do {
            try house.withLock { state in
                if state?.requests ?? longest >= longest { state = (try House(), 0) }
                state?.requests += 1
                state?.house.passSecond()
                if let response = state?.house.answer(request) { check(response, to: request) }
                guard ["GET", "HEAD"].contains(request.method), !volatile.contains(request.path) else {
                    return
                }
                checkReading(wire, at: state?.house)
            }
        } catch {
            demand(false, "no gateway: \(error)")
        }
    }

    private static let volatile: Set<String> = ["/metrics", "/api/audit"]

    private static func check(_ response: HTTPServer.Response, to request: HTTPServer.Request) {
        let text = String(decoding: response.body, as: UTF8.self)
        let isUnready = response.status == 503 && request.segments == ["readyz"]
        demand(200..<500 ~= response.status || isUnready, "\(response.status): \(text)")
        for field in response.fields.list {
            demand(
                field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F },
                "a field has a control character: \(field)")
        }
        let type = response.fields["content-type"] ?? ""
        demand(response.body.isEmpty || !type.isEmpty, "a body has no type")
        guard type == "application/json" || type == "application/problem+json" else { return }
        do {
            let value = try JSONValue(response.body, refusingDuplicates: true)
            let isProblem = type == "application/problem+json"
            let schema = isProblem ? .named("Problem") : route(of: request)?.schema(of: response.status)
            guard let schema else { return demand(false, "\(response.status) is not declared: \(text)") }
            let misfit = schema.misfit(of: value)
            demand(misfit == nil, "what is declared is not answered: \(misfit ?? "")")
            demand(
                !isProblem || value["status"]?.number == Double(response.status),
                "the problem has another status: \(text)")
        } catch {
            demand(false, "an answer is no JSON at \(error.offset): \(text)")
        }
    }

    private static func route(of request: HTTPServer.Request) -> Route? {
        let method = request.method == "HEAD" ? "GET" : request.method
        return API.routes.first { $0.method == method && $0.captures(request.segments) != nil }
    }

    /// What only reads says the same to HEAD as before it and after it.
    private static func checkReading(_ wire: Wire, at house: House?) {
        let answers = ["GET", "HEAD", "GET"].map { method in
            wire.request(method).flatMap { house?.answer($0) }
        }
        // The last of some wrong tokens may be the one that is too many.
        guard !answers.contains(where: { $0?.status == 429 }) else { return }
        // What an earlier request had done may have come between.
        guard answers[0]?.body == answers[2]?.body else { return }
        demand(
            answers[0]?.status == answers[1]?.status && answers[0]?.body == answers[1]?.body,
            "HEAD is answered in another way than GET")
    }
}

/// A head and what follows it; lines may end with LF alone.
private struct Wire {
    let method: String
    let target: [UInt8]
    let head: ServerHead
    let body: [UInt8]

    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        func takeLine() -> ArraySlice<UInt8> {
            let line = rest.prefix { $0 != 0x0A }
            rest = rest[line.endIndex...].dropFirst()
            return line.last == 0x0D ? line.dropLast() : line
        }
        let words = takeLine().split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 2, let method = String(validating: words[0], as: UTF8.self) else { return nil }
        var head = ServerHead()
        while true {
            let line = takeLine()
            guard !line.isEmpty else { break }
            let colon = line.firstIndex(of: 0x3A) ?? line.endIndex
            head.add(name: line[..<colon], value: line[colon...].dropFirst())
        }
        (self.method, target, self.head, body) = (method, Array(words[1]), head, Array(rest))
    }

    /// What a handler is given of it, of another method if told; nil when the server refuses it.
    func request(_ other: String? = nil) -> HTTPServer.Request? {
        do throws(ServerRefusal) {
            let target = try ServerTarget(target)
            _ = try head.check(
                isHTTP10: true, authority: target.authority,
                hosts: ServerHosts(address: "127.0.0.1", extra: []),
                bodyLimit: 1 << 20)
            return HTTPServer.Request(
                method: other ?? method, target: target, fields: head.fields, body: body, peer: "127.0.0.1")
        } catch {
            demand(400..<600 ~= error.status, "it is refused with \(error.status)")
            return nil
        }
    }
}
