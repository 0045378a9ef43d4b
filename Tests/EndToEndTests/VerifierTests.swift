import Foundation
import Notifiers
import TestSupport
import Testing

/// The signature in the eyes of a verifier that we did not write: the PyPI package `standardwebhooks`.
@Suite struct VerifierTests {
    /// Made by `scripts/setup test`.
    static let python =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path + "/.tools/python/bin/python"

    @Test func aWebhookOfTheGatewayIsVerifiedByTheStandardsOwnPackage() async throws {
        let fleet = try TestFleet(machines: 1) { _ in 97 }
        let receiver = try TestReceiver()
        let folder = try TemporaryFolder()
        try folder.write(rules(fleet, receiver), to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        await receiver.received(1)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        let webhook = try #require(receiver.webhooks.first)
        try folder.write(String(decoding: webhook.body, as: UTF8.self), to: "body")
        let script = """
            import sys
            from standardwebhooks.webhooks import Webhook
            _, path, secret, id, timestamp, signature = sys.argv
            headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}
            body = open(path).read()
            print(Webhook(secret).verify(body, headers)["type"])
            try:
                Webhook(secret).verify(body.replace("97", "98"), headers)
            except Exception as error:
                print(type(error).__name__)
            """
        let arguments = [
            "-c", script, folder.path + "/body", TestReceiver.secret, webhook.id, webhook.timestamp,
            webhook.signature,
        ]
        #expect(try await Self.output(arguments) == "incident.opened\nWebhookVerificationError\n")
    }

    /// The same of a webhook that is signed by both kinds of key; the public one is all that the verifier has.
    @Test func anAsymmetricSignatureIsVerifiedByAnotherImplementation() async throws {
        let (fleet, receiver) = (try TestFleet(machines: 1) { _ in 97 }, try TestReceiver())
        let key = "whsk_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
        let folder = try TemporaryFolder()
        let both = rules(fleet, receiver).replacing(
            "secret: \(TestReceiver.secret)", with: "secret: [\(key), \(TestReceiver.secret)]")
        try folder.write(both, to: "rules.yaml")
        let gateway = try GatewayProcess(in: folder)
        await receiver.received(1)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        let webhook = try #require(receiver.webhooks.first)
        #expect(webhook.check == .ok)
        try folder.write(String(decoding: webhook.body, as: UTF8.self), to: "body")
        let script = """
            import sys
            from base64 import b64decode
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
            _, path, key, id, timestamp, signatures = sys.argv
            public = Ed25519PublicKey.from_public_bytes(b64decode(key.removeprefix("whpk_")))
            kinds = dict(part.split(",", 1) for part in signatures.split(" "))
            print(*kinds)
            body = open(path, "rb").read()
            signed = f"{id}.{timestamp}.".encode() + body
            public.verify(b64decode(kinds["v1a"]), signed)
            try:
                public.verify(b64decode(kinds["v1a"]), signed.replace(b"97", b"98"))
            except InvalidSignature:
                print("verified, and nothing else is")
            """
        let publicKey = try #require(SigningSecret(key)?.publicKey)
        let arguments = [
            "-c", script, folder.path + "/body", publicKey, webhook.id, webhook.timestamp, webhook.signature,
        ]
        #expect(try await Self.output(arguments) == "v1a v1\nverified, and nothing else is\n")
    }

    /// What Python writes.
    static func output(_ arguments: [String]) async throws -> String {
        let program = try await Program.run([python] + arguments)
        #expect(program.status == 0, "\(program.standardError)")
        return program.standardOutput
    }
}
