import Rules
import Testing

@testable import Notifiers

@Suite struct SignatureTests {
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    let body = Array(#"{"test": 2432232314}"#.utf8)

    @Test func isThatOfTheStandardsOwnExample() throws {
        let key = try #require(SigningSecret(secret))
        let signature = Signature.value(id: id, seconds: 1_614_265_330, body: body, secrets: [key])
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func holdsOneForEachSecretWhileTheyRotate() throws {
        let old = try #require(SigningSecret(secret))
        let new = try #require(Crypto.makeSigningSecret().flatMap(SigningSecret.init))
        let value = Signature.value(id: id, seconds: 1_614_265_330, body: body, secrets: [new, old])
        #expect(value.split(separator: " ").count == 2)
        for secret in [old, new] {
            let check = Signature.check(
                id: id, timestamp: "1614265330", signature: value, body: body, secret: secret,
                at: Timestamp(milliseconds: 1_614_265_331_000))
            #expect(check == .ok)
        }
    }

    @Test(
        arguments: [
            ("1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", Signature.Check.ok),
            ("1614265331", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", .wrong),
            ("1614265330", "v1,AAAA", .wrong), ("1614265330", "", .wrong), ("today", "v1,AAAA", .missing),
        ] as [(String, String, Signature.Check)])
    func isCheckedAsAReceiverWould(timestamp: String, signature: String, expected: Signature.Check) throws {
        let check = Signature.check(
            id: id, timestamp: timestamp, signature: signature, body: body,
            secret: try #require(SigningSecret(secret)), at: Timestamp(milliseconds: 1_614_265_330_000))
        #expect(check == expected)
    }

    @Test func isStaleAfterFiveMinutes() throws {
        let check = Signature.check(
            id: id, timestamp: "1614265330", signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            body: body, secret: try #require(SigningSecret(secret)),
            at: Timestamp(milliseconds: 1_614_265_631_000))
        #expect(check == .stale)
    }

    @Test(arguments: ["", "whsec_", "whsec_AAAA", "whsec_!!!!", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"])
    func secretsOfAnotherFormAreRefused(text: String) {
        #expect(SigningSecret(text) == nil)
    }

    @Test(arguments: 0...66)
    func base64ReadsBackWhatItWrote(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }
}

/// Ed25519 signatures; the key pair and the signature were made with the Python package `cryptography`.
@Suite struct AsymmetricSignatureTests {
    let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    let body = Array(#"{"test": 2432232314}"#.utf8)
    private static let seed = "whsk_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
    private static let pair =
        "whsk_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyB5tVYuj+ZU+UB4sRLoqYunkB+FOuaVvtfg45ELrQSWZA=="
    private static let signature =
        "v1a,OVJuLC0iOuaBuQulpz9A/zDgvqV8z8miLUJk2j15ZMONwDNhOvPJ3rO4owAHFyjFq80+pUUjrNfTHAZs1RQnDw=="

    @Test(arguments: [Self.seed, Self.pair])
    func isThatOfAnotherImplementation(text: String) throws {
        let key = try #require(SigningSecret(text))
        let signature = Signature.value(id: id, seconds: 1_614_265_330, body: body, secrets: [key])
        #expect(signature == Self.signature)
        #expect(key.publicKey == "whpk_ebVWLo/mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ=")
        #expect(key == SigningSecret(Self.seed))
    }

    /// RFC 8032 §7.1, tests 1 to 3.
    @Test(
        arguments: [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
            (
                "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ] as [(String, String, String, String)])
    func isThatOfTheStandard(seed: String, publicKey: String, message: String, signature: String) {
        #expect(Crypto.ed25519PublicKey(seed: bytes(seed)) == bytes(publicKey))
        #expect(Crypto.ed25519Signature(bytes(message), seed: bytes(seed)) == bytes(signature))
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    @Test func standsBesideTheOtherKindWhileTheyRotate() throws {
        let (symmetric, key) = (try #require(SigningSecret(secret)), try #require(SigningSecret(Self.seed)))
        let value = Signature.value(id: id, seconds: 1_614_265_330, body: body, secrets: [key, symmetric])
        #expect(value == Self.signature + " v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        for secret in [symmetric, key] {
            let check = Signature.check(
                id: id, timestamp: "1614265330", signature: value, body: body, secret: secret,
                at: Timestamp(milliseconds: 1_614_265_330_000))
            #expect(check == .ok)
        }
    }

    @Test(arguments: [
        "whsk_", "whsk_AAAA", "whsk_!!!!", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        // The second half is not the public key of the first.
        pair.replacing("5tVYu", with: "5tVYv"),
    ])
    func keysOfAnotherFormAreRefused(text: String) {
        #expect(SigningSecret(text) == nil)
    }

    @Test func isNotShown() throws {
        let key = try #require(SigningSecret(Self.seed))
        for text in ["\(key)", String(reflecting: key)] { #expect(!text.contains("AQIDBAUG")) }
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("AQIDBAUG"))
    }
}
