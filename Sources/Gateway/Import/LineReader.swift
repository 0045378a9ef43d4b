internal import Glibc

/// Reads a file of any size line by line.
@safe final class LineReader {
    private let file: UnsafeMutablePointer<FILE>
    private var buffer: UnsafeMutablePointer<CChar>?
    private var capacity = 0

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Opens the file at `path`; `-` is standard input.
    init(path: String) throws(Failure) {
        guard let opened = unsafe fopen(path == "-" ? "/dev/stdin" : path, "re") else {
            let reason = unsafe String(cString: strerror(errno))
            throw Failure(description: "cannot read \(path): \(reason)")
        }
        unsafe file = opened
    }

    deinit {
        unsafe free(buffer)
        unsafe fclose(file)
    }

    /// The next line without its end; nil after the last.
    func next() -> String? {
        let count = unsafe getline(&buffer, &capacity, file)
        guard count >= 0, let start = unsafe buffer else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        var end = count
        while end > 0, unsafe bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
        return unsafe String(decoding: bytes[..<end], as: UTF8.self)
    }
}
