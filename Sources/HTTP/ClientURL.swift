internal import CCurl

/// A URL as libcurl itself takes it apart, so that no two opinions on it exist.
@safe final class ParsedURL {
    private let url: OpaquePointer

    /// Nil when it is not valid; its scheme may be any.
    init?(_ text: String) {
        guard let url = unsafe curl_url() else { return nil }
        unsafe self.url = url
        guard unsafe curl_url_set(url, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME)) == CURLUE_OK
        else { return nil }
    }

    deinit { unsafe curl_url_cleanup(url) }

    /// Goes where `reference`, which may be relative, leads from here; false when that is no URL.
    func follow(_ reference: String) -> Bool {
        let (user, password, origin) = (part(CURLUPART_USER), part(CURLUPART_PASSWORD), origin)
        let flags = UInt32(CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_ALLOW_SPACE)
        guard unsafe curl_url_set(url, CURLUPART_URL, reference, flags) == CURLUE_OK else { return false }
        if self.origin == origin, part(CURLUPART_USER) == nil {
            unsafe curl_url_set(url, CURLUPART_USER, user, 0)
            unsafe curl_url_set(url, CURLUPART_PASSWORD, password, 0)
        }
        return true
    }

    var text: String? { part(CURLUPART_URL) }
    var scheme: String? { part(CURLUPART_SCHEME) }
    var host: String? { part(CURLUPART_HOST) }
    var port: String? { part(CURLUPART_PORT) }

    /// Scheme, host and port (RFC 6454 §4): what a secret is for.
    var origin: [String] { [scheme ?? "", host?.lowercased() ?? "", port ?? ""] }

    private func part(_ part: CURLUPart) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        let flags = UInt32(CURLU_NON_SUPPORT_SCHEME | (part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0))
        guard unsafe curl_url_get(url, part, &text, flags) == CURLUE_OK else { return nil }
        defer { unsafe curl_free(text) }
        return unsafe text.map { unsafe String(cString: $0) }
    }
}

/// The host and port of a URL, which is all of it that a description may show.
struct Peer: CustomStringConvertible {
    let host: String
    private let port: String?

    init(_ text: String) {
        let url = ParsedURL(text)
        host = String((url?.host ?? "the host").prefix(255))
        port = url?.port
    }

    var description: String { port.map { "\(host):\($0)" } ?? host }
}
