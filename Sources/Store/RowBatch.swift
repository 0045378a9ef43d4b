/// Rows on their way into one table, many by each statement.
///
/// A statement opens the table and all its indexes anew; in a storm that is a fifth of the work, and done here
/// once for `size` rows.
struct RowBatch {
    /// How many rows make a statement; what is left over goes row by row.
    private static let size = 32

    private let db: Connection
    private let insert: String
    private let row: String
    private let width: Int
    private var values: [SQLValue] = []

    /// `columns` with commas between, in the order in which the values of a row come.
    init(_ table: String, _ columns: String, in db: Connection) {
        self.db = db
        width = columns.split(separator: ",").count
        row = "(" + Array(repeating: "?", count: width).joined(separator: ", ") + ")"
        insert = "INSERT INTO \(table) (\(columns)) VALUES "
    }

    /// Takes a row; it is in the table after `finish` at the latest.
    mutating func add(_ values: [SQLValue]) throws(StoreError) {
        self.values += values
        guard self.values.count == width * Self.size else { return }
        let rows = Array(repeating: row, count: Self.size).joined(separator: ", ")
        try db.statement(insert + rows).run(self.values)
        self.values.removeAll(keepingCapacity: true)
    }

    /// Writes what is left over.
    mutating func finish() throws(StoreError) {
        guard !values.isEmpty else { return }
        let one = try db.statement(insert + row)
        for start in stride(from: 0, to: values.count, by: width) {
            try one.run(Array(values[start..<start + width]))
        }
        values.removeAll(keepingCapacity: true)
    }
}
