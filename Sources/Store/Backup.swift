import Glibc

/// A copy of a database that may be in use: as it was at one moment, checked, and whole or not there at all.
public enum Backup {
    /// What was copied.
    public struct Report: Equatable, Sendable {
        public let bytes: Int64
        public let incidents: Int64
    }

    /// Copies the database at `path` to `destination`, which must not exist.
    ///
    /// `VACUUM INTO` (https://www.sqlite.org/lang_vacuum.html) reads one snapshot, so that commits go on meanwhile,
    /// and leaves the free pages behind. It does not sync, and a crash could leave half a file: the copy is made
    /// under another name, looked through, synced, and only then renamed. Blocks for as long as the disk needs.
    public static func copy(_ path: String, to destination: String) throws(StoreError) -> Report {
        guard unsafe access(path, F_OK) == 0 else {
            throw .cannotOpen(path: path, detail: StoreFile.systemError())
        }
        try StoreFile.inspect(path, needsLog: false)
        guard unsafe access(destination, F_OK) != 0 else {
            throw .cannotOpen(path: destination, detail: "it exists already; name a new file")
        }
        let part = destination + ".part"
        _ = unsafe unlink(part)
        do throws(StoreError) {
            guard unsafe access(folder(of: destination), W_OK) == 0 else {
                throw .cannotOpen(path: destination, detail: StoreFile.systemError())
            }
            try StoreFile.create(part)
            try Connection(path: path, mode: .readOnly).run("VACUUM INTO ?", .text(part))
            let report = try look(through: part)
            try publish(part, as: destination)
            return report
        } catch {
            _ = unsafe unlink(part)
            throw error
        }
    }

    private static func look(through path: String) throws(StoreError) -> Report {
        let copy = try Connection(path: path, mode: .readOnly)
        let verdict = try copy.rows("PRAGMA integrity_check(1)") { $0.text(0) ?? "" }.first ?? ""
        guard verdict == "ok" else { throw .damaged(path: path, detail: verdict) }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw .cannotOpen(path: path, detail: StoreFile.systemError())
        }
        return Report(
            bytes: Int64(status.st_size), incidents: try copy.integer("SELECT count(*) FROM incident") ?? 0)
    }

    /// Makes the copy durable, and then visible under its name.
    private static func publish(_ part: String, as destination: String) throws(StoreError) {
        try sync(part)
        guard unsafe rename(part, destination) == 0 else {
            throw .cannotOpen(path: destination, detail: StoreFile.systemError())
        }
        try sync(folder(of: destination))
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    }

    private static func sync(_ path: String) throws(StoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, detail: StoreFile.systemError()) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw .cannotOpen(path: path, detail: StoreFile.systemError())
        }
    }
}
