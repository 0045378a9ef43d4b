import Glibc

/// A new folder for files that nobody needs afterwards; removed with its last owner.
final class ScratchFolder {
    let path: String

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    init(_ environment: [String: String]) throws(Failure) {
        let parent = environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(parent)/gateway-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            let reason = unsafe String(cString: strerror(errno))
            throw Failure(
                description:
                    "cannot make a folder in \(parent): \(reason); set TMPDIR to one that can be written")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in ["gateway.db", "gateway.db-wal", "gateway.db-shm", "gateway.db.lock"] {
            _ = unsafe unlink("\(path)/\(name)")
        }
        _ = unsafe rmdir(path)
    }
}
