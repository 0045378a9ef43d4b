internal import Glibc

/// Writes whole small files.
enum FileWriter {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Puts `bytes` in the place of what stands in the file at `path`: whoever reads it sees the one or the other, and
    /// so does the next start after a power failure. Mode, owner and links to it stay.
    static func replace(_ path: String, with bytes: [UInt8]) throws(Failure) {
        let target = resolved(path)
        let fresh = "\(target).\(getpid()).new"
        let file = unsafe open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(fresh) }
        do throws(Failure) {
            defer { close(file) }
            var status = stat()
            if unsafe stat(target, &status) == 0 {
                // Where that is not allowed, whoever may write the folder keeps the file readable for itself.
                _ = fchmod(file, status.st_mode & 0o7777)
                _ = fchown(file, status.st_uid, status.st_gid)
            }
            try write(bytes, to: file, named: fresh)
            guard fsync(file) == 0 else { throw failure(fresh) }
            guard unsafe rename(fresh, target) == 0 else { throw failure(target) }
        } catch {
            unsafe unlink(fresh)
            throw error
        }
        syncFolder(of: target)
    }

    private static func write(_ bytes: [UInt8], to file: Int32, named path: String) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { throw failure(path) }
        }
    }

    /// The file that a path leads to, whatever links it goes over.
    private static func resolved(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    private static func syncFolder(of path: String) {
        let folder = FileReader.folder(of: path)
        let file = unsafe open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }

    private static func failure(_ path: String) -> Failure {
        let reason = unsafe String(cString: strerror(errno))
        return Failure(description: "cannot write \(path): \(reason)")
    }
}
