import HTTP

/// What happens, as it happens.
enum EventRoutes {
    static let all: [Route] = [
        Route(
            "GET", "/api/events", .read,
            "Events as they are committed, as server-sent events; after 'Last-Event-ID' without a hole.",
            Input(
                Start(),
                [
                    .parameter(
                        "Last-Event-ID", .integer(0, .max), in: .header, "The last event that is known"
                    ) { (start, name, text, _) throws(Problem) in
                        start.after = try Parameters.number(name, text)
                    },
                    .number("after", \.first, "The same, for who cannot send the field"),
                ]), gives: .text("text/event-stream")
        ) { (api, _, start) throws(Problem) in
            guard let stream = api.feed.stream(after: start.after ?? start.first) else {
                throw Problem(
                    status: 503, title: "Busy",
                    detail: "\(EventFeed.mostListeners) streams are open; try again when one has ended",
                    fields: ["retry-after": "30"])
            }
            let head = HTTPServer.Response(
                fields: [
                    "content-type": "text/event-stream", "cache-control": "no-store",
                    "x-accel-buffering": "no",
                ])
            return .stream(head, stream)
        }
    ]

    /// Where to begin. The field counts for more: a browser sends it when it comes back to the same URL.
    private struct Start: Sendable {
        var after: Int64?
        var first: Int64?
    }
}
