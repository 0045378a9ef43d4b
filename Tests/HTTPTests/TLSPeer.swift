import Foundation
import TestSupport
import Testing

/// A TLS server by Python's standard library, on a free port of 127.0.0.1.
final class TLSPeer: Sendable {
    let port: UInt16
    private let process = Process()

    /// Runs `script`, which has `context` (a server's, with the given certificate) and `listener` at hand.
    init(_ certificates: Certificates, as name: String = "server", running script: String) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let head = """
            import socket, ssl, sys, threading
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1] + ".pem", sys.argv[1] + ".key")
            context.load_verify_locations(sys.argv[2])
            listener = socket.create_server(("127.0.0.1", 0))
            print(listener.getsockname()[1], flush=True)

            """
        process.arguments = [
            "python3", "-c", head + script, certificates.path(name), certificates.path("ca.pem"),
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let line = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        port = try #require(UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)), "\(line)")
    }

    /// Foundation keeps a process that nobody waits for.
    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Answers each request with who asks, and over which connection.
    static let answering = """
        context.verify_mode = ssl.CERT_OPTIONAL
        def serve(number, plain):
            try:
                stream = context.wrap_socket(plain, server_side=True)
                while True:
                    head = b""
                    while not head.endswith(b"\\r\\n\\r\\n"):
                        byte = stream.recv(1)
                        if not byte: return
                        head += byte
                    subject = (stream.getpeercert() or {}).get("subject", (((0, "nobody"),),))
                    body = f"{subject[0][0][1]} {number}".encode()
                    stream.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
            except OSError:
                pass
        number = 0
        while True:
            threading.Thread(target=serve, args=(number, listener.accept()[0]), daemon=True).start()
            number += 1
        """
}
