import Collector
import Glibc
import HTTP
import Notifiers
import Rules

/// What `--demo` adds to the service: a fleet to poll, a receiver to tell, and a second between polls.
struct Demo {
    static let secretVariable = "OPS_WEBHOOK_SECRET"
    static let database = "gateway-demo.db"

    private let fleet: HTTPServer
    private let receiver: HTTPServer

    /// Starts both servers; without a secret the receiver takes unsigned requests.
    init(secret: SigningSecret?, now: @escaping @Sendable () -> Timestamp) throws(ServerError) {
        let fleet = DemoFleet(now: now)
        self.fleet = try HTTPServer(
            .init(address: DemoFleet.address, port: DemoFleet.port)
        ) { fleet.handle($0) }
        let receiver = DemoReceiver(secret: secret, now: now) { line in
            // `print` would hold its lines back when the output is a file.
            Log.write(Array((line + "\n").utf8), to: STDOUT_FILENO)
        }
        self.receiver = try HTTPServer(
            .init(address: DemoReceiver.address, port: DemoReceiver.port)
        ) { receiver.handle($0) }
    }

    /// What a new user may try, printed once the gateway listens at `url`.
    static func nextSteps(url: String, rules: String) -> String {
        """
        what has happened:  curl '\(url)/api/incidents?limit=5'   or   gateway incidents
        change a rule:      edit \(rules) and save it; it is read at once, and a mistake is explained
        your own machines:  put their url in \(rules), then   gateway run --rules \(rules)

        """
    }

    func stop() {
        fleet.stop()
        receiver.stop()
    }

    /// The configuration with a poll each second of the demo fleet, and a history of its own.
    static func adapted(_ configuration: Configuration) -> Configuration {
        var adapted = configuration
        adapted.sources = configuration.sources.map { source in
            source.url.hasPrefix("http://\(DemoFleet.address):\(DemoFleet.port)/")
                ? source.polled(every: .seconds(1)) : source
        }
        adapted.storage.path = database
        return adapted
    }

    /// The environment with a secret made for this run, unless the user brought one.
    static func environment(_ variables: [String: String]) -> [String: String] {
        guard variables[secretVariable] ?? "" == "", let secret = Crypto.makeSigningSecret() else {
            return variables
        }
        return variables.merging([secretVariable: secret]) { _, made in made }
    }
}
