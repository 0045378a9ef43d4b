import Dispatch
import Glibc

/// Takes over the signals of the process.
final class Signals {
    private let sources: [any DispatchSourceSignal]

    /// Calls `stop` on SIGTERM and SIGINT and `reload` on SIGHUP, on `queue`.
    init(
        queue: DispatchQueue, stop: @escaping @Sendable (String) -> Void,
        reload: @escaping @Sendable () -> Void
    ) {
        sources = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT"), (SIGHUP, "SIGHUP")].map { number, name in
            // The default would end the process before the source is asked.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { number == SIGHUP ? reload() : stop(name) }
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }

    /// A receiver that closes its end, or a file-size limit, must not end the process: the call fails instead.
    static func ignoreFatalOnes() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }
}
