import Rules

@testable import Collector

/// What a source answers in JSON.
enum FleetDoor {
    private static let shapes = [
        FleetShape(),
        FleetShape(
            records: "/data/0/a~1b", machine: "host.name",
            metrics: [.init("cpu", path: "load.cpu"), .init("mem", path: "load"), .init("disk", path: "cpu")]),
    ]

    @Sendable static func take(_ bytes: [UInt8]) {
        // A byte order mark is one at the very beginning alone, and nothing to our own reader.
        let mark: [UInt8] = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? [0xEF, 0xBB, 0xBF] : []
        let rest = Array(bytes.dropFirst(mark.count))
        for shape in shapes {
            for machine in [nil, "m"] {
                let said = read(bytes, shape, machine: machine)
                let spaced = read(mark + [0x0A] + rest + [0x20, 0x0A], shape, machine: machine)
                // What is wrong may be told in other words: a text that is cut off goes on in the space behind it.
                let isSame = said.error == nil ? said == spaced : spaced.error != nil
                demand(isSame, "white space changes \(said) to \(spaced)")
                guard shape == shapes.first, machine == nil, said.error == nil else { continue }
                demandJSON(rest)
            }
        }
    }

    /// What simdjson takes is JSON to our own reader too, which nests less.
    private static func demandJSON(_ bytes: [UInt8]) {
        do {
            _ = try JSONValue(bytes)
        } catch {
            demand(error.expected == "less nesting", "no JSON at \(error.offset): \(error.expected) expected")
        }
    }

    private static func read(_ bytes: [UInt8], _ shape: FleetShape, machine: String?) -> Said {
        do throws(DecodeError) {
            return Said(try JSONFleet.decode(bytes, shape: shape, machine: machine))
        } catch {
            demand(!error.description.contains(where: \.isNewline), "a message has two lines: \(error)")
            error.place?.demandIsWithin(bytes)
            return Said(error: error)
        }
    }
}

extension DecodeError {
    fileprivate var place: Place? {
        switch self {
        case .notJSON(let place), .invalidUTF8(let place), .tooDeep(let place): place
        default: nil
        }
    }
}

extension DecodeError.Place {
    fileprivate func demandIsWithin(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        demand(1...lines.count ~= line, "there is no line \(line)")
        demand(1...(lines[line - 1].count + 1) ~= column, "line \(line) has no column \(column)")
    }
}
