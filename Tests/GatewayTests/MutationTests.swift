import Foundation
import Rules
import Testing

@testable import Gateway

/// Splitmix64: the same numbers on every run.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension [UInt8] {
    /// The bytes with one to four slips of a finger, or of a whole hand: parts removed, or copied from elsewhere.
    fileprivate func mutated(by generator: inout SeededGenerator, fingersOnly: Bool = false) -> [UInt8] {
        var bytes = self
        let signs = Array("\n\t :-#[]{}\"'&*!|>%@`,?$0a\u{7f}é".utf8)
        for _ in 0...Int.random(in: 0..<4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<(fingersOnly ? 3 : 5), using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(signs.randomElement(using: &generator) ?? 0, at: place)
            case 3: bytes.removeSubrange(place..<Swift.min(place + 20, bytes.count))
            default:
                let from = Int.random(in: 0..<bytes.count, using: &generator)
                bytes.insert(contentsOf: bytes[from..<Swift.min(from + 30, bytes.count)], at: place)
            }
        }
        return bytes
    }
}

@Suite struct MutationTests {
    private func report(_ bytes: [UInt8]) -> String? {
        let environment = Environment(variables: ["TOKEN": "S3CR3T-S3CR3T-S3CR3T", "KEY": "whsec_S3CR3T"])
        do {
            _ = try Configuration.parse(bytes, environment: environment, reporting: Faults(in: "rules.yaml"))
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func noMutationCrashes(_ seed: UInt64) throws {
        let shipped = [UInt8](try Data(contentsOf: shippedRules))
        var generator = SeededGenerator(state: seed)
        var refused = 0
        for _ in 0..<500 {
            guard let report = report(shipped.mutated(by: &generator)) else { continue }
            refused += 1
            #expect(report.hasPrefix("rules.yaml:"))
            #expect(report.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || $0.value >= 0x20 })
        }
        #expect(refused > 200)
    }

    /// Whatever is mistyped around it, a secret is not shown.
    @Test(arguments: 0..<4 as Range<UInt64>) func noMutationShowsASecret(_ seed: UInt64) {
        let yaml = """
            sources:
              - name: fleet
                url: http://user:S3CR3T@127.0.0.1:9200/metrics?key=S3CR3T
                headers: {Authorization: "Bearer S3CR3TS3CR3T", X-Key: S3CR3TS3CR3TS3CR3T}
            rules: [{name: r, metric: cpu, window: 3, above: 85}]
            webhooks:
              - name: ops
                url: https://hooks.example.com/services/T0/S3CR3T
                secret: [whsec_S3CR3TS3CR3TS3CR3TS3CR3TS3CR3TS3, "${KEY}"]
                headers:
                  X-Api-Key: S3CR3TS3CR3TS3CR3T
                  X-Other: "${TOKEN}"
                # secret: whsec_S3CR3TS3CR3T
            server:
              listen: 127.0.0.1:8080
              token: S3CR3TS3CR3TS3CR3TS3CR3T
              hosts: ["${TOKEN}"]
            storage: {path: gateway.db, keep_samples: "${TOKEN}"}
            """
        var generator = SeededGenerator(state: seed)
        for _ in 0..<500 {
            let bytes = Array(yaml.utf8).mutated(by: &generator, fingersOnly: true)
            guard let report = report(bytes) else { continue }
            let isSilent = !report.contains("S3CR3T")
            #expect(isSilent, "\(report)\n\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
