internal import Glibc
import Rules

/// Reads whole small files.
enum FileReader {
    /// The most bytes a file may have: no settings file needs more.
    static let limit = 256 * 1024

    static func bytes(at path: String) throws(FileError) -> [UInt8] {
        guard !path.utf8.contains(0) else { throw .missing }
        // Opening a named pipe would wait for its other end.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw error(errno) }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw error(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
        // One byte more than allowed, for files whose size is not known beforehand, such as those of /proc.
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var count = 0
        while count < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                return unsafe read(file, rest.baseAddress, rest.count)
            }
            if got == 0 { break }
            if got > 0 { count += got } else if errno != EINTR { throw error(errno) }
        }
        guard count <= limit else { throw .tooLarge(limit: limit) }
        return Array(bytes[..<count])
    }

    /// The folder of a path, with its slash; empty for the working directory.
    static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    private static func error(_ code: Int32) -> FileError {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case EISDIR: .notAFile
        default: unsafe .unreadable(String(cString: strerror(code)))
        }
    }
}
