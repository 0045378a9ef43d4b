internal import CCurl

/// One request under way: what is sent, what has come, and who waits for it.
@safe final class ClientTransfer {
    /// All header lines of all answers of one request, the redirects' and interim ones' included.
    private static let headLimit = 65_536
    /// As much of a redirect's own body is read to keep its connection; nobody wants to have it.
    private static let skippedLimit = 65_536

    /// Why the client itself failed a transfer that would have gone on.
    enum Stop {
        case bodyTooLong(allowed: Int)
        case headTooLong
    }

    /// What comes after libcurl's result.
    enum Step {
        case done(HTTPReply)
        /// `request` is the next one to send, in the same way as the first.
        case again
    }

    let id: UInt64
    /// The one under way: after a redirect, that to where it led.
    private(set) var request: HTTPRequest
    let handle: EasyHandle
    let deadline: ContinuousClock.Instant
    private let userAgent: String
    private let continuation: CheckedContinuation<HTTPReply, Never>
    private var lines: UnsafeMutablePointer<curl_slist>?

    private(set) var stop: Stop?
    /// Of the request under way.
    private(set) var gate = AddressGate(.any)
    private var followed = 0
    /// Where the answer that is coming leads; nil when it is one to hand on.
    private var location: String?
    private var skipped = 0
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
        guard setFields() else { return HTTPFailure(.other, "no memory for the header fields") }
        handle.setProxy(request.proxy)
        handle.set(request.tls)
        if let fault = installGate() { return fault }
        handle.set(CURLOPT_TIMEOUT_MS, ContinuousClock.now.duration(to: deadline).milliseconds)
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

    private func installGate() -> HTTPFailure? {
        gate = AddressGate(request.policy)
        guard request.proxy == nil else {
            // The proxy alone knows the address, unless it stands in the URL.
            let peer = Peer(request.url)
            guard let address = NetworkAddress(peer.host), !gate.allows(address) else { return nil }
            return gate.failure(at: peer)
        }
        gate.install(on: handle)
        return nil
    }

    /// False when there is no memory for them.
    private func setFields() -> Bool {
        unsafe curl_slist_free_all(lines)
        unsafe lines = nil
        for line in request.headerLines {
            guard let longer = unsafe curl_slist_append(lines, line) else { return false }
            unsafe lines = longer
        }
        unsafe handle.set(CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(lines))
        return true
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
    func step(after code: CURLcode) -> Step {
        guard code == CURLE_OK || isCut else { return .done(.failure(failure(of: code))) }
        let status = handle.integer(CURLINFO_RESPONSE_CODE)
        guard let location else {
            return .done(.answer(HTTPAnswer(status: status, fields: fields, body: body)))
        }
        do throws(HTTPFailure) {
            try follow(location, status)
            return .again
        } catch {
            return .done(.failure(error))
        }
    }

    private func follow(_ location: String, _ status: Int) throws(HTTPFailure) {
        guard followed < request.redirects else {
            throw HTTPFailure(
                .tooManyRedirects, "\(Peer(request.url)) redirects more than \(request.redirects) times")
        }
        request = try request.redirected(to: location, by: status)
        if let fault = request.fault { throw fault }
        followed += 1
        (self.location, skipped, isCut) = (nil, 0, false)
    }

    var isRedirected: Bool { followed > 0 }

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
            let isRedirect = HTTPRequest.redirectStatuses.contains(handle.integer(CURLINFO_RESPONSE_CODE))
            location = isRedirect && request.redirects > 0 ? fields["location"] : nil
        } else if let (name, value) = HTTPRequest.splitField(text) {
            fields.add(name, value)
        }
        return true
    }

    /// Takes a piece of the decoded body; false ends the transfer.
    fileprivate func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard location == nil else {
            skipped += bytes.count
            isCut = skipped > Self.skippedLimit
            return !isCut
        }
        if let sink = request.sink, (200..<300).contains(handle.integer(CURLINFO_RESPONSE_CODE)) {
            isCut = unsafe !sink(Array(bytes))
            return !isCut
        }
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
