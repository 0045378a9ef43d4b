import Dispatch
import Glibc

/// Tells when the rules file, or the `.env` beside it, was saved.
///
/// The folder is watched and not the file, since most editors write a new file and rename it over the old one;
/// `..data` is the link by which a mounted Kubernetes ConfigMap is exchanged.
final class RulesWatcher {
    private let source: any DispatchSourceRead

    /// Nil when the folder cannot be watched; SIGHUP still works then.
    ///
    /// That a file is gone is told once it has stayed away for as long as `patience`: some editors move it aside
    /// before they write the new one.
    init?(
        path: String, queue: DispatchQueue, patience: DispatchTimeInterval = .seconds(1),
        changed: @escaping @Sendable () -> Void
    ) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) | Self.gone
        guard unsafe inotify_add_watch(descriptor, folder, events) >= 0 else {
            close(descriptor)
            return nil
        }
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        let names: Set<String> = [name, ".env", "..data"]
        source.setEventHandler {
            let events = Self.events(from: descriptor).filter { names.contains($0.name) }
            if events.contains(where: { !$0.isGone }) { changed() }
            if events.contains(where: \.isGone) {
                queue.asyncAfter(deadline: .now() + patience) { changed() }
            }
        }
        source.setCancelHandler { close(descriptor) }
        source.resume()
    }

    deinit { source.cancel() }

    private static let gone = UInt32(IN_DELETE | IN_MOVED_FROM)

    private struct Happening: Hashable {
        let name: String
        let isGone: Bool
    }

    /// What all events say that wait on the descriptor (inotify(7)).
    private static func events(from descriptor: Int32) -> Set<Happening> {
        var events: Set<Happening> = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let header = MemoryLayout<inotify_event>.size
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return events }
            var start = 0
            while start + header <= count {
                let event = unsafe buffer.withUnsafeBytes {
                    unsafe $0.loadUnaligned(fromByteOffset: start, as: inotify_event.self)
                }
                let length = Int(event.len)
                let name = buffer[min(start + header, count)..<min(start + header + length, count)]
                events.insert(
                    Happening(
                        name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self),
                        isGone: event.mask & gone != 0))
                start += header + length
            }
        }
    }
}
