public import Rules

extension StoreReader {
    /// The sources that have reported a machine of that name, sorted.
    public func sources(of machine: String) throws(StoreError) -> [String] {
        try read { (db) throws(StoreError) in
            try db.rows(
                "SELECT DISTINCT source FROM machine WHERE name = ? ORDER BY source", [.text(machine)]
            ) { $0.text(0) ?? "" }
        }
    }

    /// At most `limit` names of machines that are about as long as `name`, for a guess at what was meant.
    public func machines(aboutAsLongAs name: String, limit: Int = 50_000) throws(StoreError) -> [String] {
        try read { (db) throws(StoreError) in
            try db.rows(
                "SELECT DISTINCT name FROM machine WHERE abs(length(name) - ?) <= 2 LIMIT ?",
                [.integer(Int64(name.unicodeScalars.count)), .integer(Int64(limit))]
            ) { $0.text(0) ?? "" }
        }
    }

    /// The moments of the stored polls of `source` from one up to another, oldest first.
    public func pollTimes(
        of source: String, from: Timestamp, to: Timestamp
    ) throws(StoreError) -> [Timestamp] {
        try read { (db) throws(StoreError) in
            try db.rows(
                "SELECT at FROM poll WHERE source = ? AND at BETWEEN ? AND ? ORDER BY at",
                [.text(source), .time(from), .time(to)]
            ) { $0.time(0) }.compactMap { $0 }
        }
    }
}
