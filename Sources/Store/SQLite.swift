internal import CSQLite
import Rules

/// One SQLite connection and the statements prepared on it; not for use by two threads at once.
@safe final class Connection {
    private let handle: OpaquePointer
    private let path: String
    private var statements: [String: Statement] = [:]
    private var noteLog: ((_ pages: Int) -> Void)?

    /// To count its memory, SQLite takes a lock of the process at each allocation.
    private static let countsNoMemory = csqlite_count_memory(0)

    enum Mode { case readWrite, readOnly }

    init(path: String, mode: Mode) throws(StoreError) {
        _ = Self.countsNoMemory
        var opened: OpaquePointer?
        let access = mode == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let code = unsafe sqlite3_open_v2(
            path, &opened, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened = unsafe opened else {
            let detail = unsafe opened.map { unsafe String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            // SQLite hands out a handle even when it fails to open, and it must be closed.
            unsafe sqlite3_close_v2(opened)
            throw .cannotOpen(path: path, detail: detail)
        }
        unsafe handle = opened
        self.path = path
        unsafe sqlite3_busy_timeout(handle, 2000)
    }

    deinit {
        statements.removeAll()
        unsafe sqlite3_close_v2(handle)
    }

    /// Runs statements that take no values and give no rows.
    func execute(_ sql: String) throws(StoreError) {
        try check(unsafe sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Has `note` called after each commit with the number of pages in the write-ahead log, which SQLite then no
    /// longer writes back by itself.
    func onCommit(_ note: @escaping (_ pages: Int) -> Void) {
        noteLog = note
        // The hook is gone with the handle, which is closed before `self` is.
        unsafe sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context = unsafe context else { return SQLITE_OK }
                unsafe Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().noteLog?(Int(pages))
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The statement for `sql`, prepared once and reset for its next use.
    func statement(_ sql: String) throws(StoreError) -> Statement {
        if let known = statements[sql] { return known }
        var prepared: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        try check(code)
        guard let prepared = unsafe prepared else {
            throw .failed(code: code, detail: "empty statement: \(sql)")
        }
        let statement = unsafe Statement(prepared, of: self)
        if statements.count >= 128 { statements.removeAll() }
        statements[sql] = statement
        return statement
    }

    /// Runs `sql` with `values` and no rows in return.
    func run(_ sql: String, _ values: SQLValue...) throws(StoreError) {
        try statement(sql).run(values)
    }

    /// What `read` makes of each row that `sql` gives for `values`.
    func rows<Element>(
        _ sql: String, _ values: [SQLValue] = [], _ read: (borrowing Row) throws(StoreError) -> Element
    ) throws(StoreError) -> [Element] {
        var elements: [Element] = []
        try statement(sql).forEach(values) { row throws(StoreError) in elements.append(try read(row)) }
        return elements
    }

    /// The first column of the first row as a number.
    func integer(_ sql: String, _ values: SQLValue...) throws(StoreError) -> Int64? {
        try rows(sql, values) { $0.integer(0) }.first ?? nil
    }

    /// How many steps SQLite's virtual machine made for the statements that were kept, since this was last asked.
    func takeSteps() -> Int { statements.values.reduce(0) { $0 + $1.takeSteps() } }

    /// Runs `body` in one transaction that is committed, or undone as a whole when it throws.
    ///
    /// `BEGIN IMMEDIATE` takes the write lock at once: a deferred one could fail half-way, when it upgrades.
    func transaction<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // SQLite may have rolled back already (disk full); then there is nothing to undo.
            if unsafe sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
            throw error
        }
    }

    /// Runs `body`, all of whose reads see the database as it is at the first of them.
    func snapshot<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        try execute("BEGIN")
        // Nothing was written, so there is nothing that ending it could lose.
        defer { try? execute("ROLLBACK") }
        return try body()
    }

    /// Reads all of the database, and refuses one that contradicts itself.
    func checkContent() throws(StoreError) {
        let finding = try rows("PRAGMA quick_check(1)") { $0.text(0) ?? "" }.first ?? ""
        guard finding == "ok" else { throw .damaged(path: path, detail: finding) }
    }

    func check(_ code: Int32) throws(StoreError) {
        guard code != SQLITE_OK, code != SQLITE_DONE, code != SQLITE_ROW else { return }
        let detail = unsafe String(cString: sqlite3_errmsg(handle))
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED: throw .busy
        case SQLITE_FULL: throw .full
        case SQLITE_READONLY: throw .readOnly
        case SQLITE_NOTADB: throw .notADatabase(path: path)
        case SQLITE_CORRUPT: throw .damaged(path: path, detail: detail)
        case SQLITE_CANTOPEN: throw .cannotOpen(path: path, detail: detail)
        default: throw .failed(code: code, detail: detail)
        }
    }
}

/// One prepared statement, finalized with its owner.
@safe final class Statement {
    private let handle: OpaquePointer
    private unowned let connection: Connection
    /// The values of the run under way.
    private var bindings = Bindings()

    fileprivate init(_ handle: OpaquePointer, of connection: Connection) {
        unsafe self.handle = handle
        self.connection = connection
    }

    deinit { unsafe sqlite3_finalize(handle) }

    fileprivate func takeSteps() -> Int {
        Int(unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 1))
    }

    func run(_ values: SQLValue...) throws(StoreError) { try run(values) }

    func run(_ values: [SQLValue]) throws(StoreError) {
        try forEach(values) { _ in }
    }

    /// Runs the statement with some of the values in `bindings`.
    func run(_ bindings: Bindings, _ slots: Range<Int>) throws(StoreError) {
        try forEach(bindings, slots) { _ in }
    }

    /// Runs the statement and hands each row to `body`, which must not run the same statement; it is reset in
    /// any case.
    func forEach(_ values: [SQLValue], _ body: (borrowing Row) throws(StoreError) -> Void) throws(StoreError)
    {
        bindings.removeAll()
        for value in values { bindings.append(value) }
        try forEach(bindings, 0..<values.count, body)
    }

    private func forEach(
        _ bindings: Bindings, _ slots: Range<Int>, _ body: (borrowing Row) throws(StoreError) -> Void
    ) throws(StoreError) {
        // SQLite reads texts and blobs where they lie, so all of the run happens while they stay there.
        try unsafe bindings.bytes.withUnsafeBufferPointer { (bytes) throws(StoreError) in
            defer {
                unsafe sqlite3_reset(handle)
                unsafe sqlite3_clear_bindings(handle)
            }
            try connection.check(unsafe bind(bindings.slots[slots], in: bytes))
            while true {
                let code = unsafe sqlite3_step(handle)
                guard code == SQLITE_ROW else { return try connection.check(code) }
                try body(unsafe Row(handle: handle))
            }
        }
    }

    /// SQLite's result for the first value that it refuses.
    private func bind(_ slots: ArraySlice<Bindings.Slot>, in bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
        guard let start = bytes.baseAddress else { return SQLITE_NOMEM }
        var index: Int32 = 0
        for slot in slots {
            index += 1
            let code =
                switch slot {
                case .integer(let number): unsafe sqlite3_bind_int64(handle, index, number)
                case .real(let number): unsafe sqlite3_bind_double(handle, index, number)
                case .null: unsafe sqlite3_bind_null(handle, index)
                case .text(let range):
                    unsafe csqlite_bind_text(handle, index, start + range.lowerBound, UInt64(range.count))
                case .blob(let range):
                    unsafe csqlite_bind_blob(handle, index, start + range.lowerBound, UInt64(range.count))
                }
            guard code == SQLITE_OK else { return code }
        }
        return SQLITE_OK
    }
}

/// The row a statement stands on; it cannot outlive the step that gave it.
@safe struct Row: ~Copyable {
    fileprivate let handle: OpaquePointer

    func integer(_ column: Int32) -> Int64? {
        isNull(column) ? nil : unsafe sqlite3_column_int64(handle, column)
    }

    func real(_ column: Int32) -> Double? {
        isNull(column) ? nil : unsafe sqlite3_column_double(handle, column)
    }

    func text(_ column: Int32) -> String? {
        isNull(column) ? nil : String(decoding: blob(column), as: UTF8.self)
    }

    /// The bytes of a column, copied.
    func blob(_ column: Int32) -> [UInt8] {
        guard let bytes = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    /// What `SQLValue.integers` made a blob of.
    func integers(_ column: Int32) -> [Int64] {
        guard let bytes = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column)) / 8
        return unsafe Array(unsafeUninitializedCapacity: count) { buffer, filled in
            unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(start: bytes, count: count * 8))
            filled = count
        }
    }

    func time(_ column: Int32) -> Timestamp? { integer(column).map { Timestamp(milliseconds: $0) } }

    private func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
    }
}
