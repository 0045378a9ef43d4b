internal import CCurl

/// One libcurl easy handle, reused from request to request; freed with its owner.
@safe final class EasyHandle {
    let easy: UnsafeMutableRawPointer
    /// libcurl writes into it whenever it fails, so it lives exactly as long as the handle.
    private let errorText: UnsafeMutablePointer<CChar>
    /// The first option that was refused since the last reset.
    private(set) var fault: CURLcode = CURLE_OK

    init?() {
        guard let easy = unsafe curl_easy_init() else { return nil }
        unsafe self.easy = easy
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe errorText.deallocate()
    }

    /// Forgets all options and what libcurl points to, but keeps its buffers.
    func reset() {
        unsafe curl_easy_reset(easy)
        unsafe errorText[0] = 0
        fault = CURLE_OK
    }

    func set(_ option: CURLoption, _ value: Int) {
        note(unsafe ccurl_set_long(easy, option, value))
    }

    func set(_ option: CURLoption, _ value: String) {
        note(unsafe ccurl_set_string(easy, option, value))
    }

    /// Sets an option whose value libcurl keeps as an address.
    @unsafe func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
        note(unsafe ccurl_set_pointer(easy, option, value))
    }

    @unsafe func set(_ option: CURLoption, _ value: ccurl_data_callback) {
        note(unsafe ccurl_set_callback(easy, option, value))
    }

    func setOffset(_ option: CURLoption, _ value: Int) {
        note(unsafe ccurl_set_offset(easy, option, curl_off_t(value)))
    }

    @unsafe func setProgress(_ callback: curl_xferinfo_callback) {
        note(unsafe ccurl_set_progress_callback(easy, callback))
    }

    /// Sets an option to bytes, of which libcurl takes a copy.
    func set(_ option: CURLoption, blob bytes: [UInt8]) {
        note(unsafe ccurl_set_blob(easy, option, bytes, bytes.count))
    }

    @unsafe func setOpenSocket(_ callback: ccurl_socket_callback) {
        note(unsafe ccurl_set_socket_callback(easy, CURLOPT_OPENSOCKETFUNCTION, callback))
    }

    @unsafe func setPrerequisite(_ callback: curl_prereq_callback) {
        note(unsafe ccurl_set_prereq_callback(easy, callback))
    }

    /// Makes `body` the request's body; libcurl takes a copy.
    func setBody(_ body: [UInt8]) {
        note(unsafe ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, body.count))
        unsafe body.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return set(CURLOPT_COPYPOSTFIELDS, "") }
            note(unsafe ccurl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, start))
        }
    }

    /// Sets what is the same for every transfer.
    func setCommon(protocols: String) {
        unsafe set(CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
        set(CURLOPT_PROTOCOLS_STR, protocols)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_NOSIGNAL, 1)
        // A request that ends while its name is being resolved would else hold the thread until it is.
        set(CURLOPT_QUICK_EXIT, 1)
    }

    /// Sets what is the same for every request.
    func setPolicy(userAgent: String) {
        setCommon(protocols: "http,https")
        set(CURLOPT_USERAGENT, userAgent)
        // Redirects are followed by the transfer: libcurl would take fields along that are for one origin alone.
        set(CURLOPT_FOLLOWLOCATION, 0)
        // Empty: every encoding that libcurl was built with.
        set(CURLOPT_ACCEPT_ENCODING, "")
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Bodies of megabytes take a quarter of the reads that libcurl's 16 KiB need. It refuses to change a buffer
        // that a failed request left behind, which then does as well: no fault.
        unsafe ccurl_set_long(easy, CURLOPT_BUFFERSIZE, 65_536)
    }

    /// Sets the one proxy to use; the environment's, and its exceptions, are not ours.
    func setProxy(_ url: String?) {
        set(CURLOPT_PROXY, url ?? "")
        set(CURLOPT_NOPROXY, "")
        // What the proxy says on the way is no part of the answer.
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }

    func integer(_ info: CURLINFO) -> Int {
        var value = 0
        unsafe ccurl_get_long(easy, info, &value)
        return value
    }

    /// What libcurl says of the failure; it may quote the peer, so it is not for every description.
    var detail: String { unsafe String(cString: errorText) }

    private func note(_ code: CURLcode) {
        if fault == CURLE_OK { fault = code }
    }
}

extension EasyHandle {
    /// libcurl takes the bytes and not the names of files: a connection is then shared only by requests that have
    /// the same certificates, and a file that is being replaced is never read halfway.
    func set(_ tls: TLSOptions) {
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let authorities = tls.authorities {
            set(CURLOPT_CAINFO_BLOB, blob: Array(authorities.utf8))
            // The folder of the system's authorities would be trusted beside them.
            unsafe set(CURLOPT_CAPATH, nil)
        }
        if let identity = tls.identity {
            set(CURLOPT_SSLCERT_BLOB, blob: Array(identity.certificate.utf8))
            set(CURLOPT_SSLKEY_BLOB, blob: Array(identity.key.utf8))
            // Without a password OpenSSL would ask for one at the terminal.
            set(CURLOPT_KEYPASSWD, identity.keyPassword ?? "")
        }
    }
}
