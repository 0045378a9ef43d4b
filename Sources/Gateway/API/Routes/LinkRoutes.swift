import HTTP
import Notifiers
import Rules
import Store

/// The links of messages. To look at one does nothing, as programs that scan messages do; only its form acts.
enum LinkRoutes {
    static let all: [Route] = [
        .get(
            "/actions/{token}", "The page that asks before a link of a message acts.", access: .open,
            gives: .text("text/html")
        ) {
            (api, call) throws(Problem) in
            do throws(Problem) {
                let token = try token(api, call)
                return Page.question(token, label: try api.label(of: token.incident))
            } catch { return Page.problem(error) }
        },
        Route(
            "POST", "/actions/{token}", .open, "Does what a link of a message says, once.",
            gives: .text("text/html")
        ) {
            (api, call) throws(Problem) in
            do throws(Problem) {
                let token = try token(api, call)
                if let error = api.health.storeError { throw .store(error.description) }
                call.slip?.name("a link sent to \(token.webhook)")
                return .later { [perform = api.perform, entry = call.slip?.take()] in
                    switch await perform(.redeem(token, text: call["token"]), entry) {
                    case .success: Page.done(token)
                    case .failure(let refusal): Page.problem(Problem(refusal))
                    }
                }
            } catch { return .now(Page.problem(error)) }
        },
    ]

    private static func token(_ api: API, _ call: Call) throws(Problem) -> ActionToken {
        let text = call["token"]
        let (key, isUsed) = try api.stored { (reader) throws(StoreError) in
            (try reader.actionKey(), try reader.isUsed(action: Crypto.sha256(Array(text.utf8))))
        }
        guard let key, let token = ActionToken(text, signedWith: Secret(key)) else {
            throw .notFound("this link is none of this gateway's, or not whole")
        }
        guard api.now() < token.expires else {
            throw Problem(
                status: 410, title: "Expired", detail: "this link has expired; open the incident instead")
        }
        guard !isUsed else {
            throw Problem(status: 410, title: "Used", detail: "this link was used already; each works once")
        }
        return token
    }
}

extension API {
    /// An incident in words; a link may outlive it.
    fileprivate func label(of number: Int64) throws(Problem) -> String {
        let record = try stored { (reader) throws(StoreError) in try reader.record(of: number) }
        guard let incident = record?.incident else { throw .notFound("there is no incident \(number)") }
        return "incident \(number): \(incident.rule) on \(incident.machine) (\(incident.status.rawValue))"
    }
}

/// Plain pages for people, without a script and without anything from elsewhere.
private enum Page {
    static func question(_ token: ActionToken, label: String) -> HTTPServer.Response {
        page(
            title: "\(token.verb)?",
            "<p>\(escaped(label))</p><form method=\"post\"><button>\(token.verb)</button></form>")
    }

    static func done(_ token: ActionToken) -> HTTPServer.Response {
        page(title: "Done", "<p>\(token.past) incident \(token.incident).</p>")
    }

    static func problem(_ problem: Problem) -> HTTPServer.Response {
        page(status: problem.status, title: problem.title, "<p>\(escaped(problem.detail)).</p>")
    }

    private static func page(status: Int = 200, title: String, _ body: String) -> HTTPServer.Response {
        let text = """
            <!doctype html><html lang="en"><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width, initial-scale=1">\
            <title>\(escaped(title))</title><h1>\(escaped(title))</h1>\(body)</html>

            """
        return HTTPServer.Response(
            status: status,
            fields: [
                "content-type": "text/html; charset=utf-8", "cache-control": "no-store",
                "content-security-policy":
                    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                // The URL is the key; it is not to be told to anybody.
                "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
                "x-robots-tag": "noindex",
            ], body: Array(text.utf8))
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}

extension ActionToken {
    fileprivate var verb: String {
        switch action {
        case .acknowledge: "Acknowledge"
        case .resolve: "Resolve"
        case .silence: "Silence for 1 hour"
        }
    }

    fileprivate var past: String {
        switch action {
        case .acknowledge: "Acknowledged"
        case .resolve: "Resolved"
        case .silence: "Silenced for 1 hour:"
        }
    }
}
