import HTTP

/// Whether what a browser sends was sent by our own page.
///
/// A page of another site can have a browser send us requests, with our cookie where it is not kept back, or where no
/// token is asked for; but it cannot keep the browser from saying where they come from (Fetch Standard §3.2, Fetch
/// Metadata §2). The name by which it calls us is checked before (`ServerHosts`).
enum Origin {
    /// `publicURL` is where people reach the gateway: a proxy may have put another name into `Host`.
    static func isOurs(_ request: HTTPServer.Request, publicURL: String?) -> Bool? {
        if let site = request.fields["sec-fetch-site"] { return site == "same-origin" }
        guard let origin = request.fields["origin"]?.lowercased() else { return nil }
        let authority = origin.firstRange(of: "://").map { origin[$0.upperBound...] }
        if let authority, let host = request.fields["host"], authority == host.lowercased() { return true }
        guard let url = publicURL?.lowercased(), let start = url.firstRange(of: "://")?.upperBound else {
            return false
        }
        return origin == url[..<start] + url[start...].prefix { $0 != "/" }
    }
}
