extension HTTPServer {
    /// One request whose head and body have been read and checked.
    public struct Request: Sendable {
        /// The method as sent, in its own case; `HEAD` is to be answered like `GET`, its body is left out.
        public let method: String
        /// The path as sent, still percent-encoded, without the query; it begins with `/` (or is `*`).
        public let path: String
        /// The parts of the path between slashes, percent-decoded one by one: an encoded slash divides nothing.
        ///
        /// No part is `.` or `..` or holds a control character. A slash at the end adds no part.
        public let segments: [String]
        /// The decoded parameters of the query, in order; a name without `=` has an empty value.
        public let query: [(name: String, value: String)]
        public let fields: HTTPFields
        public let body: [UInt8]
        /// The client's IP address.
        public let peer: String

        /// A request as if `target` (path and query) had been sent; nil when a server would refuse the target.
        public init?(
            method: String = "GET", target: String, fields: HTTPFields = [:], body: [UInt8] = [],
            peer: String = "127.0.0.1"
        ) {
            guard let parsed = try? ServerTarget(Array(target.utf8)) else { return nil }
            self.init(method: method, target: parsed, fields: fields, body: body, peer: peer)
        }

        init(method: String, target: ServerTarget, fields: HTTPFields, body: [UInt8], peer: String) {
            self.method = method
            path = target.path
            segments = target.segments
            query = target.query
            self.fields = fields
            self.body = body
            self.peer = peer
        }

        /// The first value of the query's parameter `name`.
        public func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

        /// All values of the query's parameter `name`, in order.
        public func parameters(_ name: String) -> [String] {
            query.compactMap { $0.name == name ? $0.value : nil }
        }
    }

    /// What a handler answers; `Date`, `Content-Length` and `Connection` are the server's to add.
    public struct Response: Sendable {
        /// 200 to 599; any other number is sent as 500.
        public var status: Int
        /// A field that would break out of the head (a line break in its value) is left out.
        public var fields: HTTPFields
        public var body: [UInt8]

        public init(status: Int = 200, fields: HTTPFields = [:], body: [UInt8] = []) {
            self.status = status
            self.fields = fields
            self.body = body
        }

        /// The same with those of `usual` whose names it does not have.
        func completed(by usual: HTTPFields) -> Response {
            guard !usual.list.isEmpty else { return self }
            var completed = self
            completed.fields.addMissing(usual)
            return completed
        }
    }

    /// How a handler answers.
    public enum Outcome: Sendable {
        /// At once, from the server's own thread, which serves nobody else until then.
        case now(Response)
        /// From an async function; the connection rests until it returns, and its client may be gone by then.
        case later(@Sendable () async -> Response)
        /// The head of the response at once, and then a body that is made while it is sent.
        case stream(Response, Stream)
    }
}
