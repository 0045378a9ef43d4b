import Glibc

/// Which pages commits in a write-ahead log changed, by the headers of its frames
/// (https://www.sqlite.org/fileformat.html#the_write_ahead_log).
struct WriteAheadLog {
    private(set) var pages: Set<Int64> = []
    /// How many pages the database has after the last of these commits; nil where there is none.
    private(set) var databasePages: Int64?

    private static let headerSize: Int64 = 32
    private static let frameHeaderSize: Int64 = 24

    /// Reads the log at `path`; one that is not there holds nothing.
    init(path: String) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let header = StoreFile.read(descriptor, count: Int(Self.headerSize), at: 0)
        guard header.count == Self.headerSize else { return }
        let (pageSize, salts) = (header.bigEndian(at: 8), header[16..<24])
        guard (512...65_536).contains(pageSize) else { return }
        var uncommitted: [Int64] = []
        var offset = Self.headerSize
        while true {
            let frame = StoreFile.read(descriptor, count: Int(Self.frameHeaderSize), at: Int(offset))
            // What is left of an earlier round of the log has other salts.
            guard frame.count == Self.frameHeaderSize, frame[8..<16] == salts else { return }
            uncommitted.append(frame.bigEndian(at: 0))
            let size = frame.bigEndian(at: 4)
            if size > 0 {
                pages.formUnion(uncommitted)
                (databasePages, uncommitted) = (size, [])
            }
            offset += Self.frameHeaderSize + pageSize
        }
    }
}

extension Collection<UInt8> where Index == Int {
    /// The number that begins at an offset, its highest byte first.
    func bigEndian(at offset: Int, _ count: Int = 4) -> Int64 {
        self[offset..<offset + count].reduce(0) { $0 << 8 | Int64($1) }
    }
}
