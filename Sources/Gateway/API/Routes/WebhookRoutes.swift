import HTTP
import Rules
import Store

/// How the receivers do, and what has not arrived there.
enum WebhookRoutes {
    static let all: [Route] = [
        .get(
            "/api/webhooks", "The webhooks and how their receivers do.",
            gives: .json(.list(.named("Webhook")))
        ) { (api, _) throws(Problem) in
            let (outbox, endpoints) = try api.stored { (reader) throws(StoreError) in
                (try reader.outbox(), try reader.endpoints())
            }
            return .json { json in
                json.array { json in
                    for webhook in api.health.webhooks {
                        let name = webhook.name
                        json.webhook(
                            webhook, outbox[name] ?? OutboxCount(), endpoints[name] ?? Endpoint(name),
                            at: api.now())
                    }
                }
            }
        },
        Route(
            "POST", "/api/webhooks/{name}/enable", .write, "Sends to a disabled webhook again.",
            gives: .json(.members(["enabled": .text]))
        ) {
            (api, call) throws(Problem) in
            let name = call["name"]
            guard api.health.webhooks.contains(where: { $0.name == name }) else {
                throw .notFound("rules.yaml has no webhook '\(name)'")
            }
            api.enable(name)
            return .now(.json { json in json.object { $0.member("enabled", name) } })
        },
    ]
}
