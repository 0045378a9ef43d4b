import Rules

/// Samples of the past as files have them: a row for each machine and time.
struct PastRow: Equatable {
    let at: Timestamp
    let machine: String
    /// By metric.
    let values: [String: Double]
}

/// Why a line is no row.
struct PastFlaw: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}

/// Reads lines of CSV (RFC 4180, one record a line) or of NDJSON into rows.
struct PastFormat {
    /// The metrics that the source has; what else stands in a row is left alone.
    private let metrics: [String]
    /// The names of the columns; nil for NDJSON.
    private let columns: [String]?

    static let timeNames = ["time", "timestamp", "at"]
    static let machineNames = ["machine", "machine_ip", "instance", "host"]

    /// `first` is the first line of the file: a JSON object, or the names of the columns.
    init(first: String, metrics: [String]) throws(PastFlaw) {
        self.metrics = metrics
        guard !first.hasPrefix("{") else {
            columns = nil
            return
        }
        let columns = try Self.cells(of: first)
        for (names, what) in [(Self.timeNames, "time"), (Self.machineNames, "machine")]
        where !columns.contains(where: names.contains) {
            throw PastFlaw(
                "no column is the \(what); name one of them \(names.joined(separator: ", ")): "
                    + "time,machine,\(metrics.prefix(3).joined(separator: ","))")
        }
        guard columns.contains(where: metrics.contains) else {
            throw PastFlaw("no column is a metric of the source; it has \(metrics.joined(separator: ", "))")
        }
        self.columns = columns
    }

    var hasHeader: Bool { columns != nil }

    func row(_ line: String) throws(PastFlaw) -> PastRow {
        let members: [String: String]
        if let columns {
            members = try Self.members(of: line, columns)
        } else {
            members = try Self.members(ofJSON: line)
        }
        guard let time = Self.timeNames.lazy.compactMap({ members[$0] }).first else {
            throw PastFlaw("there is no time; name it \(Self.timeNames.joined(separator: ", "))")
        }
        guard let at = Self.time(time) else {
            throw PastFlaw("'\(time)' is no time; write 2026-11-23T12:00:00Z, or seconds since 1970")
        }
        guard let machine = Self.machineNames.lazy.compactMap({ members[$0] }).first, !machine.isEmpty
        else {
            throw PastFlaw("there is no machine; name it \(Self.machineNames.joined(separator: ", "))")
        }
        guard machine.utf8.count <= 255 else {
            throw PastFlaw("the name of the machine has more than 255 bytes; shorten it")
        }
        var values: [String: Double] = [:]
        for metric in metrics {
            guard let text = members[metric], !text.isEmpty else { continue }
            let digits = text.hasSuffix("%") ? String(text.dropLast()) : text
            guard let value = Double(digits), value.isFinite else {
                throw PastFlaw("\(metric) must be a number, not '\(text)'; write it as 45, 0.5 or 45%")
            }
            values[metric] = value
        }
        guard !values.isEmpty else {
            throw PastFlaw("there is no value of a metric; the source has \(metrics.joined(separator: ", "))")
        }
        return PastRow(at: at, machine: machine, values: values)
    }

    private static func members(of line: String, _ columns: [String]) throws(PastFlaw) -> [String: String] {
        let cells = try cells(of: line)
        guard cells.count == columns.count else {
            throw PastFlaw(
                "there are \(cells.count.counted("field")) and \(columns.count.counted("column")); "
                    + "write one field for each column, an empty one where nothing is known")
        }
        return Dictionary(zip(columns, cells), uniquingKeysWith: { first, _ in first })
    }

    private static func members(ofJSON line: String) throws(PastFlaw) -> [String: String] {
        guard case .object(let object)? = try? JSONValue(Array(line.utf8)) else {
            throw PastFlaw(#"the line is no JSON object; write {"time": …, "machine": …, "cpu": 45}"#)
        }
        return object.compactMapValues { value in
            switch value {
            case .string(let text): text
            case .number(let number): number.plain
            case .null, .bool, .array, .object: nil
            }
        }
    }

    /// RFC 3339, or seconds or, from 10^11 on, milliseconds since 1970.
    private static func time(_ text: String) -> Timestamp? {
        if let time = Timestamp(rfc3339: text) { return time }
        guard let number = Double(text), number > 0, number < 1e15 else { return nil }
        return Timestamp(milliseconds: Int64((number < 1e11 ? number * 1000 : number).rounded()))
    }

    /// The fields of a line; quotes stand around what holds commas or, doubled, quotes.
    static func cells(of line: String) throws(PastFlaw) -> [String] {
        var cells: [String] = []
        var cell = ""
        var rest = line[...]
        while true {
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while true {
                    guard let end = rest.firstIndex(of: "\"") else {
                        throw PastFlaw("a quote is not closed on its line; close it, and double each within")
                    }
                    cell += rest[..<end]
                    rest = rest[end...].dropFirst()
                    guard rest.first == "\"" else { break }
                    cell += "\""
                    rest = rest.dropFirst()
                }
            }
            let end = rest.firstIndex(of: ",") ?? rest.endIndex
            cell += rest[..<end]
            cells.append(cell)
            cell = ""
            guard end < rest.endIndex else { return cells }
            rest = rest[end...].dropFirst()
        }
    }
}
