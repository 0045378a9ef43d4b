extension HTTPRequest {
    /// The statuses that lead on (RFC 9110 §15.4); the rest of 3xx are answers.
    static let redirectStatuses: Set<Int> = [301, 302, 303, 307, 308]

    /// What is sent where a redirect leads: without what is secret when that is another origin.
    func redirected(to location: String, by status: Int) throws(HTTPFailure) -> HTTPRequest {
        guard let target = ParsedURL(url) else { throw HTTPFailure(.invalidURL, "the URL is not valid") }
        let origin = target.origin
        guard target.follow(location), let url = target.text else {
            throw HTTPFailure(.protocolViolation, "\(Peer(url)) redirects to a URL that is not valid")
        }
        guard ["http", "https"].contains(target.scheme) else {
            throw HTTPFailure(.protocolViolation, "\(Peer(self.url)) redirects to neither http nor https")
        }
        var next = self
        next.url = url
        if status == 303 && method != "HEAD" || [301, 302].contains(status) && method == "POST" {
            next.method = "GET"
            next.body = []
            next.fields["content-type"] = nil
        }
        if target.origin != origin {
            next.fields = fields.withoutSecrets
            next.tls.identity = nil
        }
        return next
    }
}
