/// Who makes a request, as far as that is known.
struct Caller: Hashable, Sendable {
    enum Means: Hashable, Sendable {
        /// No token is asked for.
        case open
        case bearer
        /// The session that a browser keeps.
        case session
    }

    /// The token's name; nil where none is asked for.
    let name: String?
    let role: Role
    let means: Means

    static let anybody = Caller(name: nil, role: .write, means: .open)

    /// Who stands in the audit.
    var shown: String { name ?? "open" }

    /// Who signs what is done unless the request names somebody; a token without a name of its own is nobody.
    var signature: String? { name == AccessToken.unnamed ? nil : name }
}
