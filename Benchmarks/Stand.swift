import Glibc
import HTTP
import Synchronization

extension Main {
    /// What `make bench` puts around a system under test: a fleet to poll and a receiver to tell, in one process, so
    /// that one clock says when a sample left and when the webhook for it was read.
    ///
    /// Prints its port and serves until its standard input ends. All times are nanoseconds of the monotonic clock.
    static func stand() throws {
        // A peer opens a connection for each notice that is under way.
        var files = rlimit(rlim_cur: 60_000, rlim_max: 60_000)
        if unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) != 0 {
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
            files.rlim_cur = files.rlim_max
            unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        }
        var options = HTTPServer.Options()
        options.connections = 30_000
        let stand = Stand()
        let server = try HTTPServer(options) { stand.answer($0) }
        print("listening on", server.port)
        fflush(nil)
        while readLine() != nil {}
        server.stop()
    }
}

/// The routes of the stand.
private struct Stand: Sendable {
    private let fleet = StandFleet()
    private let hooks = StandHooks()

    func answer(_ request: HTTPServer.Request) -> HTTPServer.Outcome {
        let number = { (name: String) in request.parameter(name).flatMap { Int($0) } ?? 0 }
        switch (request.method, request.segments.first, request.segments.last) {
        // What a system under test asks for.
        case ("POST", "hook", _):
            return .now(.init(status: hooks.take(request.body)))
        case ("GET", "fleet", let format?):
            let first = number("first")
            let machines = first..<first + max(number("machines"), 0)
            return .now(Self.page(fleet.body(format, machines: machines), format))
        case ("GET", "wave", let format?):
            return .now(Self.page(fleet.wave(format, set: number("set")), format))
        // What the benchmark asks for.
        case ("PUT", "breach", _):
            fleet.breach(number("count"), of: number("machines"))
            return .now(.init(status: 204))
        case ("GET", "served", _):
            return .now(.init(body: fleet.served))
        case ("PUT", "hooks", _):
            hooks.status.store(number("status"), ordering: .relaxed)
            return .now(.init(status: 204))
        case ("GET", "hooks", "count"):
            return .now(.init(body: Array("\(hooks.count)".utf8)))
        case ("GET", "hooks", _):
            return .now(.init(body: hooks.lines))
        case ("DELETE", "hooks", _):
            hooks.forget()
            return .now(.init(status: 204))
        default:
            return .now(.init(status: 404))
        }
    }

    private static func page(_ body: [UInt8], _ format: String) -> HTTPServer.Response {
        let type = format == "json" ? "application/json" : "text/plain; version=0.0.4"
        return .init(fields: ["content-type": type], body: body)
    }
}

/// What was posted to the stand, and when each was read.
private final class StandHooks: Sendable {
    /// What the receiver answers.
    let status = Atomic(204)
    private let taken = Mutex<[(at: Int64, body: [UInt8])]>([])

    /// Keeps what the answer says is accepted.
    func take(_ body: [UInt8]) -> Int {
        let status = status.load(ordering: .relaxed)
        if status == 204 {
            let at = monotonicTime()
            taken.withLock { $0.append((at, body)) }
        }
        return status
    }

    var count: Int { taken.withLock { $0.count } }

    /// A line each: the time, a space, the body.
    var lines: [UInt8] {
        var lines: [UInt8] = []
        for (at, body) in taken.withLock({ $0 }) {
            lines.append(contentsOf: "\(at) ".utf8)
            lines.append(contentsOf: body.lazy.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 })
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }

    func forget() { taken.withLock { $0 = [] } }
}

func monotonicTime() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
