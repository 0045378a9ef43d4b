import Collector
import HTTP
import Notifiers
import Rules

/// The watch that raises the alarm when the gateway falls silent.
struct HeartbeatSettings: Hashable, Sendable {
    /// What is asked for to say that all is well.
    let url: Secret
    /// 10 s to 1 d.
    let every: Duration

    /// Reads `heartbeat:`; nil when there is none.
    static func read(of file: inout Section) -> HeartbeatSettings? {
        guard var section = file.take("heartbeat")?.section("'heartbeat'") else { return nil }
        let url = section.require("url", cure: "add the url of a dead-man's switch")?.url()
        let every = section.take("every").map { $0.duration(in: .seconds(10)...Duration.seconds(86_400)) }
        section.finish()
        guard let url, let every = every ?? .seconds(60) else { return nil }
        return HeartbeatSettings(url: Secret(url), every: every)
    }
}

/// Pings a dead-man's switch while the gateway does its work, so that silence means trouble.
struct Heartbeat {
    let settings: HeartbeatSettings
    /// The longest time since the last successful poll; nil when nothing is polled.
    let longestSilence: Duration?
    let health: Health
    let time: TimeSource
    let send: @Sendable (HTTPRequest) async -> HTTPReply
    let log: Log

    private static let timeout = Duration.seconds(10)

    init?(
        _ configuration: Configuration, health: Health, time: TimeSource, log: Log,
        send: @escaping @Sendable (HTTPRequest) async -> HTTPReply
    ) {
        guard let settings = configuration.heartbeat else { return nil }
        self.settings = settings
        longestSilence = configuration.sources.filter { !$0.isPush }.map(\.interval).min().map { $0 * 3 }
        (self.health, self.time, self.log, self.send) = (health, time, log, send)
    }

    /// Pings until cancelled.
    func run() async {
        var trouble: String?
        while !Task.isCancelled {
            var next = withheld
            if next == nil { next = await ping() }
            if Task.isCancelled { return }
            if next != trouble { tell(next) }
            trouble = next
            await time.sleep(settings.every)
        }
    }

    /// Why no ping is sent, if none is.
    private var withheld: String? {
        if health.storeError != nil { return "withheld: the store is failing" }
        guard let longestSilence else { return nil }
        let last = health.sources.compactMap(\.lastSuccess).max()
        guard let last else { return "withheld: no poll has succeeded yet" }
        return last.duration(to: time.now()) > longestSilence
            ? "withheld: no poll has succeeded for longer than \(longestSilence.compact)" : nil
    }

    /// What was wrong with the ping, without any of its URL: its path is what makes it a secret.
    private func ping() async -> String? {
        let request = HTTPRequest(
            url: settings.url.revealed, timeout: Self.timeout, redirects: 3, answerLimit: .cut(at: 1024))
        switch await send(request) {
        case .answer(let answer):
            return (200..<300).contains(answer.status) ? nil : "answered with status \(answer.status)"
        case .failure(let failure): return failure.description
        }
    }

    private func tell(_ trouble: String?) {
        if let trouble {
            log.warning("no heartbeat", ["error": trouble])
        } else {
            log.info("heartbeat again")
        }
    }
}

extension Service {
    /// Keeps the heartbeat; each accepted rules file begins it anew, if it says otherwise.
    func beat() async {
        var next = await heartbeats.take()?.last
        while let current = next {
            next = await withTaskGroup(of: Void.self) { group in
                if let heartbeat = Heartbeat(current, health: health, time: time, log: log, send: send) {
                    group.addTask { await heartbeat.run() }
                }
                let next = await heartbeats.take()?.last
                group.cancelAll()
                return next
            }
        }
    }
}
