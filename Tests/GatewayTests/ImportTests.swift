import Foundation
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

@Suite struct ImportTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(Bench.rules(), to: "rules.yaml")
    }

    private func bringIn(_ text: String, _ more: [String] = []) async throws -> ImportCommand.Report {
        let path = try folder.write(text, to: "past.csv")
        let line = [path, "--rules", folder.path + "/rules.yaml", "--database", folder.database] + more
        let command = ImportCommand(try #require(try Arguments(line, of: ImportCommand.command)))
        var report = try await command.run(environment: [:], now: { Bench.moment(3600) })
        report.faults = report.faults.map { $0.replacing(folder.path + "/", with: "") }
        return report
    }

    private func backtest() throws -> String {
        return try BacktestCommand(
            line: ["--rules", folder.path + "/rules.yaml", "--database", folder.database]
        )
        .run(environment: [:], now: Bench.moment(3600), width: 120)
    }

    @Test func aBacktestHasSomethingOnTheFirstDay() async throws {
        let report = try await bringIn(
            """
            time,machine,cpu,note,mem
            2026-11-23T12:00:02Z,b,99%,"a, ""quoted"" note",10
            2026-11-23T12:00:01Z,a,90,,10
            2026-11-23T12:00:01Z,b,99,,10
            2026-11-23T12:00:02Z,a,20,,
            2026-11-23T12:00:03Z,b,10,,10
            """)
        #expect(report.text == "imported 9 samples in 3 polls\n")
        let output = try backtest()
        #expect(output.hasPrefix("3 polls with 9 samples"))
        #expect(output.contains("cpu-high     1         1"))
        // What is there is left alone.
        let again = try await bringIn("time,machine,cpu\n2026-11-23T12:00:02Z,b,5\n1795435204,c,5\n")
        #expect(again.text == "imported 1 sample in 1 poll; 1 poll was there already\n")
    }

    @Test func samplesTooFarApartForAWindowAreToldOf() async throws {
        let report = try await bringIn(
            (0..<5).reduce("time,machine,cpu\n") { $0 + "2026-11-23T12:0\($1):00Z,a,99\n" })
        #expect(
            report.text == """
                imported 5 samples in 5 polls
                note: most polls are 1m apart, and windows of fleet bridge 3s, so that hardly any fills; for a \
                backtest of them write max_gap: 3m to the source

                """)
    }

    @Test func linesOfJSONAreTakenToo() async throws {
        let report = try await bringIn(
            """
            {"at": "2026-11-23T12:00:01Z", "machine_ip": "10.0.0.7", "cpu": "45%", "mem": 30.5, "up": null}
            {"at": 1795435202000, "machine_ip": "10.0.0.7", "cpu": 46}
            """)
        #expect(report.text == "imported 3 samples in 2 polls\n")
    }

    @Test func aLineThatIsWrongIsToldOfAndTheOthersAreTaken() async throws {
        let report = try await bringIn(
            """
            time,machine,cpu
            yesterday,a,1
            2026-11-23T12:00:01Z,a,high
            2026-11-23T12:00:01Z,,1
            2026-11-23T12:00:01Z,a
            2027-11-23T12:00:01Z,a,1
            2026-11-23T12:00:01Z,"a,1
            2026-11-23T12:00:01Z,a,
            2026-11-23T12:00:01Z,\(String(repeating: "m", count: 256)),1
            2026-11-23T12:00:01Z,a,1
            """)
        #expect(
            report.text == """
                past.csv:2: 'yesterday' is no time; write 2026-11-23T12:00:00Z, or seconds since 1970
                past.csv:3: cpu must be a number, not 'high'; write it as 45, 0.5 or 45%
                past.csv:4: there is no machine; name it machine, machine_ip, instance, host
                past.csv:5: there are 2 fields and 3 columns; write one field for each column, an empty one where nothing is known
                past.csv:6: 2027-11-23T12:00:01.000Z is in the future; write the time at which it was measured
                past.csv:7: a quote is not closed on its line; close it, and double each within
                past.csv:8: there is no value of a metric; the source has cpu, mem, disk
                past.csv:9: the name of the machine has more than 255 bytes; shorten it
                imported 1 sample in 1 poll; 8 lines refused

                """)
    }

    @Test func aLineOfJSONThatIsWrongIsToldOf() async throws {
        let report = try await bringIn(
            """
            {"time": "2026-11-23T12:00:01Z", "machine": "a", "cpu": 1}
            {"cpu": 1}
            {"time": "2026-11-23T12:00:01Z", "cpu": 1}
            {"time": "2026-11-23T12:00:01Z", "machine": "a", "cpu": 1
            ["a"]
            """)
        let shape = #"{"time": …, "machine": …, "cpu": 45}"#
        #expect(
            report.text == """
                past.csv:2: there is no time; name it time, timestamp, at
                past.csv:3: there is no machine; name it machine, machine_ip, instance, host
                past.csv:4: the line is no JSON object; write \(shape)
                past.csv:5: the line is no JSON object; write \(shape)
                imported 1 sample in 1 poll; 4 lines refused

                """)
    }

    @Test func ofManyLinesThatAreWrongTwentyAreTold() async throws {
        let report = try await bringIn(
            "time,machine,cpu\n" + String(repeating: "2026-11-23T12:00:01Z,a,x\n", count: 21))
        #expect(report.faults.count == 20)
        #expect(
            report.text.hasSuffix(
                "\n… and 1 more line refused\nimported 0 samples in 0 polls; 21 lines refused\n"))
    }

    @Test func aFileThatIsNotThereIsToldOf() throws {
        let path = folder.path + "/none.csv"
        let error = #expect(throws: LineReader.Failure.self) { try LineReader(path: path) }
        #expect(error?.description == "cannot read \(path): No such file or directory")
    }

    @Test func aFileWithoutTheColumnsIsRefusedWhole() async throws {
        for (text, message) in [
            (
                "machine,cpu\na,1\n",
                "no column is the time; name one of them time, timestamp, at: time,machine,cpu,mem,disk"
            ),
            (
                "time,cpu\n",
                "no column is the machine; name one of them machine, machine_ip, instance, host: time,machine,cpu,mem,disk"
            ),
            ("time,machine,cpi\n", "no column is a metric of the source; it has cpu, mem, disk"),
        ] {
            let error = await #expect(throws: ImportCommand.Failure.self) { try await bringIn(text) }
            #expect(error?.description == "\(folder.path)/past.csv:1: \(message)")
        }
        let error = await #expect(throws: ImportCommand.Failure.self) {
            try await bringIn("time,machine,cpu\n", ["--source", "flet"])
        }
        #expect(error?.description == "there is no source 'flet'; sources: fleet, lab")
    }

    /// A gateway that starts afterwards goes on from what was brought in.
    @Test func machinesOfThePastAreThoseOfThePresent() async throws {
        _ = try await bringIn("time,machine,cpu\n2026-11-23T12:00:09Z,a,99\n")
        let bench = try Bench(folder)
        var judge = try await bench.judge()
        try await judge.take(poll(at: 10, ["a": (99, 10)]))
        #expect(try await bench.ids("/api/incidents") == [1])
    }
}
