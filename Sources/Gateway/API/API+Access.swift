import HTTP
import Notifiers
import Rules
import Store

/// Who asks, and whether they may.
extension API {
    /// Who makes a request; throws where that is nobody whom the API is open to.
    func caller(of request: HTTPServer.Request, from address: String) throws(Problem) -> Caller {
        if access.isOpen { return .anybody }
        if let text = Self.bearer(request) {
            let token = try token(text, from: address)
            return Caller(name: token.name, role: token.role, means: .bearer)
        }
        if let token = try sessionToken(of: request) {
            return Caller(name: token.name, role: token.role, means: .session)
        }
        throw .unauthorized(
            "send a token of rules.yaml as 'Authorization: Bearer TOKEN', or log in on the page")
    }

    /// What a request bears as a token.
    static func bearer(_ request: HTTPServer.Request) -> String? {
        guard let field = request.fields["authorization"], field.lowercased().hasPrefix("bearer ") else {
            return nil
        }
        return String(field.dropFirst(7))
    }

    /// The token that `text` is; after too many that were none, even a right one is not heard for a while.
    func token(_ text: String, from address: String) throws(Problem) -> AccessToken {
        if let token = access.token(text) {
            if let wait = access.tries.wait(of: address) { throw .tooManyTries(wait) }
            return token
        }
        let digest = Crypto.sha256(Array(text.utf8))
        if let wait = access.tries.note(wrong: digest, from: address) { throw .tooManyTries(wait) }
        throw .unauthorized("that is no token of rules.yaml; gateway token add NAME makes one")
    }

    /// The token of the session that a request bears; nil where it is over, or none.
    private func sessionToken(of request: HTTPServer.Request) throws(Problem) -> AccessToken? {
        guard let (_, token, text) = try session(of: request) else { return nil }
        let isOver = try stored { (reader) throws(StoreError) in
            try reader.isUsed(action: Self.digest(text))
        }
        return isOver ? nil : token
    }

    /// The session that a request bears and that has not expired, whose it is, and its text.
    func session(
        of request: HTTPServer.Request
    ) throws(Problem) -> (SessionCookie, AccessToken, text: String)? {
        guard let text = SessionCookie.text(of: request), let key = try sessionKey(),
            let (session, token) = access.session(text, signedWith: key), now() < session.expires
        else { return nil }
        return (session, token, text)
    }

    func sessionKey() throws(Problem) -> Secret? {
        try access.key { () throws(Problem) in
            try stored { (reader) throws(StoreError) in try reader.actionKey() }
        }
    }

    /// By which a session that was logged out is remembered.
    static func digest(_ session: String) -> String { Crypto.sha256(Array("session.\(session)".utf8)) }

    /// Refuses what a caller may not do, or what a page of another site has their browser do.
    func permit(_ caller: Caller, _ request: HTTPServer.Request, _ route: Route) throws(Problem) {
        if route.access == .write, caller.role < .write {
            throw Problem(
                status: 403, title: "Forbidden",
                detail: "this takes the role 'write', and the token '\(caller.shown)' has the role "
                    + "'\(caller.role.rawValue)'")
        }
        guard route.method != "GET" else { return }
        if caller.means != .bearer {
            try permitOrigin(of: request, isKnownToBeNeeded: caller.means == .session)
        }
        if route.bodyTypes.isEmpty, !request.body.isEmpty { try RequestBody.checkType(of: request) }
    }

    /// Refuses what comes from a page of another site, and, where it `isKnownToBeNeeded`, what does not say where it
    /// comes from: every browser that keeps a session does.
    func permitOrigin(of request: HTTPServer.Request, isKnownToBeNeeded: Bool) throws(Problem) {
        guard Origin.isOurs(request, publicURL: access.publicURL) ?? !isKnownToBeNeeded else {
            throw Problem(
                status: 403, title: "Forbidden",
                detail:
                    "a browser may send this from the gateway's own page only; behind a proxy that changes 'Host', set "
                    + "server: {public_url: …}. Programs send a token as 'Authorization: Bearer TOKEN'")
        }
    }
}

extension Problem {
    static func unauthorized(_ detail: String) -> Problem {
        Problem(
            status: 401, title: "Unauthorized", detail: detail, fields: ["www-authenticate": "Bearer"])
    }

    static func tooManyTries(_ wait: Duration) -> Problem {
        let seconds = max(1, (wait.wholeMilliseconds + 999) / 1000)
        return Problem(
            status: 429, title: "Too many tries",
            detail: "too many wrong tokens came from your address; try again in \(seconds) s",
            fields: ["retry-after": "\(seconds)"])
    }

    /// Whether it keeps somebody out.
    var isRefusal: Bool { status == 401 || status == 403 || status == 429 }
}
