import Dispatch
import Synchronization

/// What the callbacks of one server share; it outlives the daemon that calls them.
final class ServerCore: Sendable {
    let options: HTTPServer.Options
    let handler: HTTPServer.Handler
    let hosts: ServerHosts
    let connections: ServerConnections
    let suspended = ServerSuspended()
    /// Requests from the end of their head to the end of their answer.
    private let underWay = DispatchGroup()
    private let stopping = Atomic(false)

    init(_ options: HTTPServer.Options, handler: @escaping HTTPServer.Handler) {
        self.options = options
        self.handler = handler
        hosts = ServerHosts(address: options.address, extra: options.allowedHosts)
        connections = ServerConnections(limitPerAddress: options.connectionsPerAddress)
    }

    /// An answer with what each answer says.
    func completed(_ response: HTTPServer.Response) -> HTTPServer.Response {
        response.completed(by: options.usualFields)
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    func begin() { underWay.enter() }

    func end() { underWay.leave() }

    func admits(_ address: ServerAddress) -> Bool {
        !isStopping && connections.hasRoom(for: address)
    }

    /// Turns new connections away and waits for the answers under way, in all for little more than `options.grace`.
    func drain() {
        stopping.store(true, ordering: .relaxed)
        suspended.endEndless()
        _ = underWay.wait(timeout: .now() + .nanoseconds(Int(options.grace.nanoseconds)))
        suspended.abandon(with: ServerRefusal.stopping.response)
        // Time for these last answers to leave; whoever does not read by then is cut off.
        _ = underWay.wait(timeout: .now() + .milliseconds(500))
    }
}
