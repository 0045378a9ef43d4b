import Dispatch
import HTTP
import Rules
import Synchronization
import TestSupport

@testable import Gateway
@testable import HTTP

/// A gateway with a real database and some history, whose time moves by a second a request and which sends nothing.
final class House: Sendable {
    static let token = "0123456789abcdef"

    private let folder: TemporaryFolder
    private let time = ManualTime()
    private let service: Service
    private let open: API
    private let guarded: API

    init() throws {
        folder = try TemporaryFolder()
        let rulesFile = try folder.write(Self.rules, to: "rules.yaml")
        var options = RunOptions()
        options.rules = rulesFile
        let file = RulesFile(options, environment: [:])
        service = try Service(
            log: Log(level: .error, now: { [time] in time.now }, write: { _ in }), time: time.source,
            database: folder.database, jitter: { 0.5 }, send: { _ in .answer(HTTPAnswer(status: 204)) })
        var settings = ServerSettings()
        open = try service.makeAPI(access: Access(settings, uptime: time.source.uptime), rules: file)
        settings.token = Secret(Self.token)
        guarded = try service.makeAPI(access: Access(settings, uptime: time.source.uptime), rules: file)
        let configuration = try file.load()
        try wait { [service] in
            var judge = Judge(
                service,
                pipeline: try await Pipeline(
                    store: service.store, now: service.time.now, uptime: service.time.uptime))
            try await judge.start(configuration)
            // It ends when its inbox is closed.
            Task { [judge] in
                var judge = judge
                await judge.run()
            }
        }
        for second in 1...3 {
            time.advance(by: .seconds(1))
            let body =
                #"[{"machine_ip":"web-1","cpu":9\#(second),"mem":50},{"machine_ip":"db-1","cpu":1,"mem":95}]"#
            _ = try ask("POST", "/api/samples?source=pushed", ["content-type": "application/json"], body)
        }
    }

    deinit { service.inbox.close() }

    private static let rules = """
        sources:
          - {name: fleet, url: "http://fleet.example/metrics", labels: {env: production}}
          - {name: pushed, push: true}
        rules:
          - {name: cpu-high, metric: cpu, window: 2, above: 85, severity: critical}
          - {name: memory-high, metric: mem, window: 1, above: 90, clear: 80}
        webhooks:
          - {name: ops, url: "http://ops.example/alerts"}
        """

    private func ask(_ method: String, _ target: String, _ fields: HTTPFields, _ body: String) throws
        -> HTTPServer.Response?
    {
        HTTPServer.Request(method: method, target: target, fields: fields, body: Array(body.utf8)).flatMap {
            answer($0)
        }
    }

    /// What the API answers, its body put together; a token is asked for where one is sent. Nil for a body without end.
    func answer(_ request: HTTPServer.Request) -> HTTPServer.Response? {
        let isNamed = request.fields["authorization"] != nil || request.fields["cookie"] != nil
        switch (isNamed ? guarded : open).handle(request) {
        case .now(let response): return response
        case .later(let answer): return wait { await answer() }
        case .stream(let response, let stream):
            return stream.isEndless ? nil : wait { await stream.whole(response) }
        }
    }

    func passSecond() { time.advance(by: .seconds(1)) }
}

extension HTTPServer.Stream {
    fileprivate func whole(_ head: HTTPServer.Response) async -> HTTPServer.Response {
        var response = head
        while true {
            switch await next() {
            case .bytes(let bytes): response.body += bytes
            case .end: return response
            case .failure:
                demand(false, "a body is cut off")
                return response
            }
        }
    }
}

/// The outcome of `work`, for which the one thread of the fuzzer waits.
private func wait<Value: Sendable, Failure>(
    _ work: @escaping @Sendable () async throws(Failure) -> Value
) throws(Failure) -> Value {
    let outcome = Outcome<Value, Failure>()
    Task {
        do throws(Failure) {
            outcome.put(.success(try await work()))
        } catch {
            outcome.put(.failure(error))
        }
    }
    return try outcome.take().get()
}

private final class Outcome<Value: Sendable, Failure: Error>: Sendable {
    private let result = Mutex<Result<Value, Failure>?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    func put(_ result: Result<Value, Failure>) {
        self.result.withLock { $0 = result }
        isThere.signal()
    }

    func take() -> Result<Value, Failure> {
        while true {
            isThere.wait()
            if let result = result.withLock({ $0 }) { return result }
        }
    }
}
