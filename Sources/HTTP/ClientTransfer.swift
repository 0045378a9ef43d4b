internal import CCurl

/// One request under way: what is sent, what has come, and who waits for it.
@safe final class ClientTransfer {
    /// All header lines of all answers of one request, the redirects' and interim ones' included.
    private static let headLimit = 65_536

    /// Why the client itself failed a transfer that would have gone on.
    enum Stop {
        case bodyTooLong(allowed: Int)
        case headTooLong
    }

    let id: UInt64
    let request: HTTPRequest
    let handle: EasyHandle
    let deadline: ContinuousClock.Instant
    private let userAgent: String
    private let continuation: CheckedContinuation<HTTPReply, Never>
    private var lines: UnsafeMutablePointer<curl_slist>?

    private(set) var stop: Stop?
    private var isCut = false
    private var fields = HTTPFields()
    private var body: [UInt8] = []
    private var headBytes = 0
    private var headIsComplete = true

    init(_ submission: Submission, on handle: EasyHandle, userAgent: String) {
        id = submission.id
        request = submission.request
        continuation = submission.continuation
        deadline = .now + .milliseconds(submission.request.timeout.milliseconds)
        self.handle = handle
        self.userAgent = userAgent
    }

    deinit { unsafe curl_slist_free_all(lines) }

    /// The transfer that `prepare` tied to a handle.
    static func of(_ easy: UnsafeMutableRawPointer?) -> ClientTransfer? {
        var context: UnsafeMutablePointer<CChar>?
        guard unsafe ccurl_get_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK,
            let context = unsafe context
        else { return nil }
        return unsafe Unmanaged.fromOpaque(context).takeUnretainedValue()
    }

    /// Tells libcurl all about the request; a fault means that it must not be sent.
    ///
    /// libcurl holds the transfer's address until the handle is reset: the loop keeps the transfer until then.
    func prepare() -> HTTPFailure? {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        handle.setPolicy(userAgent: userAgent)
        handle.set(CURLOPT_URL, request.url)
        setMethod()
        for line in request.headerLines {
            guard let longer = unsafe curl_slist_append(lines, line) else {
                return HTTPFailure(.other, "no memory for the header fields")
            }
            unsafe lines = longer
        }
        unsafe handle.set(CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(lines))
        handle.set(CURLOPT_FOLLOWLOCATION, request.redirects > 0 ? 1 : 0)
        // libcurl takes -1 for any number.
        handle.set(CURLOPT_MAXREDIRS, min(max(0, request.redirects), Int(Int32.max)))
        handle.set(CURLOPT_TIMEOUT_MS, request.timeout.milliseconds)
        unsafe handle.set(CURLOPT_PRIVATE, context)
        unsafe handle.set(CURLOPT_HEADERDATA, context)
        unsafe handle.set(CURLOPT_HEADERFUNCTION, onHeaderLine)
        unsafe handle.set(CURLOPT_WRITEDATA, context)
        unsafe handle.set(CURLOPT_WRITEFUNCTION, onBody)
        guard handle.fault == CURLE_OK else {
            return HTTPFailure(.other, "libcurl refuses the request (error \(handle.fault.rawValue))")
        }
        return nil
    }

    private func setMethod() {
        switch request.method {
        case "GET" where request.body.isEmpty: handle.set(CURLOPT_HTTPGET, 1)
        case "HEAD" where request.body.isEmpty: handle.set(CURLOPT_NOBODY, 1)
        case "POST":
            handle.set(CURLOPT_POST, 1)
            handle.setBody(request.body)
        default:
            // PUT and PATCH carry a length even when they are empty (RFC 9110 §8.6).
            if !request.body.isEmpty || ["PUT", "PATCH"].contains(request.method) {
                handle.set(CURLOPT_POST, 1)
                handle.setBody(request.body)
            }
            handle.set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    /// What libcurl's result and the bytes that came amount to; asked before the handle is reset.
    func reply(to code: CURLcode) -> HTTPReply {
        guard code == CURLE_OK || isCut else { return .failure(failure(of: code)) }
        let status = handle.integer(CURLINFO_RESPONSE_CODE)
        return .answer(HTTPAnswer(status: status, fields: fields, body: body))
    }

    func finish(_ reply: HTTPReply) {
        continuation.resume(returning: reply)
    }

    /// Takes a line of a header block; false ends the transfer.
    fileprivate func takeHead(_ line: UnsafeRawBufferPointer) -> Bool {
        headBytes += line.count
        guard headBytes <= Self.headLimit else {
            stop = .headTooLong
            return false
        }
        let text = unsafe String(decoding: line, as: UTF8.self)
        if headIsComplete {
            // Only the last answer counts, not redirects or 1xx; what follows a body are trailers, no fields.
            guard text.hasPrefix("HTTP/") else { return true }
            fields = HTTPFields()
            headIsComplete = false
        } else if line.count <= 2 {
            headIsComplete = true
        } else if let (name, value) = HTTPRequest.splitField(text) {
            fields.add(name, value)
        }
        return true
    }

    /// Takes a piece of the decoded body; false ends the transfer.
    fileprivate func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch request.answerLimit {
        case .refuse(let limit):
            guard bytes.count <= limit - body.count else {
                stop = .bodyTooLong(allowed: limit)
                return false
            }
            unsafe body.append(contentsOf: bytes)
        case .cut(let limit):
            unsafe body.append(contentsOf: bytes.prefix(max(0, limit - body.count)))
            if body.count >= limit {
                isCut = true
                return false
            }
        }
        return true
    }
}

private func onHeaderLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<ClientTransfer>.fromOpaque(context).takeUnretainedValue()
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe transfer.takeHead(line) ? line.count : refused(line.count)
}

private func onBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<ClientTransfer>.fromOpaque(context).takeUnretainedValue()
    let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe transfer.takeBody(piece) ? piece.count : refused(piece.count)
}

/// Any number but the one given ends a transfer, 0 too when there was something to take.
private func refused(_ count: Int) -> Int { count == 0 ? 1 : 0 }
