import Collector
import Dispatch
import HTTP
import Notifiers
import Rules
import Store

extension Service {
    /// `gateway run`: reads the rules file, starts everything, and returns the exit status at the end.
    static func run(_ options: RunOptions, environment: [String: String]) async -> Int32 {
        Signals.ignoreFatalOnes()
        let time = TimeSource.system
        let log = Log(level: options.logLevel, format: options.logFormat, now: time.now)
        defer { log.flush() }
        let rules = RulesFile(options, environment: environment)
        do {
            try await run(rules, options, log, time)
            log.info("stopped")
            return 0
        } catch {
            log.flush()
            Log.writeToStandardError(Array("gateway: \(error)\n".utf8))
            return 1
        }
    }

    private static func run(
        _ rules: RulesFile, _ options: RunOptions, _ log: Log, _ time: TimeSource
    ) async throws {
        let configuration = try rules.load()
        let service = try Service(log: log, time: time, storage: configuration.storage)
        let demo = options.demo ? try startDemo(configuration, log, time) : nil
        defer { demo?.stop() }
        let server = try service.serve(configuration)
        defer { server.stop() }
        let stop = Mailbox<String>()
        let control = DispatchQueue(label: "control")
        let reload: @Sendable (_ onlyIfChanged: Bool) -> Void = { service.reload(rules, onlyIfChanged: $0) }
        let signals = Signals(queue: control, stop: { stop.put($0) }, reload: { reload(false) })
        let watcher = RulesWatcher(path: options.rules, queue: control) { reload(true) }
        if watcher == nil {
            log.warning("rules file is not watched; SIGHUP reloads it", ["file": options.rules])
        }
        log.info(
            "gateway started",
            [
                "version": Main.version, "rules": options.rules, "database": configuration.storage.path,
                "listen": "http://\(configuration.server.authority(port: server.port))",
            ])
        try await service.run(configuration, stop: stop)
        withExtendedLifetime((signals, watcher)) {}
        try? await service.store.checkpoint()
    }

    private static func startDemo(
        _ configuration: Configuration, _ log: Log, _ time: TimeSource
    ) throws -> Demo? {
        let demo = try Demo(secret: configuration.webhooks.first?.secrets.first, now: time.now)
        log.info(
            "demo: 30 machines and a receiver on loopback, polled each second instead of at the file's interval",
            ["fleet": "http://127.0.0.1:9200/metrics", "receiver": "http://127.0.0.1:9201/alerts"])
        return demo
    }

    private func serve(_ configuration: Configuration) throws -> HTTPServer {
        let settings = configuration.server
        let reader = try StoreReader(path: configuration.storage.path, of: store)
        let api = API(
            reader: reader, health: health, cache: cache, token: settings.token, now: time.now,
            probe: { [store] () async throws(StoreError) in try await store.probe() },
            enable: { [dispatcher] in dispatcher.enable($0) }, push: { push($0) })
        var options = HTTPServer.Options(address: settings.address, port: settings.port)
        options.allowedHosts = settings.hosts
        return try HTTPServer(options) { api.handle($0) }
    }

    /// Reads the rules file again; one that is refused is told, and the rules in force go on.
    private func reload(_ rules: RulesFile, onlyIfChanged: Bool) {
        do {
            guard let configuration = try rules.reload(onlyIfChanged: onlyIfChanged) else { return }
            inbox.put(configuration)
        } catch {
            log.error(
                "rules file refused; the rules in force go on",
                ["file": rules.path, "errors": error.faults.count])
            for fault in error.faults { log.error("fault in the rules file", ["fault": fault]) }
        }
    }
}
