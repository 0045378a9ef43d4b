import Synchronization

/// A fleet of any size, in the fleet format and as Prometheus text with the same values.
///
/// Bodies are made once and kept: what is measured is who reads them.
final class StandFleet: Sendable {
    private struct Kind: Hashable {
        let format: String
        let machines: Range<Int>
        /// The values of one of three polls that take turns.
        let turn: Int
        /// The machines before this one have a cpu that breaches.
        let breaching: Int
    }

    private struct State {
        var kept: [Kind: [UInt8]] = [:]
        var breaching = 0
        var polls = 0
        /// When each body left since the last change of `breaching`.
        var served: [Int64] = []
        /// How often each set of a wave was asked for, and when.
        var waves: [Int: Int] = [:]
        var waved: [(set: Int, number: Int, at: Int64)] = []
    }

    private let state = Mutex(State())
    private static let machinesOfWave = 300

    /// Some machines of the fleet.
    func body(_ format: String, machines: Range<Int>) -> [UInt8] {
        state.withLock { state in
            state.polls += 1
            let body = Self.body(
                Kind(format: format, machines: machines, turn: state.polls % 3, breaching: state.breaching),
                &state)
            state.served.append(monotonicTime())
            return body
        }
    }

    /// From the next body on the first `count` machines breach; 0: none does.
    func breach(_ count: Int, of machines: Int) {
        state.withLock { state in
            state.kept = [:]
            for format in ["json", "text"] {
                for turn in 0..<3 {
                    _ = Self.body(
                        Kind(format: format, machines: 0..<machines, turn: turn, breaching: count), &state)
                }
            }
            state.breaching = count
            state.served = []
        }
    }

    /// 300 machines of a set of their own: in request `number` of the set, machine `number` begins to breach, and does
    /// so for six requests.
    func wave(_ format: String, set: Int) -> [UInt8] {
        state.withLock { state in
            let number = state.waves[set, default: 0]
            state.waves[set] = number + 1
            let first = (set + 1) << 16
            let body = Self.render(format, turn: number % 3, first..<first + Self.machinesOfWave) {
                0..<6 ~= (number - ($0 - first)) % Self.machinesOfWave
            }
            state.waved.append((set, number, monotonicTime()))
            return body
        }
    }

    /// A line for each body that left: its time; of a wave the set, the number and the time.
    var served: [UInt8] {
        let lines = state.withLock { state in
            state.served.map { "\($0)" } + state.waved.map { "\($0.set) \($0.number) \($0.at)" }
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    private static func body(_ kind: Kind, _ state: inout State) -> [UInt8] {
        if let kept = state.kept[kind] { return kept }
        if state.kept.count > 12 { state.kept = [:] }
        let body = render(kind.format, turn: kind.turn, kind.machines) { $0 < kind.breaching }
        state.kept[kind] = body
        return body
    }

    private static func render(
        _ format: String, turn: Int, _ machines: Range<Int>, isBreaching: (Int) -> Bool
    ) -> [UInt8] {
        var seed = UInt64(turn)
        let values = machines.map { machine in
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let bits = Int(seed >> 32)
            // Calm enough that two breaching values and a calm one are not above 85 in the mean.
            return Values(
                name: "10.\(machine >> 16).\(machine >> 8 & 255).\(machine & 255)",
                cpu: isBreaching(machine) ? 99 : bits % 50, mem: Double(bits / 70 % 700) / 10,
                disk: bits / 50_000 % 80)
        }
        return format == "json" ? json(of: values) : text(of: values)
    }

    private struct Values {
        let name: String
        let cpu: Int
        let mem: Double
        let disk: Int
    }

    private static func json(of values: [Values]) -> [UInt8] {
        var body: [UInt8] = []
        for value in values {
            let start = body.isEmpty ? "[" : ","
            body += Array("\(start){\"machine_ip\":\"\(value.name)\",\"cpu\":\"\(value.cpu)%\"".utf8)
            body += Array(",\"mem\":\"\(value.mem)%\",\"disk\":\"\(value.disk)%\"".utf8)
            body += Array(",\"uptime\":\"1d 2h 37m 6s\"}".utf8)
        }
        return body + Array("]".utf8)
    }

    private static func text(of values: [Values]) -> [UInt8] {
        var body: [UInt8] = []
        let metrics: [(String, (Values) -> Double)] = [
            ("cpu", { Double($0.cpu) }), ("mem", \.mem), ("disk", { Double($0.disk) }),
        ]
        for (metric, value) in metrics {
            body += Array("# TYPE \(metric) gauge\n".utf8)
            for machine in values {
                body += Array("\(metric){machine=\"\(machine.name)\"} \(value(machine))\n".utf8)
            }
        }
        return body
    }
}
