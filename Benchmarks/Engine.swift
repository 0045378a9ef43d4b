import Rules

extension Main {
    /// One rule of three samples over a million series, as DESIGN's budget has it.
    static func engine() async throws {
        let machines = 1_000_000
        let fleet = try Fleet(machines: machines, metrics: ["cpu"])
        var table = fleet.table
        let polls = try (1...9).map { try fleet.poll(at: $0, calm: true) }
        for poll in polls.prefix(3) { table.adopt(table.judge(poll, nextIncident: 1), of: poll) }
        let taken = await measureCPU {
            for poll in polls.dropFirst(3) { table.adopt(table.judge(poll, nextIncident: 1), of: poll) }
        }
        report("judge 1 M series", "\((Double(6 * machines) / taken / 1e6).rounded(to: 1)) M samples/s")
    }

    /// A million machines × 3 metrics: the first poll, the next ones, and what all of it takes in memory.
    static func million() async throws {
        let fleet = try Fleet(machines: 1_000_000, metrics: ["cpu", "mem", "disk"], watched: true)
        var table = fleet.table
        var taken: [Double] = []
        for second in 1...5 {
            let poll = try fleet.poll(at: second, calm: true)
            taken.append(
                await measureCPU { table.adopt(table.judge(poll, nextIncident: 1), of: poll) })
        }
        report("judge 1 M machines × 3, first poll", milliseconds(taken[0], 0))
        report("  a later poll", milliseconds(taken.dropFirst(3).median, 0))
        report("  most memory", "\(mostMemory / 1_048_576) MiB, two polls included")
    }

    /// A page of a thousand incidents.
    static func json() async throws {
        let fleet = try Fleet(machines: 1000, metrics: ["cpu"])
        var table = fleet.table
        var incidents: [Incident] = []
        for second in 1...3 {
            let poll = try fleet.poll(at: second, calm: false)
            let judgement = table.judge(poll, nextIncident: 1)
            table.adopt(judgement, of: poll)
            incidents += judgement.events.map(\.incident)
        }
        var size = 0
        var times: [Double] = []
        for _ in 1...50 {
            times.append(
                await measureCPU {
                    var json = JSONWriter()
                    json.array { json in for incident in incidents { json.incident(incident) } }
                    size = json.bytes.count
                })
        }
        let each = (times.median * 1e9 / Double(incidents.count)).rounded(to: 0)
        report("JSON of \(incidents.count) incidents", "\(each) ns and \(size / incidents.count) bytes each")
    }
}
