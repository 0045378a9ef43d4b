import Glibc

/// Whoever started the gateway and waits to hear how it does: systemd, by the protocol of sd_notify(3).
///
/// A datagram to the socket that `NOTIFY_SOCKET` names; nothing is sent where there is none.
struct ServiceManager: Sendable {
    /// The address of the socket; one that begins with `@` is abstract.
    private let address: String?

    init(environment: [String: String] = [:]) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Rules are loaded, windows are restored, and the API answers.
    func ready() { send("READY=1") }

    func stopping() { send("STOPPING=1") }

    /// Everything that a second brings has been dealt with. Without it for `WatchdogSec` the gateway is taken for
    /// stuck, and killed.
    func alive() { send("WATCHDOG=1") }

    private func send(_ state: String) {
        guard let address, var name = Self.socketAddress(address) else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + address.utf8.count)
        let text = Array(state.utf8)
        // A manager that does not listen keeps nothing from being done: what it missed, the next one tells.
        _ = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe sendto(
                    descriptor, text, text.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL), pointer, size)
            }
        }
    }

    /// Nil when it does not fit.
    private static func socketAddress(_ text: String) -> sockaddr_un? {
        var bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return address
    }
}
