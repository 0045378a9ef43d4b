import Glibc
import Synchronization
import TestSupport

/// A mail server on 127.0.0.1 that says what a test tells it to, and remembers what it heard.
final class SMTPPeer: Sendable {
    struct Heard: Sendable {
        var commands: [String] = []
        /// The message as it came, dots doubled, without the line that ends it.
        var message = ""
    }

    let port: UInt16
    private let listener: Int32
    private let thread: pthread_t
    private let box = Box()

    /// What the peer and its thread share.
    private final class Box: Sendable {
        let heard = Mutex(Heard())
        let socket = Mutex<Int32>(-1)
    }

    var url: String { "smtp://localhost:\(port)" }
    var commands: [String] { box.heard.withLock(\.commands) }
    var message: String { box.heard.withLock(\.message) }

    /// `says` answers a command, `""` being the connection itself and `"."` the end of the message; an empty answer
    /// is silence, nil ends the connection.
    init(_ says: @escaping @Sendable (String) -> String?) throws {
        let (listener, port) = try LoopbackSocket.listen()
        (self.listener, self.port) = (listener, port)
        thread = startThread { [box] in
            while let socket = LoopbackSocket.accept(on: listener) {
                box.socket.withLock { $0 = socket }
                Self.serve(LoopbackConnection(socket: socket, number: 0), says) { change in
                    box.heard.withLock { change(&$0) }
                }
                box.socket.withLock { $0 = -1 }
                close(socket)
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        box.socket.withLock { if $0 >= 0 { shutdown($0, Int32(SHUT_RDWR)) } }
        pthread_join(thread, nil)
        close(listener)
    }

    /// A server that takes every mail of who logs in as `user`, or of anybody.
    static func says(_ command: String) -> String? {
        switch command.prefix(4).uppercased() {
        case "": "220 peer ready"
        case "EHLO": "250-peer\r\n250-8BITMIME\r\n250 AUTH PLAIN"
        case "AUTH": "334 "
        case "MAIL", "RCPT": "250 2.1.0 ok"
        case "DATA": "354 go on"
        case ".": "250-2.0.0 taken\r\n250 2.0.0 queued as 42"
        case "QUIT": "221 bye"
        default: "235 2.7.0 welcome"
        }
    }

    private static func serve(
        _ connection: LoopbackConnection, _ says: (String) -> String?,
        note: ((inout Heard) -> Void) -> Void
    ) {
        var received: [UInt8] = []
        func say(_ command: String) -> Bool {
            guard let answer = says(command) else { return false }
            return answer.isEmpty || connection.send(Array((answer + "\r\n").utf8))
        }
        func line(until end: String) -> String? {
            let end = Array(end.utf8)
            while true {
                if let range = received.firstRange(of: end) {
                    defer { received.removeSubrange(..<range.upperBound) }
                    return String(decoding: received[..<range.lowerBound], as: UTF8.self)
                }
                let more = connection.receive()
                guard !more.isEmpty else { return nil }
                received += more
            }
        }
        guard say("") else { return }
        while let command = line(until: "\r\n") {
            note { $0.commands.append(command) }
            guard say(command) else { return }
            guard command == "DATA", says(command)?.hasPrefix("354") == true else { continue }
            guard let message = line(until: "\r\n.\r\n") else { return }
            note { $0.message = message }
            guard say(".") else { return }
        }
    }
}
