internal import CCurl
import Glibc

extension HTTPFailure {
    static let cancelled = HTTPFailure(.cancelled, "the request was cancelled")
    static let closed = HTTPFailure(.cancelled, "the HTTP client is closed")
}

extension ClientTransfer {
    /// A result of libcurl in words; they name the host and what happened, never more of the URL.
    func failure(of code: CURLcode) -> HTTPFailure {
        let peer = Peer(request.url)
        if let stop { return failure(of: stop, from: peer) }
        if let failure = proxyFailure(of: code, to: peer) { return failure }
        switch code {
        case CURLE_URL_MALFORMAT where isRedirected:
            return HTTPFailure(.protocolViolation, "the answer redirects to a URL that is not valid")
        case CURLE_URL_MALFORMAT: return HTTPFailure(.invalidURL, "the URL is not valid")
        case CURLE_COULDNT_RESOLVE_HOST:
            return HTTPFailure(.unresolvedHost, "the name \(peer.host) does not resolve")
        case CURLE_COULDNT_CONNECT, CURLE_ABORTED_BY_CALLBACK:
            return gate.failure(at: peer) ?? handle.cannotConnect(to: peer)
        case CURLE_OPERATION_TIMEDOUT: return timedOut(peer)
        case CURLE_GOT_NOTHING:
            return HTTPFailure(.connectionLost, "\(peer) closed the connection without an answer")
        case CURLE_SEND_ERROR: return HTTPFailure(.connectionLost, "the connection to \(peer) broke off")
        case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR:
            return HTTPFailure(.connectionLost, "the answer of \(peer) broke off")
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:
            return HTTPFailure(.protocolViolation, "\(peer) does not answer in HTTP")
        case CURLE_BAD_CONTENT_ENCODING, CURLE_WRITE_ERROR:
            return HTTPFailure(.protocolViolation, "the body from \(peer) does not decode")
        case CURLE_HTTP2, CURLE_HTTP2_STREAM:
            return HTTPFailure(.protocolViolation, "\(peer) breaks the rules of HTTP/2")
        case CURLE_OUT_OF_MEMORY:
            // libcurl says so of a header line longer than it takes, too.
            return HTTPFailure(.protocolViolation, "the answer of \(peer) is larger than libcurl takes")
        default: return handle.secureFailure(of: code, at: peer)
        }
    }

    private func failure(of stop: Stop, from peer: Peer) -> HTTPFailure {
        switch stop {
        case .bodyTooLong(let limit):
            HTTPFailure(.bodyTooLong, "the body from \(peer) is longer than the \(limit) bytes allowed")
        case .headTooLong:
            HTTPFailure(.protocolViolation, "the header fields from \(peer) are longer than 64 KiB")
        }
    }

    /// What a request's own proxy did.
    private func proxyFailure(of code: CURLcode, to peer: Peer) -> HTTPFailure? {
        guard let proxy = request.proxy.map(Peer.init) else { return nil }
        switch code {
        case CURLE_COULDNT_RESOLVE_PROXY:
            return HTTPFailure(.proxy, "the name of the proxy \(proxy.host) does not resolve")
        case CURLE_COULDNT_CONNECT:
            return HTTPFailure(.proxy, "the proxy: \(handle.cannotConnect(to: proxy).description)")
        case CURLE_PROXY:
            return HTTPFailure(.proxy, "the proxy \(proxy) does not connect to \(peer)")
        default:
            let status = handle.integer(CURLINFO_HTTP_CONNECTCODE)
            guard status >= 300 else { return nil }
            let cure = status == 407 ? "; give its user and password in the proxy's URL" : ""
            return HTTPFailure(
                .proxy, "the proxy \(proxy) does not connect to \(peer) (status \(status))\(cure)")
        }
    }

    private func timedOut(_ peer: Peer) -> HTTPFailure {
        let hasBegun = handle.integer(CURLINFO_RESPONSE_CODE) != 0
        let what = hasBegun ? "no complete answer" : "no answer"
        return HTTPFailure(.timeout, "\(what) from \(peer) within \(request.timeout.short)")
    }
}

extension EasyHandle {
    func secureFailure(of code: CURLcode, at peer: Peer) -> HTTPFailure {
        switch code {
        case CURLE_PEER_FAILED_VERIFICATION:
            return HTTPFailure(.tls, "TLS: the certificate of \(peer) is not trusted\(reason)")
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_SHUTDOWN_FAILED,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE:
            return HTTPFailure(.tls, "TLS: no secure connection to \(peer)\(reason)")
        default: return HTTPFailure(.other, "the request to \(peer) failed (libcurl error \(code.rawValue))")
        }
    }

    func cannotConnect(to peer: Peer) -> HTTPFailure {
        switch Int32(truncatingIfNeeded: integer(CURLINFO_OS_ERRNO)) {
        case ECONNREFUSED: HTTPFailure(.connectionRefused, "connection refused by \(peer)")
        case ENETUNREACH: HTTPFailure(.connectionRefused, "no route to the network of \(peer)")
        case EHOSTUNREACH: HTTPFailure(.connectionRefused, "no route to \(peer)")
        case let code: HTTPFailure(.connectionRefused, "cannot connect to \(peer) (system error \(code))")
        }
    }

    /// OpenSSL's reason, in which the only outside text is a host's name; made safe for one line of a log.
    private var reason: String {
        let text = detail.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }.prefix(200)
        return text.isEmpty ? "" : " (\(String(String.UnicodeScalarView(text))))"
    }
}
