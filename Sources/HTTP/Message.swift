/// Header fields in the order in which they are sent; names compare without case (RFC 9110 §5.1).
public struct HTTPFields: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    public struct Field: Hashable, Sendable {
        public let name: String
        public let value: String
        /// Whether it is for the origin of the URL alone, and is left out where a redirect leads to another.
        public let isSecret: Bool
    }

    /// Names of fields that are secret whoever adds them.
    private static let secretNames: Set<String> = ["authorization", "cookie", "proxy-authorization"]

    public private(set) var list: [Field] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    public mutating func add(_ name: String, _ value: String, isSecret: Bool = false) {
        let isSecret = isSecret || Self.secretNames.contains(name.lowercased())
        list.append(Field(name: name, value: value, isSecret: isSecret))
    }

    /// Adds those of `others` whose names are not there yet.
    mutating func addMissing(_ others: HTTPFields) {
        let own = list.count
        for field in others.list {
            let length = field.name.utf8.count
            let isThere = list[..<own].contains { mine in
                mine.name.utf8.count == length
                    && (mine.name == field.name || mine.name.lowercased() == field.name.lowercased())
            }
            if !isThere { list.append(field) }
        }
    }

    /// Those that another origin may see.
    var withoutSecrets: HTTPFields {
        var fields = self
        fields.list.removeAll(where: \.isSecret)
        return fields
    }

    /// The first value under `name`; assigning replaces all of them.
    public subscript(name: String) -> String? {
        get { list.first { $0.name.lowercased() == name.lowercased() }?.value }
        set {
            list.removeAll { $0.name.lowercased() == name.lowercased() }
            if let newValue { add(name, newValue) }
        }
    }
}

/// One request that the gateway makes.
public struct HTTPRequest: Sendable {
    public var method: String
    /// An absolute `http` or `https` URL.
    public var url: String
    public var fields: HTTPFields
    public var body: [UInt8]
    /// From the start of the connection to the last byte of the answer.
    public var timeout: Duration
    /// How many redirects are followed, each to http or https alone; 0 makes a 3xx the answer.
    public var redirects: Int
    public var answerLimit: AnswerLimit
    public var tls = TLSOptions()
    /// The URL of the proxy that it goes through: `http`, `https`, `socks5`, or `socks5h`, which looks the host's
    /// name up itself. It may hold the proxy's user and password.
    public var proxy: String?
    public var policy = AddressPolicy.any
    /// Takes the body of a 2xx answer piece by piece, as it comes; the answer's own is then empty. Called on the
    /// client's thread, so that the client's other requests wait meanwhile; false ends the body there.
    public var sink: (@Sendable ([UInt8]) -> Bool)?

    /// How much of an answer's body is taken, counted in bytes after decompression.
    public enum AnswerLimit: Hashable, Sendable {
        /// A longer body fails the request.
        case refuse(beyond: Int)
        /// A longer body is cut, and the answer stands.
        case cut(at: Int)
    }

    /// Goes to any address, without a proxy, over TLS as the system trusts it.
    public init(
        method: String = "GET", url: String, fields: HTTPFields = [:], body: [UInt8] = [],
        timeout: Duration, redirects: Int = 0, answerLimit: AnswerLimit
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.timeout = timeout
        self.redirects = redirects
        self.answerLimit = answerLimit
    }
}

/// What came of a request.
public enum HTTPReply: Sendable {
    case answer(HTTPAnswer)
    case failure(HTTPFailure)
}

public struct HTTPAnswer: Sendable {
    public let status: Int
    public let fields: HTTPFields
    public let body: [UInt8]

    public init(status: Int, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// Why a request got no answer, without any part of its URL but the host.
public struct HTTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, CaseIterable, Sendable {
        case invalidURL, unresolvedHost, connectionRefused, connectionLost, timeout, tls, bodyTooLong
        case tooManyRedirects, protocolViolation, cancelled, other
        /// The address is one that the request's policy forbids.
        case forbiddenAddress
        /// The proxy cannot be reached, or refuses to carry the request.
        case proxy
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
