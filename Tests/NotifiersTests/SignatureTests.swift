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
