import HTTP
import Rules

/// Thirty machines that are not there, so that a new user sees incidents open and resolve.
///
/// Every value is a function of the machine and the time alone: each machine hums along, and every so often
/// one of its metrics climbs past its threshold for a while.
struct DemoFleet: Sendable {
    static let address = "127.0.0.1"
    static let port: UInt16 = 9200

    let now: @Sendable () -> Timestamp

    func handle(_ request: HTTPServer.Request) -> HTTPServer.Outcome {
        guard request.segments == ["metrics"] else {
            return .now(Problem.notFound("the demo fleet is at /metrics").response)
        }
        let time = now()
        return .now(
            .json { json in
                json.array { json in for machine in 1...30 { write(machine, at: time, to: &json) } }
            })
    }

    private func write(_ machine: Int, at time: Timestamp, to json: inout JSONWriter) {
        let second = Int(time.milliseconds / 1000)
        json.object { json in
            json.member("machine_ip", "10.0.0.\(machine)")
            json.member("cpu", percent(calm: 35, peak: 97, machine, second, period: 90, phase: 7))
            json.member("mem", percent(calm: 55, peak: 98, machine, second, period: 150, phase: 31))
            json.member("disk", percent(calm: 62, peak: 99, machine, second, period: 240, phase: 53))
            let uptime = second % 8_640_000 + machine * 3600
            json.member(
                "uptime",
                "\(uptime / 86_400)d \(uptime / 3600 % 24)h \(uptime / 60 % 60)m \(uptime % 60)s")
        }
    }

    /// Each machine's turn comes at its own moment of a cycle of `period` × 5 seconds, and lasts a fifteenth of it.
    private func percent(
        calm: Double, peak: Double, _ machine: Int, _ second: Int, period: Int, phase: Int
    ) -> String {
        let place = (second + machine * phase * 13) % (period * 5)
        let wobble = Double((second * 31 + machine * 17 + phase) % 100) / 10 - 5
        let value = place < period / 3 ? min(100, peak + wobble / 5) : calm + wobble
        return "\(value.shown)%"
    }
}
