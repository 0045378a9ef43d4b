import HTTP
import Rules
import Store

extension Webhook {
    /// How much of an answer is read and kept, in bytes.
    static let answerLimit = 4096

    /// The POST of one attempt at `delivery`, signed at the time it is made.
    func request(for delivery: Delivery, at now: Timestamp) -> HTTPRequest {
        let seconds = now.milliseconds / 1000
        var fields: HTTPFields = [
            "content-type": "application/json",
            "webhook-id": delivery.messageID,
            "webhook-timestamp": String(seconds),
            "webhook-sequence": String(delivery.sequence),
        ]
        if !secrets.isEmpty {
            fields.add(
                "webhook-signature",
                Signature.value(
                    id: delivery.messageID, seconds: seconds, body: delivery.body, secrets: secrets))
        }
        for header in headers { fields[header.name] = header.value.revealed }
        var request = HTTPRequest(
            method: method.rawValue, url: url.revealed, fields: fields, body: delivery.body, timeout: timeout,
            answerLimit: .cut(at: Self.answerLimit))
        request.apply(options)
        return request
    }

    /// What the URL is known by in the database, where it must not stand: it may hold a token.
    var urlDigest: String { Crypto.sha256(Array(url.revealed.utf8)) }
}

extension HTTPRequest {
    /// Has it made as the settings of its endpoint say.
    mutating func apply(_ options: RequestOptions) {
        if let authorization = options.authorization { fields["Authorization"] = authorization.revealed }
        tls.authorities = options.authorities
        tls.identity = options.identity.map { identity in
            TLSOptions.Identity(
                certificate: identity.certificate, key: identity.key.revealed,
                keyPassword: identity.keyPassword?.revealed)
        }
        proxy = options.proxy?.revealed
        policy = options.allowsPrivate ? .any : .publicOnly
    }
}
