internal import CCrypto
public import Rules

/// The few things that libcrypto does for us, and nobody else calls it.
public enum Crypto {
    /// HMAC-SHA256 (RFC 2104) of `message`: 32 bytes.
    static func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        unsafe HMAC(
            EVP_sha256(), key, Int32(clamping: key.count), message, message.count, &code, &length)
        return code
    }

    /// The HMAC-SHA256 of `message` in hexadecimal.
    public static func signature(of message: String, key: Secret) -> String {
        hexadecimal(hmacSHA256(Array(message.utf8), key: Array(key.revealed.utf8)))
    }

    /// The Ed25519 signature (RFC 8032 §5.1.6) of `message`: 64 bytes, and nobody's when there is no memory for it.
    static func ed25519Signature(_ message: [UInt8], seed: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 64)
        var length = signature.count
        let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        let context = unsafe EVP_MD_CTX_new()
        defer {
            unsafe EVP_MD_CTX_free(context)
            unsafe EVP_PKEY_free(key)
        }
        guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { return signature }
        unsafe EVP_DigestSign(context, &signature, &length, message, message.count)
        return signature
    }

    /// The public key that belongs to a secret one, 32 bytes; nil unless `seed` has 32 bytes.
    static func ed25519PublicKey(seed: [UInt8]) -> [UInt8]? {
        let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        defer { unsafe EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: 32)
        var length = bytes.count
        return unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &length) == 1 ? bytes : nil
    }

    /// SHA-256 (FIPS 180-4) of `bytes` in hexadecimal.
    public static func sha256(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        unsafe EVP_Digest(bytes, bytes.count, &digest, &length, EVP_sha256(), nil)
        return hexadecimal(digest)
    }

    /// What is wrong with a certificate and the key that is to be its own.
    public enum IdentityFlaw: Sendable {
        case certificateUnreadable, keyUnreadable
        /// The key is another certificate's.
        case keyOfAnother
    }

    /// What is wrong with the first certificate of a text in PEM and the key of another; nil when they fit.
    public static func flaw(ofCertificate certificate: String, key: Secret) -> IdentityFlaw? {
        let (certificateBytes, keyBytes) = (Array(certificate.utf8), Array(key.revealed.utf8))
        let certificateText = unsafe BIO_new_mem_buf(
            certificateBytes, Int32(clamping: certificateBytes.count))
        let keyText = unsafe BIO_new_mem_buf(keyBytes, Int32(clamping: keyBytes.count))
        // An empty password, so that nobody is asked for one at a terminal.
        var noPassword: CChar = 0
        let parsed = unsafe PEM_read_bio_X509(certificateText, nil, nil, &noPassword)
        let parsedKey = unsafe PEM_read_bio_PrivateKey(keyText, nil, nil, &noPassword)
        defer {
            unsafe X509_free(parsed)
            unsafe EVP_PKEY_free(parsedKey)
            unsafe BIO_free(certificateText)
            unsafe BIO_free(keyText)
            ERR_clear_error()
        }
        guard unsafe parsed != nil else { return .certificateUnreadable }
        guard unsafe parsedKey != nil else { return .keyUnreadable }
        return unsafe X509_check_private_key(parsed, parsedKey) == 1 ? nil : .keyOfAnother
    }

    /// `count` unpredictable bytes in hexadecimal; nil when the system has no entropy to give.
    public static func randomHex(bytes count: Int) -> String? {
        var bytes = [UInt8](repeating: 0, count: count)
        guard unsafe RAND_bytes(&bytes, Int32(clamping: count)) == 1 else { return nil }
        return hexadecimal(bytes)
    }

    /// A new secret in the form of Standard Webhooks: `whsec_` and the base64 of 32 unpredictable bytes.
    public static func makeSigningSecret() -> String? {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard unsafe RAND_bytes(&bytes, 32) == 1 else { return nil }
        return "whsec_" + Base64.encode(bytes)
    }

    /// Whether two texts are the same, in a time that tells nothing of where they differ.
    public static func isSame(_ one: String, _ other: String) -> Bool {
        // Digests have one length, so that not even the lengths are compared in the open.
        let (one, other) = (Array(sha256(Array(one.utf8)).utf8), Array(sha256(Array(other.utf8)).utf8))
        return unsafe CRYPTO_memcmp(one, other, one.count) == 0
    }

    /// Which of `digests`, each as `sha256` gives it, is `digest`; all are looked at, in a time that tells nothing.
    public static func index(of digest: String, among digests: [String]) -> Int? {
        let wanted = Array(digest.utf8)
        var found: Int?
        for (index, other) in digests.enumerated() {
            let other = Array(other.utf8)
            guard other.count == wanted.count else { continue }
            if unsafe CRYPTO_memcmp(wanted, other, wanted.count) == 0 { found = index }
        }
        return found
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
