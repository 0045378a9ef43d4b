internal import CPage
import HTTP

/// The files of the page, from `Sources/Page`; they are part of the binary.
enum PageFiles {
    /// The file of a name below `/assets`, ready to be sent; nil when there is none.
    static func answer(_ name: String) -> HTTPServer.Response? { answers[name] }

    private static let answers: [String: HTTPServer.Response] = {
        var answers: [String: HTTPServer.Response] = [:]
        for index in 0..<cpage_count() {
            let file = unsafe cpage_file(index)
            let name = unsafe String(cString: file.name)
            answers[name] = answer(
                unsafe Array(UnsafeBufferPointer(start: file.bytes, count: file.size)), name: name)
        }
        return answers
    }()

    private static func answer(_ body: [UInt8], name: String) -> HTTPServer.Response {
        // A browser asks each time whether it has the file of this very build, and is mostly answered 304.
        var fields: HTTPFields = [
            "content-type": type(of: name), "cache-control": "no-cache", "etag": ETag.of(body),
            "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
        ]
        if name.hasSuffix(".html") { fields.add("content-security-policy", policy(of: name)) }
        return HTTPServer.Response(fields: fields, body: body)
    }

    /// What a page may load and do: its own files and this gateway, and nothing that stands in the page itself.
    private static func policy(of name: String) -> String {
        // Swagger UI brings pictures of its own, and writes the style of some elements into them.
        let style = name.hasPrefix("docs/") ? "style-src 'self' 'unsafe-inline'" : "style-src 'self'"
        return "default-src 'none'; script-src 'self'; \(style); img-src 'self' data:; connect-src 'self'; "
            + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    }

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "text/plain; charset=utf-8"
        }
    }
}
