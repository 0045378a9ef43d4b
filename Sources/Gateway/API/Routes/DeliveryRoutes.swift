import HTTP
import Rules
import Store

/// What was sent to whom, and what came of it.
enum DeliveryRoutes {
    static let all: [Route] = [
        .get(
            "/api/deliveries", "Deliveries, newest first; with 'after', what a receiver missed, oldest first."
        ) {
            (api, call) throws(Problem) in
            try list(api, call.request)
        },
        .get("/api/deliveries/{id}", "A delivery with its body and its attempts.") {
            (api, call) throws(Problem) in
            let number = try call.deliveryNumber()
            let report = try api.stored { (reader) throws(StoreError) in try reader.delivery(number) }
            guard let report else { throw .notFound("there is no delivery \(number)") }
            return .json { $0.report(report, withBody: true) }
        },
        Route("POST", "/api/deliveries/{id}/replay", .write, "Sends a delivery again, with the same id.") {
            (api, call) throws(Problem) in
            try api.act(.replay(delivery: try call.deliveryNumber())) { $0.deliveryAnswer }
        },
        Route("POST", "/api/deliveries/replay", .write, "Sends the dead deliveries of a webhook again.") {
            (api, call) throws(Problem) in
            try api.act(.replayAll(try DeliveryParameters.range(call.request.query))) { $0.deliveryAnswer }
        },
        Route("POST", "/api/webhooks/{name}/test", .write, "Sends a trial to a webhook, as an alert is.") {
            (api, call) throws(Problem) in
            try api.act(.test(webhook: call["name"], by: nil)) { $0.deliveryAnswer }
        },
    ]

    private static func list(_ api: API, _ request: HTTPServer.Request) throws(Problem) -> HTTPServer.Response
    {
        let query = try DeliveryParameters.query(request.query, now: api.now())
        let (page, more) = try api.stored { (reader) throws(StoreError) in
            try reader.deliveries(matching: query)
        }
        let isPull = query.after != nil
        var response = HTTPServer.Response.json { json in
            json.array { json in for delivery in page { json.delivery(delivery, withBody: isPull) } }
        }
        if more, let last = page.last {
            let place =
                isPull
                ? (name: "after", value: String(last.sequence))
                : (name: "cursor", value: Parameters.cursor(after: last.id, "d"))
            let all = request.query.filter { $0.name != place.name } + [place]
            let text = all.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }
            response.fields.add("link", "</api/deliveries?\(text.joined(separator: "&"))>; rel=\"next\"")
        }
        return response
    }
}

extension Call {
    /// The delivery number in the path.
    fileprivate func deliveryNumber() throws(Problem) -> Int64 {
        guard let number = Int64(self["id"]), number > 0 else {
            throw .notFound("'\(self["id"])' is no delivery number; they are whole numbers from 1")
        }
        return number
    }
}
