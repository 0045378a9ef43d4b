internal import CCurl
import Synchronization

/// One mail under way.
@safe final class MailTransfer {
    /// All that a server says while it takes one mail.
    private static let saidLimit = 65_536

    /// Whether the mail is not wanted any more.
    final class Cancellation: Sendable {
        private let flag = Atomic(false)
        var isCancelled: Bool { flag.load(ordering: .relaxed) }
        func cancel() { flag.store(true, ordering: .relaxed) }
    }

    let cancellation = Cancellation()
    private let mail: Mail
    private let handle: EasyHandle
    private let gate: AddressGate
    private var recipients: UnsafeMutablePointer<curl_slist>?
    private var sent = 0
    private var said = 0
    private var replies = SMTPReplies()

    /// Throws when libcurl cannot take the mail.
    init(_ mail: Mail) throws(HTTPFailure) {
        guard ClientLoop.curlIsReady, let handle = EasyHandle() else {
            throw HTTPFailure(.other, "no memory for a mail")
        }
        self.mail = mail
        self.handle = handle
        gate = AddressGate(mail.policy)
        for address in mail.to {
            guard let longer = unsafe curl_slist_append(recipients, "<\(address)>") else {
                throw HTTPFailure(.other, "no memory for a mail")
            }
            unsafe recipients = longer
        }
    }

    deinit { unsafe curl_slist_free_all(recipients) }

    /// Sends the mail; blocks until there is an answer or none is to be had.
    func perform() -> MailReply {
        prepare()
        guard handle.fault == CURLE_OK else {
            return .failure(HTTPFailure(.other, "libcurl refuses the mail (error \(handle.fault.rawValue))"))
        }
        let code = unsafe curl_easy_perform(handle.easy)
        let reply = reply(to: code)
        handle.reset()
        return reply
    }

    private func prepare() {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        handle.setCommon(protocols: "smtp,smtps")
        handle.set(CURLOPT_URL, mail.url)
        handle.set(CURLOPT_USE_SSL, Int(mail.isLocal ? CURLUSESSL_NONE.rawValue : CURLUSESSL_ALL.rawValue))
        handle.set(mail.tls)
        handle.setProxy(nil)
        gate.install(on: handle)
        if let credentials = mail.credentials {
            handle.set(CURLOPT_USERNAME, credentials.user)
            handle.set(CURLOPT_PASSWORD, credentials.password)
        }
        // libcurl does not compare what secured a connection that began in the clear.
        handle.set(CURLOPT_FRESH_CONNECT, 1)
        handle.set(CURLOPT_FORBID_REUSE, 1)
        handle.set(CURLOPT_TIMEOUT_MS, mail.timeout.milliseconds)
        handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, (mail.timeout.milliseconds + 999) / 1000)
        handle.set(CURLOPT_MAIL_FROM, "<\(mail.from)>")
        unsafe handle.set(CURLOPT_MAIL_RCPT, UnsafeMutableRawPointer(recipients))
        handle.set(CURLOPT_UPLOAD, 1)
        handle.setOffset(CURLOPT_INFILESIZE_LARGE, mail.message.count)
        unsafe handle.set(CURLOPT_READDATA, context)
        unsafe handle.set(CURLOPT_READFUNCTION, onRead)
        unsafe handle.set(CURLOPT_HEADERDATA, context)
        unsafe handle.set(CURLOPT_HEADERFUNCTION, onReplyLine)
        handle.set(CURLOPT_NOPROGRESS, 0)
        unsafe handle.set(CURLOPT_XFERINFODATA, context)
        unsafe handle.setProgress(onProgress)
    }

    private func reply(to code: CURLcode) -> MailReply {
        if code == CURLE_OK { return .accepted(replies.last?.text ?? "") }
        let peer = Peer(mail.url)
        if cancellation.isCancelled { return .failure(.cancelled) }
        if said > Self.saidLimit {
            return .failure(HTTPFailure(.protocolViolation, "what \(peer) says is longer than 64 KiB"))
        }
        if let failure = gate.failure(at: peer) { return .failure(failure) }
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return .failure(HTTPFailure(.timeout, "no answer from \(peer) within \(mail.timeout.short)"))
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: break
        default:
            if let last = replies.last, last.code >= 400 { return .refused(code: last.code, last.text) }
        }
        return .failure(failure(of: code, at: peer))
    }

    private func failure(of code: CURLcode, at peer: Peer) -> HTTPFailure {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            HTTPFailure(.unresolvedHost, "the name \(peer.host) does not resolve")
        case CURLE_COULDNT_CONNECT: handle.cannotConnect(to: peer)
        case CURLE_USE_SSL_FAILED:
            HTTPFailure(.tls, "\(peer) does not offer STARTTLS; use a port where it does, or smtps://")
        case CURLE_LOGIN_DENIED:
            HTTPFailure(.other, "\(peer) offers no way to log in that is known here")
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE:
            HTTPFailure(.connectionLost, "the connection to \(peer) broke off")
        case CURLE_WEIRD_SERVER_REPLY:
            HTTPFailure(.protocolViolation, "\(peer) does not answer in SMTP")
        default: handle.secureFailure(of: code, at: peer)
        }
    }

    /// Copies the next piece of the message out, and returns its length.
    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let piece = mail.message[sent...].prefix(buffer.count)
        unsafe buffer.copyBytes(from: piece)
        sent += piece.count
        return piece.count
    }

    /// Takes a line of a reply; false ends the transfer.
    fileprivate func take(_ line: UnsafeRawBufferPointer) -> Bool {
        said += line.count
        guard said <= Self.saidLimit else { return false }
        replies.take(unsafe String(decoding: line, as: UTF8.self))
        return true
    }
}

/// What a mail server has said, line by line (RFC 5321 §4.2).
struct SMTPReplies {
    /// The last reply but for the farewell, which may come to what was refused and to what was not.
    private(set) var last: (code: Int, text: String)?
    private var isComplete = true

    mutating func take(_ line: String) {
        guard let code = Int(line.prefix(3)), code != 221 else { return }
        let printable = line.unicodeScalars.dropFirst(4).filter { $0.value >= 0x20 && $0.value != 0x7F }
        let text = String(String.UnicodeScalarView(printable))
        last = isComplete ? (code, text) : (code, [last?.text ?? "", text].joined(separator: " "))
        isComplete = !line.dropFirst(3).hasPrefix("-")
    }
}

private func onRead(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
    return unsafe transfer.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

private func onReplyLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context = unsafe context else { return 0 }
    let transfer = unsafe Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
    return unsafe transfer.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

/// Asked about once a second; anything but 0 ends the transfer.
private func onProgress(
    _ context: UnsafeMutableRawPointer?, _ toCome: curl_off_t, _ came: curl_off_t, _ toGo: curl_off_t,
    _ gone: curl_off_t
) -> Int32 {
    guard let context = unsafe context else { return 1 }
    let transfer = unsafe Unmanaged<MailTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.cancellation.isCancelled ? 1 : 0
}
