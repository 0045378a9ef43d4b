/// Why a request is answered without asking the handler; its connection is then closed.
enum ServerRefusal: Error, Hashable, Sendable {
    case requestLine, target, host, misdirected, fieldLine, fieldName, fieldValue, bothLengths, contentLength
    case transferCoding
    case headTooLong(limit: Int)
    case bodyTooLong(limit: Int)
    case stopping, internalError

    var status: Int {
        switch self {
        case .requestLine, .target, .host, .fieldLine, .fieldName, .fieldValue, .bothLengths, .contentLength:
            400
        case .bodyTooLong: 413
        case .misdirected: 421
        case .headTooLong: 431
        case .internalError: 500
        case .transferCoding: 501
        case .stopping: 503
        }
    }

    private var title: String {
        switch status {
        case 400: "Bad Request"
        case 413: "Content Too Large"
        case 421: "Misdirected Request"
        case 431: "Request Header Fields Too Large"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        default: "Internal Server Error"
        }
    }

    private var detail: String {
        switch self {
        case .requestLine:
            "The request line must be a method, one target and a version, parted by single spaces."
        case .target:
            "The target must be a path that begins with / and is valid percent-encoded UTF-8, without . or .. parts."
        case .host: "Exactly one Host field is required."
        case .misdirected:
            "This server does not answer for the host that the request names; add it to the settings, as server: {hosts: [NAME]}."
        case .fieldLine:
            "Each field must be a name, a colon and a value on one line, not folded, that ends with CR LF."
        case .fieldName: "A field name may hold letters, digits and !#$%&'*+-.^_`|~ only."
        case .fieldValue: "A field value must not hold control characters."
        case .bothLengths: "Send either Content-Length or Transfer-Encoding, not both."
        case .contentLength: "Content-Length must be one decimal number."
        case .transferCoding: "The only transfer coding understood is a single chunked, in HTTP/1.1."
        case .headTooLong(let limit): "The request line and its fields may be \(limit) bytes long together."
        case .bodyTooLong(let limit): "The body may be \(limit) bytes long."
        case .stopping: "The server is stopping; send the request again later."
        case .internalError: "The server could not prepare its answer."
        }
    }

    /// The answer as RFC 9457 problem details; no text of it comes from the request.
    var response: HTTPServer.Response {
        let body = #"{"type":"about:blank","title":"\#(title)","status":\#(status),"detail":"\#(detail)"}"#
        return HTTPServer.Response(
            status: status, fields: ["Content-Type": "application/problem+json", "Connection": "close"],
            body: Array(body.utf8))
    }

    /// The answer as it stands on the wire, for where libmicrohttpd takes no response any more.
    func wire(_ usualFields: HTTPFields) -> [UInt8] {
        let response = response.completed(by: usualFields)
        var head = "HTTP/1.1 \(status) \(title)\r\n"
        for field in response.fields.list { head += "\(field.name): \(field.value)\r\n" }
        return Array("\(head)Content-Length: \(response.body.count)\r\n\r\n".utf8) + response.body
    }
}
