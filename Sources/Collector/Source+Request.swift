import HTTP
import Rules

extension Source {
    /// The request of a poll. What the user set is for the source alone: a redirect to another host is asked without it.
    var request: HTTPRequest {
        var fields: HTTPFields = ["Accept": accepted]
        for name in Set(headers.map(\.name)) { fields[name] = nil }
        for header in headers { fields.add(header.name, header.value.revealed, isSecret: true) }
        var request = HTTPRequest(
            url: url, fields: fields, timeout: timeout, redirects: 3,
            answerLimit: .refuse(beyond: 64 * 1024 * 1024))
        request.apply(options)
        return request
    }

    private var accepted: String {
        format.mayBeJSON
            ? "application/json, text/plain;q=0.5"
            : "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0;q=0.8, */*;q=0.1"
    }
}

extension HTTPRequest {
    /// Has it made as the settings of its endpoint say.
    mutating func apply(_ options: RequestOptions) {
        if let authorization = options.authorization {
            fields["Authorization"] = authorization.field.revealed
        }
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
