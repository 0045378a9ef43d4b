import HTTP
import Rules
import Store

extension Webhook {
    /// How much of an answer is read and kept, in bytes.
    static let answerLimit = 4096

    /// The POST of one attempt at `delivery`, signed at the time it is made.
    func request(for delivery: Delivery, at now: Timestamp) -> HTTPRequest {
        let seconds = now.milliseconds / 1000
        let body = body(of: delivery)
        var fields = format.service.fields
        fields.add("webhook-id", delivery.messageID)
        fields.add("webhook-timestamp", String(seconds))
        fields.add("webhook-sequence", String(delivery.sequence))
        if !secrets.isEmpty {
            fields.add(
                "webhook-signature",
                Signature.value(
                    id: delivery.messageID, seconds: seconds, body: body, secrets: secrets))
        }
        for header in headers { fields[header.name] = header.value.revealed }
        return HTTPRequest(
            method: "POST", url: url.revealed, fields: fields, body: body, timeout: timeout,
            answerLimit: .cut(at: Self.answerLimit))
    }

    /// What is sent of a delivery, its address included.
    func body(of delivery: Delivery) -> [UInt8] {
        let address = Address(webhook: name, messageID: delivery.messageID)
        return format.service.addressed(delivery.body, to: address)
    }

    /// What the URL is known by in the database, where it must not stand: it may hold a token.
    var urlDigest: String { Crypto.sha256(Array(url.revealed.utf8)) }
}
