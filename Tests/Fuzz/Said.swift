import Rules

@testable import Collector

/// What a document says, so that it can be compared with what another says.
struct Said: Equatable, CustomStringConvertible {
    /// Machines and their values; as text, so that NaN compares.
    var rows: [String] = []
    var refusals: [String] = []
    /// The kind of error; its place depends on what stands before it.
    var error: String?

    init(_ decoded: Decoded) {
        let columns = decoded.metrics.count
        let names = (0..<decoded.machines.count).map { decoded.machines[$0] }
        demand(decoded.values.count == names.count * columns, "a value is missing, or one too many")
        demand(Set(names).count == names.count, "a machine stands twice: \(names)")
        demand(!decoded.values.contains(where: \.isInfinite), "a value is infinite")
        for name in names {
            let isPlain = name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            demand(!name.isEmpty && isPlain, "a machine is called \(name.debugDescription)")
        }
        demand(
            decoded.refusals.count == min(decoded.refusedCount, 20),
            "\(decoded.refusals.count) refusals are told of \(decoded.refusedCount)")
        rows = names.indices.map { row in
            let values = decoded.values[row * columns..<(row + 1) * columns]
            return names[row] + " " + values.map(\.description).joined(separator: " ")
        }
        refusals = decoded.refusals.map(\.description)
        for refusal in refusals {
            demand(!refusal.contains(where: \.isNewline), "a refusal has two lines: \(refusal)")
        }
    }

    init(error: DecodeError) {
        self.error = String(describing: error).split { $0.isNumber }.joined()
    }

    var description: String { error ?? (rows + refusals).joined(separator: "; ") }
}
