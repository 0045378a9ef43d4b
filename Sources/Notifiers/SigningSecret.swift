public import Rules

/// A key that signs requests, in the form of Standard Webhooks 1.0.
///
/// `whsec_` and the base64 of 24 to 64 bytes is one that the receiver has too; `whsk_` and that of an Ed25519 secret
/// key is for us alone, and the receiver has the public key that belongs to it.
public struct SigningSecret: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case symmetric
        /// The key is kept as its seed of 32 bytes (RFC 8032 §5.1.5).
        case ed25519
    }

    let kind: Kind
    /// In base64, without the prefix.
    public let key: Secret

    /// Nil unless `text` is of one of the forms; `whsec_` may be left out.
    public init?(_ text: String) {
        if text.hasPrefix("whsk_") {
            guard let bytes = Base64.decode(String(text.dropFirst(5))), let seed = Self.seed(of: bytes) else {
                return nil
            }
            (kind, key) = (.ed25519, Secret(Base64.encode(seed)))
        } else {
            let body = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : text
            guard let bytes = Base64.decode(body), (24...64).contains(bytes.count) else { return nil }
            (kind, key) = (.symmetric, Secret(body))
        }
    }

    /// `whpk_` and the base64 of the public key, for the receiver to verify with; nil when both sides share one.
    public var publicKey: String? {
        switch kind {
        case .symmetric: nil
        case .ed25519: Crypto.ed25519PublicKey(seed: bytes).map { "whpk_" + Base64.encode($0) }
        }
    }

    /// The signature of `message`, after the identifier of its scheme.
    func signature(of message: [UInt8]) -> String {
        switch kind {
        case .symmetric: "v1," + Base64.encode(Crypto.hmacSHA256(message, key: bytes))
        case .ed25519: "v1a," + Base64.encode(Crypto.ed25519Signature(message, seed: bytes))
        }
    }

    private var bytes: [UInt8] { Base64.decode(key.revealed) ?? [] }

    /// The standard leaves open how long the key is: some write the seed, some the public key after it.
    private static func seed(of bytes: [UInt8]) -> [UInt8]? {
        let seed = Array(bytes.prefix(32))
        switch bytes.count {
        case 32: return seed
        case 64: return Crypto.ed25519PublicKey(seed: seed) == Array(bytes[32...]) ? seed : nil
        default: return nil
        }
    }
}
