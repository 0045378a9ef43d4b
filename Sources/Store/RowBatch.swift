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
    private var values = Bindings()
    /// That of `size` rows; looked up once, since its text is long.
    private var many: Statement?

    /// `columns` with commas between, in the order in which the values of a row come.
    init(_ table: String, _ columns: String, in db: Connection) {
        self.db = db
        width = columns.split(separator: ",").count
        row = "(" + Array(repeating: "?", count: width).joined(separator: ", ") + ")"
        insert = "INSERT INTO \(table) (\(columns)) VALUES "
    }

    /// Takes the row that `write` appends the values of; it is in the table after `finish` at the latest.
    mutating func add(_ write: (inout Bindings) -> Void) throws(StoreError) {
        write(&values)
        guard values.slots.count == width * Self.size else { return }
        if many == nil {
            many = try db.statement(
                insert + Array(repeating: row, count: Self.size).joined(separator: ", "))
        }
        try many?.run(values, values.slots.indices)
        values.removeAll()
    }

    /// Writes what is left over.
    mutating func finish() throws(StoreError) {
        guard !values.slots.isEmpty else { return }
        let one = try db.statement(insert + row)
        for start in stride(from: 0, to: values.slots.count, by: width) {
            try one.run(values, start..<start + width)
        }
        values.removeAll()
    }
}
