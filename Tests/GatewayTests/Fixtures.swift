import Collector
import Foundation
import HTTP
import Notifiers
import Rules
import Store
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// The parts of a running gateway: a real database, time that a test moves, a network that answers as told.
struct Bench {
    let folder: TemporaryFolder
    let time: ManualTime
    let lines = LogLines()
    let network: Network
    let service: Service
    let rulesFile: RulesFile

    /// Requests are made by `client` where there is one; `answer` answers them else.
    init(
        _ folder: TemporaryFolder? = nil, inbox: Inbox = Inbox(), client: HTTPClient? = nil,
        answer: @escaping @Sendable (HTTPRequest, _ number: Int) -> HTTPReply = { _, _ in .status(204) }
    ) throws {
        let (time, lines, network) = (ManualTime(), lines, Network(answer))
        self.folder = try folder ?? TemporaryFolder()
        self.time = time
        self.network = network
        var options = RunOptions()
        options.rules = self.folder.path + "/rules.yaml"
        rulesFile = RulesFile(options, environment: [:])
        let log = Log(level: .debug, now: { time.now }, write: { lines.take($0) })
        service = try Service(
            log: log, time: time.source, database: self.folder.database, inbox: inbox,
            jitter: { 0.5 },
            send: { if let client { await client.send($0) } else { await network.send($0) } })
    }

    /// The moment `second` seconds after the start of the test's time.
    static func moment(_ second: Double) -> Timestamp {
        Timestamp(milliseconds: 1_795_435_200_000 + Int64(second * 1000))
    }

    /// A judge that has taken `yaml`.
    func judge(
        _ yaml: String = Bench.rules(), blocksAtOnce: Int = StoreWriter.blocksAtOnce
    ) async throws -> Judge {
        var judge = Judge(
            service,
            pipeline: try await Pipeline(
                store: service.store, now: service.time.now, uptime: service.time.uptime),
            blocksAtOnce: blocksAtOnce)
        try await judge.start(try configuration(yaml))
        return judge
    }

    /// Runs `judge` and the dispatcher beside `work`, and ends them as the service does.
    func running(_ judge: Judge, _ work: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var judge = judge
                await judge.run()
            }
            group.addTask { await service.dispatcher.run() }
            try await work()
            service.inbox.close()
            service.dispatcher.stop(grace: .seconds(3600))
            try await group.waitForAll()
        }
    }

    /// What the API answers, the token aside.
    func get(_ target: String, _ fields: HTTPFields = [:]) async throws -> HTTPServer.Response {
        try await ask("GET", target, fields)
    }

    func ask(
        _ method: String, _ target: String, _ fields: HTTPFields = [:], token: Secret? = nil
    ) async throws -> HTTPServer.Response {
        let request = try #require(HTTPServer.Request(method: method, target: target, fields: fields))
        switch try service.makeAPI(token: token, rules: rulesFile).handle(request) {
        case .now(let response): return response
        case .later(let answer): return await answer()
        case .stream(var response, let stream):
            guard !stream.isEndless else { return response }
            while case .bytes(let bytes) = await stream.next() { response.body += bytes }
            return response
        }
    }

    /// The numbers of the incidents that a list holds, in its order.
    func ids(_ target: String) async throws -> [Int] {
        let response = try await get(target)
        #expect(response.status == 200, "\(target): \(response.text)")
        return try response.list.compactMap { $0["id"] as? Int }
    }
}

extension Bench {
    /// Two sources, two rules, and two webhooks, one of which wants critical incidents only.
    static func rules(
        cpu limit: Int = 85, cpuRule: String = "cpu-high", maxMachines: Int = 100, more: String = ""
    ) -> String {
        """
        sources:
          - name: fleet
            url: http://user:hush@fleet.example/metrics?token=hush
            interval: 1s
            max_machines: \(maxMachines)
            labels: {env: production, team: core}
          - {name: lab, url: "http://lab.example/metrics", interval: 1s, labels: {env: test}}
        rules:
          - {name: \(cpuRule), metric: cpu, window: 2, above: \(limit), severity: critical}
          - {name: memory-high, metric: mem, window: 1, above: 90, clear: 80, severity: warning}
        webhooks:
          - {name: ops, url: "http://ops.example/alerts"}
          - {name: night, url: "http://night.example/alerts", only: {severity: [critical]}}
        \(more)
        """
    }
}

extension Service {
    /// The API as it is where `server: token:` alone is given, or nothing.
    func makeAPI(token: Secret?, rules: RulesFile) throws -> API {
        var settings = ServerSettings()
        settings.token = token
        return try makeAPI(access: Access(settings, uptime: time.uptime), rules: rules)
    }
}

func configuration(_ yaml: String) throws -> Configuration {
    try Configuration.parse(
        Array(yaml.utf8), environment: Environment(variables: [:]) { _ throws(FileError) in throw .missing },
        reporting: Faults(in: "rules.yaml"))
}

/// What `source` said at `second`: cpu and mem of each machine.
func poll(
    _ source: String = "fleet", at second: Double, _ rows: KeyValuePairs<String, (cpu: Double, mem: Double)>
) throws -> Poll {
    try #require(
        Poll(
            source: source, at: Bench.moment(second), metrics: ["cpu", "mem"],
            machines: NameList(rows.map(\.key)), values: rows.flatMap { [$0.value.cpu, $0.value.mem] }))
}

extension Judge {
    mutating func take(_ poll: Poll) async throws { try await take(.poll(poll)) }
}

extension HTTPServer.Response {
    var text: String { String(decoding: body, as: UTF8.self) }

    var list: [[String: Any]] {
        get throws { try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [[String: Any]]) }
    }

    var object: [String: Any] {
        get throws { try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) }
    }
}

extension HTTPReply {
    static func status(_ status: Int) -> HTTPReply { .answer(HTTPAnswer(status: status)) }
}

/// Everything that the gateway sends, and a way to wait for it.
final class Network: Sendable {
    private let requests = Mutex<[HTTPRequest]>([])
    private let changes = Mailbox<Void>()
    private let answer: @Sendable (HTTPRequest, Int) -> HTTPReply

    init(_ answer: @escaping @Sendable (HTTPRequest, Int) -> HTTPReply) {
        self.answer = answer
    }

    func send(_ request: HTTPRequest) async -> HTTPReply {
        let number = requests.withLock { requests in
            requests.append(request)
            return requests.count
        }
        changes.put(())
        return answer(request, number)
    }

    /// What was sent: the host, the type of event and the machine.
    var told: [String] {
        requests.withLock { $0 }.map { request in
            let host = request.url.split(separator: "/")[1].prefix { $0 != "." }
            let body = String(decoding: request.body, as: UTF8.self)
            func value(_ key: String) -> Substring {
                body.split(separator: "\"\(key)\":\"", maxSplits: 1).last?.prefix { $0 != "\"" } ?? ""
            }
            return "\(host) \(value("type")) \(value("machine"))"
        }
    }

    var ids: [String] { requests.withLock { $0 }.compactMap { $0.fields["webhook-id"] } }

    /// Returns once `count` requests were sent, or when the test is called off.
    func sent(_ count: Int) async {
        while requests.withLock(\.count) < count, await changes.take() != nil {}
    }
}

/// The lines of a log, and a way to wait for one.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    private let changes = Mailbox<Void>()

    func take(_ bytes: [UInt8]) {
        lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
        changes.put(())
    }

    /// The lines of at least `level` that were written so far, without their time.
    func all(_ level: Log.Level = .warning) -> [String] {
        lines.withLock { $0 }.compactMap { line in
            let rest = line.split(separator: " ", maxSplits: 1).last.map(String.init) ?? ""
            let isWanted = Log.Level.allCases.contains {
                $0 >= level && rest.hasPrefix("level=\($0.rawValue) ")
            }
            return isWanted ? rest.replacingOccurrences(of: "\n", with: "") : nil
        }
    }

    /// Returns once there is a line that holds `text`, or `count` of them, or when the test is called off.
    func contain(_ text: String, count: Int = 1) async {
        while lines.withLock({ $0.count { $0.contains(text) } }) < count, await changes.take() != nil {}
    }
}

/// Counts from 1, from any thread.
final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
