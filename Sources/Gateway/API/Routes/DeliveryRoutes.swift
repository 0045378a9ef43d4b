import HTTP
import Rules
import Store

/// What was sent to whom, and what came of it.
enum DeliveryRoutes {
    static let all: [Route] = [
        .get(
            "/api/deliveries",
            "Deliveries, newest first; with 'after', what a receiver missed, oldest first.",
            input, gives: .json(.list(.named("Delivery")))
        ) { (api, call, query) throws(Problem) in try list(api, call, query) },
        .get(
            "/api/deliveries/{id}", "A delivery with its body and its attempts.",
            gives: .json(.named("DeliveryReport"))
        ) { (api, call) throws(Problem) in
            let number = try call.number(of: "delivery number")
            let report = try api.stored { (reader) throws(StoreError) in try reader.delivery(number) }
            guard let report else { throw .notFound("there is no delivery \(number)") }
            return .json { $0.report(report, withBody: true) }
        },
        Route(
            "POST", "/api/deliveries/{id}/replay", .write, "Sends a delivery again, with the same id.",
            gives: .json(.members(["delivery": .integer(1, .max)]), status: 202)
        ) { (api, call) throws(Problem) in
            try api.act(.replay(delivery: try call.number(of: "delivery number")), for: call) {
                $0.deliveryAnswer
            }
        },
        Route(
            "POST", "/api/deliveries/replay", .write, "Sends the dead deliveries of a webhook again.", replay,
            gives: .json(.members(["deliveries": .count, "overtaken": .count]), status: 202)
        ) { (api, call, replay) throws(Problem) in
            try api.act(.replayAll(try replay.range()), for: call) { $0.deliveryAnswer }
        },
        Route(
            "POST", "/api/webhooks/{name}/test", .write, "Sends a trial to a webhook, as an alert is.",
            gives: .json(.members(["delivery": .integer(1, .max)]), status: 202)
        ) { (api, call) throws(Problem) in
            try api.act(.test(webhook: call["name"], by: call.person(nil)), for: call) { $0.deliveryAnswer }
        },
    ]

    private static let input = Input(
        DeliveryQuery(),
        [
            .text("webhook", \.webhook, "The name of its webhook"),
            .choice("state", \.state, "How it stands"),
            .number("incident", \.incident, "The number of its incident"),
            .time("since", \.since, "Made at or after"),
            .number("after", \.after, "Of a webhook: with a higher sequence number, oldest first"),
            .limit(\.limit),
            .cursor("d", \.before),
        ])

    private static func list(
        _ api: API, _ call: Call, _ query: DeliveryQuery
    ) throws(Problem) -> HTTPServer.Response {
        if query.after != nil, query.webhook == nil {
            throw .badParameter("after", "sequence numbers are a webhook's own; give webhook= with after=")
        }
        let (page, more) = try api.stored { (reader) throws(StoreError) in
            try reader.deliveries(matching: query)
        }
        let isPull = query.after != nil
        var response = HTTPServer.Response.json { json in
            json.array { json in for delivery in page { json.delivery(delivery, withBody: isPull) } }
        }
        if more, let last = page.last {
            let link =
                isPull
                ? call.next("after", String(last.sequence))
                : call.next("cursor", Parameters.cursor(after: last.id, "d"))
            response.fields.add("link", link)
        }
        return response
    }

    /// What to replay: of one webhook, in one state, between two numbers.
    private struct Replay: Sendable {
        var webhook: String?
        var state: Delivery.State?
        var from: Int64?
        var to: Int64?

        func range() throws(Problem) -> ReplayRange {
            guard let webhook else {
                throw .badParameter("webhook", "give webhook=NAME, whose deliveries are to be sent again")
            }
            let (wanted, first, last) = (state ?? .dead, from ?? 0, to ?? .max)
            guard wanted == .dead || wanted == .delivered else {
                throw .badParameter("state", "what is over is replayed: dead or delivered")
            }
            guard first <= last else { throw .badParameter("to", "'to' lies before 'from'") }
            return ReplayRange(webhook: webhook, state: wanted, ids: first...last)
        }
    }

    private static let replay = Input(
        Replay(),
        [
            .text("webhook", \.webhook, "The webhook whose deliveries are sent again; to be given"),
            .choice("state", \.state, "Those that are `dead`, or `delivered`; dead unless told"),
            .number("from", \.from, "From that number on"),
            .number("to", \.to, "Up to that number"),
        ])
}
