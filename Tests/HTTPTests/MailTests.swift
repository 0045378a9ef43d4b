import TestSupport
import Testing

@testable import HTTP

private let text = "From: a@example.com\r\nSubject: cpu\r\n\r\nhigh\r\n.\r\n..two\r\nend\r\n"

private func mail(
    _ url: String, to: [String] = ["b@example.com"], credentials: Mail.Credentials? = nil,
    message: String = text, timeout: Duration = .seconds(20)
) -> Mail {
    Mail(
        url: url, from: "a@example.com", to: to, credentials: credentials, message: Array(message.utf8),
        timeout: timeout)
}

private func send(_ url: String, timeout: Duration = .seconds(20)) async -> MailReply {
    await MailClient.send(mail(url, timeout: timeout))
}

@Suite(.timeLimit(.minutes(5)))
struct MailTests {
    /// A peer that answers what begins with `command` in its own way.
    private func makePeer(_ command: String, _ answer: String?) throws -> SMTPPeer {
        try SMTPPeer {
            $0 == command || !command.isEmpty && $0.hasPrefix(command) ? answer : SMTPPeer.says($0)
        }
    }

    /// What comes of a mail to such a peer.
    private func reply(
        to command: String, _ answer: String?, timeout: Duration = .seconds(20)
    ) async throws -> MailReply {
        let peer = try makePeer(command, answer)
        let reply = await send(peer.url, timeout: timeout)
        return withExtendedLifetime(peer) { reply }
    }

    @Test func aMailArrivesAsItIs() async throws {
        let peer = try SMTPPeer(SMTPPeer.says)
        let reply = await MailClient.send(
            mail(
                peer.url + "/gateway.example.com", to: ["b@example.com", "c@example.com"],
                credentials: .init(user: "user", password: "pass")))
        #expect(reply == .accepted("2.0.0 taken 2.0.0 queued as 42"))
        #expect(
            peer.commands.prefix(7) == [
                "EHLO gateway.example.com", "AUTH PLAIN", "AHVzZXIAcGFzcw==", "MAIL FROM:<a@example.com>",
                "RCPT TO:<b@example.com>", "RCPT TO:<c@example.com>", "DATA",
            ])
        // Lines that begin with a dot have it doubled on the way (RFC 5321 §4.5.2).
        #expect(peer.message + "\r\n" == text.replacing("\r\n.", with: "\r\n.."))
    }

    @Test(
        arguments: [
            ("", "421 4.3.2 closing", 421), ("", "554 5.7.1 no", 554), ("MAIL", "451 4.3.0 later", 451),
            ("MAIL", "550 5.7.1 no", 550), ("RCPT", "450 4.2.1 busy", 450), ("RCPT", "550 5.1.1 nobody", 550),
            ("DATA", "452 4.3.1 full", 452), (".", "451-4.7.1 grey\r\n451 4.7.1 list", 451),
            (".", "552 5.3.4 too big", 552), ("AUTH", "454 4.7.0 later", 454),
            ("AHVz", "535 5.7.8 wrong", 535),
        ] as [(String, String, Int)])
    func whatTheServerRefusesIsTold(command: String, answer: String, code: Int) async throws {
        let peer = try makePeer(command, answer)
        let reply = await MailClient.send(mail(peer.url, credentials: .init(user: "user", password: "pass")))
        guard case .refused(code, let words) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(answer.hasSuffix(words) || words == "4.7.1 grey 4.7.1 list")
        let isTransient = code < 500
        let judged = try HTTPReply(reply).answer()
        #expect(judged.status == (isTransient ? 503 : 422))
        #expect(String(decoding: judged.body, as: UTF8.self) == "\(code) \(words)")
    }

    @Test func oneRefusedRecipientRefusesTheMail() async throws {
        let peer = try makePeer("RCPT TO:<c", "550 5.1.1 nobody")
        let reply = await MailClient.send(mail(peer.url, to: ["b@example.com", "c@example.com"]))
        #expect(reply == .refused(code: 550, "5.1.1 nobody"))
        #expect(peer.message.isEmpty)
    }

    @Test func aServerElsewhereMustOfferTLS() async throws {
        let peer = try SMTPPeer(SMTPPeer.says)
        // A name that is this machine all the same, but does not say so.
        let url = "smtp://0.0.0.0:\(peer.port)"
        let reply = await MailClient.send(mail(url, credentials: .init(user: "user", password: "pass")))
        let says = "0.0.0.0:\(peer.port) does not offer STARTTLS; use a port where it does, or smtps://"
        #expect(reply == .failure(HTTPFailure(.tls, says)))
        #expect(peer.commands.allSatisfy { $0.hasPrefix("EHLO") || $0 == "QUIT" })
    }

    @Test func whatEndsTheConnectionIsTold() async throws {
        let port = try LoopbackSocket.refusedPort()
        #expect(await send("smtp://localhost:\(port)").kind == .connectionRefused)
        #expect(await send("smtp://nosuch.invalid").kind == .unresolvedHost)
        #expect(try await reply(to: "", nil).kind == .connectionLost)
        #expect(try await reply(to: ".", nil).kind == .connectionLost)
        #expect(try await reply(to: "", "354 what?").kind == .protocolViolation)
        #expect(try await reply(to: "MAIL", "", timeout: .milliseconds(100)).kind == .timeout)
    }

    @Test func aServerThatNeverStopsTalkingIsCutOff() async throws {
        let talk = String(repeating: "250-more and more\r\n", count: 10_000) + "250 ok"
        let reply = try await reply(to: "EHLO", talk)
        // Some versions of libcurl have a limit of their own.
        #expect([.protocolViolation, .connectionLost].contains(reply.kind))
    }

    @Test func aServerThatTalksTooMuchInAllIsCutOff() async throws {
        let peer = try SMTPPeer { command in
            let talk = String(repeating: "250-more and more\r\n", count: 1500)
            return (command.hasPrefix("MAIL") || command.hasPrefix("RCPT") ? talk : "")
                + (SMTPPeer.says(command) ?? "")
        }
        let to = ["b@example.com", "c@example.com", "d@example.com"]
        let reply = await MailClient.send(mail(peer.url, to: to))
        let says = "what localhost:\(peer.port) says is longer than 64 KiB"
        #expect(reply == .failure(HTTPFailure(.protocolViolation, says)))
        #expect(peer.message.isEmpty)
    }

    @Test func aServerWithoutALoginThatIsKnownIsNamed() async throws {
        let peer = try makePeer("EHLO", "250-peer\r\n250 AUTH RUNES")
        let reply = await MailClient.send(mail(peer.url, credentials: .init(user: "user", password: "pass")))
        let says = "localhost:\(peer.port) offers no way to log in that is known here"
        #expect(reply == .failure(HTTPFailure(.other, says)))
        #expect(!peer.commands.contains { $0.hasPrefix("MAIL") })
    }

    @Test func thePolicyHoldsForMailToo() async throws {
        let peer = try SMTPPeer(SMTPPeer.says)
        var strict = mail(peer.url)
        strict.policy = .publicOnly
        #expect(await MailClient.send(strict).kind == .forbiddenAddress)
        #expect(peer.commands.isEmpty)
    }

    @Test func aCancelledTaskGetsItsReply() async throws {
        let peer = try makePeer("MAIL", "")
        let task = Task { await send(peer.url) }
        while !peer.commands.contains(where: { $0.hasPrefix("MAIL") }) { await Task.yield() }
        task.cancel()
        #expect(await task.value.kind == .cancelled)
    }

    @Test func whatCouldBeTakenForACommandIsRefusedUnsent() async throws {
        let peer = try SMTPPeer(SMTPPeer.says)
        for address in [
            "", "b", "@b", "b@", "b@c@d", "b@c>\r\nDATA", "b@c\n", "<b@c>", "b @c", "b@c,d@e", "ü@c",
        ] {
            #expect(await MailClient.send(mail(peer.url, to: [address])).kind == .protocolViolation)
        }
        #expect(await MailClient.send(mail(peer.url, to: [])).kind == .protocolViolation)
        let long = String(repeating: "x", count: 999)
        for message in [
            "", "a\nb\r\n", "a\rb\r\n", "a\r\n.\nb", "a\r", "\n", "a\u{0}\r\n", long, long + "\r\n",
        ] {
            #expect(await MailClient.send(mail(peer.url, message: message)).kind == .protocolViolation)
        }
        for url in ["", "localhost", "http://localhost", "smtp://", "smtp://a b"] {
            #expect(await send(url).kind == .invalidURL)
        }
        // What follows a NUL would be left out, and another password be tried.
        for credentials in [("u\0v", "p"), ("u", "p\0q")] as [(String, String)] {
            let login = Mail.Credentials(user: credentials.0, password: credentials.1)
            let says = "the user or the password holds a NUL"
            #expect(
                await MailClient.send(mail(peer.url, credentials: login))
                    == .failure(HTTPFailure(.protocolViolation, says)))
        }
        #expect(peer.commands.isEmpty)
    }
}

/// Against a server by Python's TLS.
@Suite(.timeLimit(.minutes(5)))
struct MailTLSTests {
    let certificates: Certificates

    init() throws {
        certificates = try Certificates()
    }

    /// Takes one mail, and answers its end with how it came to TLS and who logged in.
    private static let server = """
        def serve(stream, secured):
            def say(text): stream.sendall(text.encode() + b"\\r\\n")
            say("220 ready")
            login = "nobody"
            reader = stream.makefile("rb")
            while line := reader.readline():
                word = line[:4].upper()
                if word == b"EHLO": say("250 AUTH PLAIN" if secured else "250 STARTTLS")
                elif word == b"STAR":
                    say("220 go on")
                    stream = context.wrap_socket(stream, server_side=True)
                    reader, secured = stream.makefile("rb"), "STARTTLS"
                elif word == b"AUTH":
                    say("334 ")
                    login = reader.readline().decode().strip()
                    say("235 welcome")
                elif word == b"DATA":
                    say("354 go on")
                    while reader.readline() != b".\\r\\n": pass
                    say(f"250 {secured} {login}")
                elif word == b"QUIT": say("221 bye"); return
                else: say("250 ok")
        while True:
            try:
                plain, _ = listener.accept()
                serve(%@)
            except OSError: pass
        """

    private func ask(_ scheme: String, authority: String = "ca.pem") async throws -> MailReply {
        let wrapped = "context.wrap_socket(plain, server_side=True)"
        let stream = scheme == "smtps" ? "\(wrapped), 'smtps'" : "plain, ''"
        let peer = try TLSPeer(certificates, running: Self.server.replacing("%@", with: stream))
        // An address of this machine that is not taken for one, so that TLS is insisted on.
        var mail = mail(
            "\(scheme)://0.0.0.0:\(peer.port)", credentials: .init(user: "user", password: "pass"))
        mail.tls.authorities = try certificates.text(authority)
        return await MailClient.send(mail)
    }

    @Test(arguments: [("smtp", "STARTTLS"), ("smtps", "smtps")])
    func theConnectionIsSecuredBeforeAnybodyLogsIn(scheme: String, secured: String) async throws {
        #expect(try await ask(scheme) == .accepted("\(secured) AHVzZXIAcGFzcw=="))
    }

    @Test(arguments: ["smtp", "smtps"])
    func aServerThatIsNotTrustedGetsNothing(scheme: String) async throws {
        #expect(try await ask(scheme, authority: "stranger.pem").kind == .tls)
    }
}

extension MailReply {
    var kind: HTTPFailure.Kind? {
        if case .failure(let failure) = self { failure.kind } else { nil }
    }
}
