import HTTP
import Rules
import Store

/// Logging in and out, for browsers.
enum SessionRoutes {
    static let all: [Route] = [
        Route(
            "GET", "/api/session", .open,
            "Who asks, and what they may do; 401 for whom the API is not open to.",
            gives: .json(.named("Session"))
        ) { (api, call) throws(Problem) in
            .now(.session(try api.caller(of: call.request, from: call.address)))
        }.refusing(.unauthorized, .tooManyTries),
        Route(
            "POST", "/api/session", .open,
            "Logs a browser in: it keeps a cookie, for no script to see, that stands for the token.",
            Input(Login(), [.memberText("token", atMost: 500, \.token, "The token; to be given")]),
            gives: .json(.named("Session"))
        ) { (api, call, login) throws(Problem) in try logIn(api, call, login.token) }
        .refusing(.unauthorized, .forbidden, .tooManyTries),
        Route(
            "DELETE", "/api/session", .open, "Logs a browser out; its cookie is good for nothing any more.",
            gives: Route.Answer(status: 204, contents: [])
        ) { (api, call) throws(Problem) in try logOut(api, call) }.refusing(.forbidden),
    ]

    private struct Login: Sendable {
        var token: String?
    }

    private static func logIn(
        _ api: API, _ call: Call, _ text: String?
    ) throws(Problem) -> HTTPServer.Outcome {
        // Otherwise another site could have somebody work under a name that is not theirs.
        try api.permitOrigin(of: call.request, isKnownToBeNeeded: false)
        guard !api.access.isOpen else {
            _ = call.slip?.take()
            return .now(.session(.anybody))
        }
        guard let text else { throw .badMember("token", "give the token: {\"token\": \"…\"}") }
        let token = try api.token(text, from: call.address)
        guard let key = try api.sessionKey() else {
            throw Problem(
                status: 503, title: "No sessions",
                detail:
                    "the gateway is still starting, or had no entropy for the key of sessions; send the token "
                    + "with each request"
            )
        }
        let session = SessionCookie(for: token, at: api.now())
        var response = HTTPServer.Response.session(
            Caller(name: token.name, role: token.role, means: .session))
        response.fields.add(
            "set-cookie",
            SessionCookie.setting(
                session.text(signedWith: key, for: token), isSecure: api.access.isSecure(call.request)))
        call.slip?.name(token.name)
        return .now(response)
    }

    private static func logOut(_ api: API, _ call: Call) throws(Problem) -> HTTPServer.Outcome {
        try api.permitOrigin(of: call.request, isKnownToBeNeeded: false)
        let forgotten = HTTPServer.Response(
            status: 204,
            fields: [
                "set-cookie": SessionCookie.setting(nil, isSecure: api.access.isSecure(call.request))
            ])
        guard let (session, _, text) = try api.session(of: call.request) else {
            _ = call.slip?.take()
            return .now(forgotten)
        }
        call.slip?.name(session.token)
        return .later { [end = api.endSession] in
            do throws(StoreError) { try await end(API.digest(text), session.expires) } catch {
                // It would go on for whoever has a copy of it.
                return Problem.store(error.description).response
            }
            return forgotten
        }
    }
}

extension HTTPServer.Response {
    fileprivate static func session(_ caller: Caller) -> HTTPServer.Response {
        .json { json in
            json.object { json in
                json.member("name", caller.name)
                json.member("role", caller.role.rawValue)
                json.member("open", caller.means == .open)
            }
        }
    }
}
