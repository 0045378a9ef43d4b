import Dispatch
import Glibc

/// Tells when the rules file, or the `.env` beside it, was saved.
///
/// The folder is watched and not the file, since most editors write a new file and rename it over the old one;
/// `..data` is the link by which a mounted Kubernetes ConfigMap is exchanged.
final class RulesWatcher {
    private let source: any DispatchSourceRead

    /// Nil when the folder cannot be watched; SIGHUP still works then.
    init?(path: String, queue: DispatchQueue, changed: @escaping @Sendable () -> Void) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO)
        guard unsafe inotify_add_watch(descriptor, folder, events) >= 0 else {
            close(descriptor)
            return nil
        }
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        let names: Set<String> = [name, ".env", "..data"]
        source.setEventHandler {
            if !names.isDisjoint(with: Self.names(from: descriptor)) { changed() }
        }
        source.setCancelHandler { close(descriptor) }
        source.resume()
    }

    deinit { source.cancel() }

    /// The names in all events that wait on the descriptor (inotify(7)).
    private static func names(from descriptor: Int32) -> Set<String> {
        var names: Set<String> = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let header = MemoryLayout<inotify_event>.size
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return names }
            var start = 0
            while start + header <= count {
                let length = unsafe buffer.withUnsafeBytes {
                    unsafe Int($0.loadUnaligned(fromByteOffset: start, as: inotify_event.self).len)
                }
                let name = buffer[min(start + header, count)..<min(start + header + length, count)]
                names.insert(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
                start += header + length
            }
        }
    }
}
