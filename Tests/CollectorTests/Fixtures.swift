import HTTP
import Rules
import Synchronization
import Testing

@testable import Collector

/// Decodes a text in the fleet format, unless a shape is given.
func decode(_ text: String, _ shape: FleetShape = FleetShape()) throws(DecodeError) -> Decoded {
    try JSONFleet.decode(Array(text.utf8), shape: shape)
}

/// The one refusal of a document, as text.
func refusal(_ text: String, _ shape: FleetShape = FleetShape()) throws -> String {
    let decoded = try decode(text, shape)
    #expect(decoded.refusedCount == 1)
    return try #require(decoded.refusals.first).description
}

/// The message of the error that decoding a text throws.
func decodeError(_ text: String, _ shape: FleetShape = FleetShape()) -> String? {
    do throws(DecodeError) {
        _ = try decode(text, shape)
        return nil
    } catch {
        return error.description
    }
}

extension Decoded {
    var names: [String] { (0..<machines.count).map { machines[$0] } }

    /// The rows as text, so that NaN compares.
    var rows: [String] {
        let columns = machines.count == 0 ? 0 : values.count / machines.count
        return (0..<machines.count).map { row in
            values[row * columns..<(row + 1) * columns].map(\.description).joined(separator: " ")
        }
    }
}

/// What was delivered, in order.
final class Deliveries: Sendable {
    private let list = Mutex<[PollOutcome]>([])

    var all: [PollOutcome] { list.withLock { $0 } }
    var starts: [Int64] { all.map(\.startedAt.milliseconds) }

    @Sendable func take(_ outcome: PollOutcome) async { list.withLock { $0.append(outcome) } }
}

extension Source {
    /// What the first reply of a source says.
    func reading(of reply: HTTPReply, at time: Timestamp) -> Result<PollOutcome.Reading, SourceFailure> {
        var counters = CounterMemory()
        return reading(decoded(reply, of: url.authority, at: time, counters: &counters), at: time)
    }
}

func answer(_ body: String, status: Int = 200) -> HTTPReply {
    .answer(HTTPAnswer(status: status, body: Array(body.utf8)))
}
