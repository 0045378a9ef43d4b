import Collector
import Dispatch
import Glibc
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
            try await run(rules, options, ServiceManager(environment: environment), log, time)
            log.info("stopped")
            return 0
        } catch {
            if log.flush() { Log.writeToStandardError(Array("gateway: \(error)\n".utf8)) }
            return 1
        }
    }

    private static func run(
        _ rules: RulesFile, _ options: RunOptions, _ manager: ServiceManager, _ log: Log, _ time: TimeSource
    ) async throws {
        let configuration = try rules.load()
        let client = try HTTPClient(userAgent: "alert-gateway/\(Main.version)")
        defer { client.close() }
        let service = try Service(
            log: log, time: time, database: configuration.storage.path, server: configuration.server,
            manager: manager,
            send: { await client.send($0) })
        let demo = options.demo ? try startDemo(configuration, log, time) : nil
        defer { demo?.stop() }
        let server = try service.serve(configuration, rules)
        defer { server.stop() }
        let stop = Mailbox<String>()
        let control = DispatchQueue(label: "control")
        let signals = Signals(
            queue: control, stop: { stop.put($0) }, reload: { service.reload(rules, isAsked: true) })
        let watcher = RulesWatcher(path: options.rules, queue: control) {
            service.reload(rules, isAsked: false)
        }
        // Certificates and secrets lie anywhere, and are renewed without a word.
        let rereading = Repeating(every: Self.rereadInterval, on: control) {
            service.reload(rules, isAsked: false)
        }
        if watcher == nil {
            log.warning("rules file is not watched; SIGHUP reloads it", ["file": options.rules])
        }
        log.info(
            "gateway started",
            [
                "version": Main.version, "rules": options.rules, "database": configuration.storage.path,
                "listen":
                    "\(configuration.server.scheme)://\(configuration.server.authority(port: server.port))",
            ])
        if demo != nil {
            let url = "\(configuration.server.scheme)://\(configuration.server.authority(port: server.port))"
            Log.write(Array(Demo.nextSteps(url: url, rules: options.rules).utf8), to: STDOUT_FILENO)
        }
        try await service.run(configuration, stop: stop)
        withExtendedLifetime((signals, watcher, rereading)) {}
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

    private func serve(_ configuration: Configuration, _ rules: RulesFile) throws -> HTTPServer {
        let settings = configuration.server
        let api = try makeAPI(access: access, rules: rules)
        var options = HTTPServer.Options(address: settings.address, port: settings.port)
        options.allowedHosts = settings.hosts
        options.connections = Descriptors.clients(of: Descriptors.raiseLimit())
        options.grace = Self.serverGrace
        options.identity = try access.makeIdentity(settings)
        options.usualFields = Self.usualFields(isTLS: settings.tls != nil)
        return try HTTPServer(options) { api.handle($0) }
    }

    /// What each answer says to browsers, unless a route says something else: not to guess what it is, to tell nobody
    /// where they were, to run, load and frame nothing of it, and to keep nothing of what bears no ETag.
    static func usualFields(isTLS: Bool) -> HTTPFields {
        var fields: HTTPFields = [
            "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
            "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
            "cache-control": "no-store",
        ]
        if isTLS { fields.add("strict-transport-security", "max-age=31536000") }
        return fields
    }

    /// The API over this service's parts, with readers of its own.
    func makeAPI(access: Access, rules: RulesFile) throws(StoreError) -> API {
        API(
            reader: try StoreReader(path: database, of: store),
            archive: try Archive(path: database, of: store),
            replays: try Archive(path: database, of: store),
            feed: EventFeed(archive: try Archive(path: database, of: store), news: news, sleep: time.sleep),
            tally: tally, health: health, cache: cache, access: access,
            trail: AuditTrail(log: log, uptime: time.uptime) { [store] (entry) async throws(StoreError) in
                try await store.keep(entry)
            },
            now: time.now,
            probe: StoreProbe(now: time.now) { [store] () async throws(StoreError) in
                try await store.probe()
            },
            log: log, rules: RulesDesk(file: rules, adopt: { [inbox] in await inbox.adopt($0, audit: $1) }),
            enable: { [dispatcher] in dispatcher.enable($0) }, push: { push($0) },
            perform: { [inbox] in await inbox.perform($0, audit: $1) },
            endSession: { [store, time] (digest, until) async throws(StoreError) in
                try await store.use(action: digest, until: until, at: time.now())
            })
    }

    /// Reads the rules file again; one that is refused is told, and the rules in force go on.
    ///
    /// A person who asked is answered in any case; a file that was saved as it was says nothing new.
    func reload(_ rules: RulesFile, isAsked: Bool) {
        let (reading, isNews) = rules.reload()
        // Whether the store has taken it yet or not, there is nothing in it for a person to mend.
        if case .success = reading { health.note(rulesRefusal: nil) }
        guard isNews || isAsked else { return }
        switch reading {
        case .success(var configuration) where isNews:
            configuration.origin = isAsked ? "reload" : "saved"
            inbox.put(configuration)
        case .success: log.info("rules file read again; nothing has changed", ["file": rules.path])
        case .failure(let error):
            let count = error.faults.count + error.dropped
            health.note(
                rulesRefusal: "refused with \(count.counted("fault")); the rules in force go on")
            log.error(
                "rules file refused; the rules in force go on",
                ["file": rules.path, "errors": error.faults.count])
            if isNews { tellRefusal(of: rules.path, error) }
            for fault in error.faults { log.error("fault in the rules file", ["fault": fault]) }
        }
    }
}
