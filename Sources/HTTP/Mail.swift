/// One e-mail, and the server that is to take it.
public struct Mail: Sendable {
    /// `smtps://host`, or `smtp://host:587`, which must then offer STARTTLS unless it is this machine. A path is the
    /// name by which the client introduces itself, in place of the machine's.
    public var url: String
    /// The sender's address, to which the mail would return; no name, no brackets.
    public var from: String
    /// The addresses of the recipients; the mail goes to all of them or to none.
    public var to: [String]
    public var credentials: Credentials?
    /// The whole message (RFC 5322): fields, an empty line, and the text; lines end with CR LF.
    public var message: [UInt8]
    /// From the start of the connection to the server's word that it has the message.
    public var timeout: Duration
    public var tls = TLSOptions()
    public var policy = AddressPolicy.any

    public struct Credentials: Hashable, Sendable {
        public let user: String
        public let password: String

        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    public init(
        url: String, from: String, to: [String], credentials: Credentials? = nil, message: [UInt8],
        timeout: Duration
    ) {
        self.url = url
        self.from = from
        self.to = to
        self.credentials = credentials
        self.message = message
        self.timeout = timeout
    }
}

/// What came of a mail.
public enum MailReply: Hashable, Sendable {
    /// The server has the mail and answers for it; these are its words, among which many name the mail.
    case accepted(String)
    /// The server's code and words: 4yz may pass when it is tried again, 5yz needs a person (RFC 5321 §4.2.1).
    case refused(code: Int, String)
    case failure(HTTPFailure)
}

extension HTTPReply {
    /// The same in the terms of a request, for who judges both alike: 200, 503 for what may pass, 422 for what does
    /// not; the body has the server's own code and words.
    public init(_ reply: MailReply) {
        switch reply {
        case .accepted(let text): self = .answer(HTTPAnswer(status: 200, body: Array(text.utf8)))
        case .refused(let code, let text):
            let status = (400..<500).contains(code) ? 503 : 422
            self = .answer(HTTPAnswer(status: status, body: Array("\(code) \(text)".utf8)))
        case .failure(let failure): self = .failure(failure)
        }
    }
}

extension Mail {
    /// Why the mail cannot be sent as it stands: what is asked here keeps its parts from being taken for commands.
    var fault: HTTPFailure? {
        guard let parsed = ParsedURL(url), ["smtp", "smtps"].contains(parsed.scheme),
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return HTTPFailure(.invalidURL, "the URL does not begin with smtp:// or smtps://") }
        guard ([from] + to).allSatisfy(Self.isAddress), !to.isEmpty else {
            return HTTPFailure(.protocolViolation, "an address of the mail is not of the form name@host")
        }
        let texts = [credentials?.user, credentials?.password].compactMap { $0 }
        guard texts.allSatisfy({ !$0.utf8.contains(0) }) else {
            return HTTPFailure(.protocolViolation, "the user or the password holds a NUL")
        }
        return Self.hasLines(message)
            ? nil
            : HTTPFailure(
                .protocolViolation, "the mail is not made of lines of at most 998 bytes that end with CR LF")
    }

    /// Whether the server is this machine, where nobody listens on the way.
    var isLocal: Bool {
        let host = ParsedURL(url)?.host ?? ""
        return host == "localhost" || NetworkAddress(host)?.special == "a loopback address"
    }

    private static func isAddress(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"<>()[]\\,;:\"".utf8.contains($0) }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return isPlain && parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
    }

    /// A bare CR or LF is how one message is made to look like two (RFC 5321 §2.3.8).
    private static func hasLines(_ message: [UInt8]) -> Bool {
        var start = 0
        for index in message.indices {
            switch message[index] {
            case 0: return false
            case 0x0D where index + 1 == message.count || message[index + 1] != 0x0A: return false
            case 0x0A:
                guard index > start, message[index - 1] == 0x0D else { return false }
                guard index - 1 - start <= 998 else { return false }
                start = index + 1
            default: break
            }
        }
        return !message.isEmpty && message.count - start <= 998
    }
}
