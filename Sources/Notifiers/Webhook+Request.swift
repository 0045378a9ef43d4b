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
        var request = HTTPRequest(
            method: method.rawValue, url: url.revealed, fields: fields, body: body, timeout: timeout,
            answerLimit: .cut(at: Self.answerLimit))
        request.apply(options)
        return request
    }

    /// What is sent of a delivery, its address included.
    func body(of delivery: Delivery) -> [UInt8] {
        let address = Address(webhook: name, messageID: delivery.messageID)
        return format.service.addressed(delivery.body, to: address)
    }

    /// What the URL is known by in the database, where it must not stand: it may hold a token.
    var urlDigest: String { Crypto.sha256(Array(url.revealed.utf8)) }
}

extension HTTPRequest {
    /// Has it made as the settings of its endpoint say.
    mutating func apply(_ options: RequestOptions) {
        if let authorization = options.authorization { fields["Authorization"] = authorization.revealed }
        tls = TLSOptions(options)
        proxy = options.proxy?.revealed
        policy = AddressPolicy(options)
    }
}

extension TLSOptions {
    init(_ options: RequestOptions) {
        self.init()
        authorities = options.authorities
        identity = options.identity.map { identity in
            Identity(
                certificate: identity.certificate, key: identity.key.revealed,
                keyPassword: identity.keyPassword?.revealed)
        }
    }
}

extension AddressPolicy {
    init(_ options: RequestOptions) { self = options.allowsPrivate ? .any : .publicOnly }
}
