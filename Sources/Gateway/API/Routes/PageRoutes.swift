import HTTP

/// The page for people, and the one that shows this API. They hold no data, so that nobody needs a token for them.
enum PageRoutes {
    static let all: [Route] = [
        .get("/", "The page: what is going on, and what was.", access: .open, gives: .text("text/html")) {
            (_, call) throws(Problem) in try file("index.html", call)
        },
        .get("/docs", "This API, as Swagger UI shows it.", access: .open, gives: .text("text/html")) {
            (_, call) throws(Problem) in try file("docs/index.html", call)
        },
        .get("/assets/{name}", "A file of the page.", access: .open, gives: files) {
            (_, call) throws(Problem) in try file(call["name"], call)
        },
        .get("/assets/{folder}/{name}", "A file of a part of the page.", access: .open, gives: files) {
            (_, call) throws(Problem) in try file(call["folder"] + "/" + call["name"], call)
        },
    ]

    private static let files = Route.Answer.text("text/javascript", "text/css", "image/svg+xml", "text/html")

    private static func file(_ name: String, _ call: Call) throws(Problem) -> HTTPServer.Response {
        guard let answer = PageFiles.answer(name) else {
            throw .notFound("the page has no file '\(name)'")
        }
        return call.unlessKnown(answer)
    }
}
