import HTTP
import Synchronization
import TestSupport

/// A fleet that remembers which breaches it told of. Time is counted in answers: each machine is in breach for
/// `phase` of them in a row, and then calm for as many.
final class Fleet: Sendable {
    static let phase = Torture.isLong ? 20 : 8

    private struct State {
        var answers = 0
        var left: [Int]
        var phases: [Int]
        var isEnding = false
    }

    private let state: Mutex<State>
    let name: String

    init(_ name: String = "fleet", machines: Int = 20) {
        self.name = name
        state = Mutex(
            State(left: .init(repeating: 0, count: machines), phases: .init(repeating: 0, count: machines)))
    }

    /// The next answer, a JSON array of records.
    func answer() -> [UInt8] {
        let breaching = state.withLock { state in
            state.answers += 1
            return state.left.indices.map { machine in
                let isDue = (state.answers + machine * 7).isMultiple(of: 2 * Self.phase)
                if state.left[machine] == 0, isDue, !state.isEnding {
                    state.left[machine] = Self.phase
                    state.phases[machine] += 1
                }
                defer { state.left[machine] = max(0, state.left[machine] - 1) }
                return state.left[machine] > 0
            }
        }
        let records = breaching.enumerated().map {
            #"{"machine_ip":"\#(name)-\#($0.offset)","cpu":"\#($0.element ? 99 : 10)%"}"#
        }
        return Array(("[" + records.joined(separator: ",") + "]").utf8)
    }

    /// No further breach begins.
    func end() { state.withLock { $0.isEnding = true } }

    var isCalm: Bool { state.withLock { $0.isEnding && $0.left.allSatisfy { $0 == 0 } } }
    var answers: Int { state.withLock(\.answers) }

    /// How many breaches there were of each machine.
    var phases: [String: Int] {
        let phases = state.withLock(\.phases)
        return Dictionary(uniqueKeysWithValues: phases.enumerated().map { ("\(name)-\($0)", $1) })
    }
}

/// A fleet on a socket.
final class FleetServer: Sendable {
    private let server: HTTPServer

    /// `isKeepingAlive` says whether further requests may come on the same connection.
    init(_ fleet: Fleet, isKeepingAlive: Bool = true) throws {
        var fields: HTTPFields = ["content-type": "application/json"]
        if !isKeepingAlive { fields.add("connection", "close") }
        server = try HTTPServer(.init()) { [fields] _ in .now(.init(fields: fields, body: fleet.answer())) }
    }

    var url: String { "http://127.0.0.1:\(server.port)/metrics" }
}
