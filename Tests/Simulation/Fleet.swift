import Collector
import HTTP

/// What a source said, as it was meant.
struct Report: CustomStringConvertible {
    struct Row {
        let machine: String
        /// By metric.
        let values: [String: Double]
    }

    var rows: [Row] = []
    /// Records that no reader can take.
    var nonsense = 0

    var description: String {
        rows.map { row in
            let values = row.values.sorted { $0.key < $1.key }.map { "\($0.key) \(Int($0.value))" }
            return "\(row.machine) \(values.joined(separator: " "))"
        }
        .joined(separator: ", ")
    }

    var body: [UInt8] {
        var records = rows.map { row in
            let values = row.values.sorted { $0.key < $1.key }.map { ",\"\($0.key)\":\"\($0.value)%\"" }
            return "{\"machine_ip\":\"\(row.machine)\"\(values.joined())}"
        }
        for _ in 0..<nonsense { records.append("{\"machine_ip\":\"b9\",\"cpu\":\"hot\",\"mem\":1}") }
        return Array("[\(records.joined(separator: ","))]".utf8)
    }
}

/// The machines of one source, and how they and it fare.
struct Fleet {
    private struct Machine {
        let name: String
        var values: [String: Double]
        var isGone = false
    }

    private var machines: [Machine]
    private var last = Report()
    private var faults: Double
    /// How often a machine vanishes, from poll to poll.
    private var leaving: Double
    /// How often a machine's state changes, from poll to poll.
    var unrest: Double

    static let metrics = ["cpu", "mem"]

    init(_ source: String, faults: Double, leaving: Double, using random: inout SplitMix) {
        (self.faults, self.leaving) = (faults, max(leaving, faults / 10))
        unrest = random.pick(0.05, 0.15, 0.4)
        let names = source == "fleet" ? ["a1", "a2", "b1"] : ["a1", "b2"]
        machines = names.prefix(random.number(1...names.count)).map {
            Machine(name: $0, values: ["cpu": 20, "mem": 20])
        }
    }

    /// From now on everything stays as it is.
    mutating func calm() { (faults, leaving, unrest) = (0, 0, 0) }

    /// What the source answers, how it was meant where there is something to it, and after how many milliseconds.
    mutating func answer(using random: inout SplitMix) -> (reply: HTTPReply, report: Report?, after: Int) {
        var after = random.number(1...200)
        guard random.chance(faults) else {
            last = report(using: &random)
            return (.body(last.body), last, after)
        }
        if random.chance(0.3) { after = random.number(1000...20_000) }
        switch random.number(0...6) {
        case 0: return (.failure(HTTPFailure(.timeout, "no answer")), nil, after)
        case 1: return (.failure(HTTPFailure(.connectionRefused, "refused")), nil, after)
        case 2: return (.answer(HTTPAnswer(status: random.pick(500, 404, 301))), nil, after)
        case 3: return (.body(Array("<html>[{\"machine_ip\"".utf8)), nil, after)
        case 4:
            // The same once more, as from a cache.
            return (.body(last.body), last, after)
        case 5: return (.body(Array("[]".utf8)), Report(), after)
        default:
            last = report(using: &random)
            last.nonsense = random.number(1...2)
            return (.body(last.body), last, after)
        }
    }

    private mutating func report(using random: inout SplitMix) -> Report {
        var report = Report()
        for index in machines.indices {
            if random.chance(machines[index].isGone ? 0.3 : leaving) { machines[index].isGone.toggle() }
            for metric in Self.metrics where random.chance(unrest) {
                machines[index].values[metric] = Double(random.pick(5, 20, 55, 75, 95, 99))
            }
            guard !machines[index].isGone else { continue }
            report.rows.append(Report.Row(machine: machines[index].name, values: machines[index].values))
        }
        return report
    }
}

extension HTTPReply {
    fileprivate static func body(_ body: [UInt8]) -> HTTPReply {
        .answer(HTTPAnswer(status: 200, fields: ["content-type": "application/json"], body: body))
    }
}
