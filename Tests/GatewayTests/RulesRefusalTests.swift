import Foundation
import HTTP
import TestSupport
import Testing

@testable import Gateway

/// What the API says of rules that cannot be taken, or not any more.
@Suite(.timeLimit(.minutes(5))) struct RulesRefusalTests {
    private let routes = RulesRouteTests()

    @Test func whyTheFileIsNotInForceIsToldUntilItIsMended() async throws {
        try await routes.running { bench in
            #expect(try await bench.get("/api/rules").object["refused"] is NSNull)
            let broken = Bench.rules().replacing("above: 85", with: "above: 85, abov: 85")
            try bench.folder.write(broken, to: "rules.yaml")
            bench.service.reload(bench.rulesFile, isAsked: false)
            let rules = try await bench.get("/api/rules").object
            #expect(rules["number"] as? Int == 1)
            #expect((rules["rules"] as? [Any])?.count == 2)
            let faults = rules["refused"] as? [[String: Any]]
            #expect(
                faults?.map { "\($0["line"] ?? ""): \($0["message"] ?? "")" } == ["9: unknown key 'abov'"])
            try bench.folder.write(Bench.rules(), to: "rules.yaml")
            bench.service.reload(bench.rulesFile, isAsked: false)
            #expect(try await bench.get("/api/rules").object["refused"] is NSNull)
        }
    }

    @Test func aTextThatIsLongerThanAFileMayBeIsNotSaved() async throws {
        try await routes.running { bench in
            let long = Bench.rules() + "\n#" + String(repeating: "x", count: FileReader.limit)
            for (method, target) in [("PUT", "/api/rules"), ("POST", "/api/rules/check")] {
                let response = try await routes.send(method, target, ["text": long], to: bench)
                #expect(response.status == 400)
                #expect(try response.object["member"] as? String == "text")
                #expect(
                    try response.object["detail"] as? String == "a rules file has at most 262144 bytes")
            }
            #expect(try await bench.get("/api/rules/versions").list.count == 1)
        }
    }

    /// A version is kept as it was written, and what it names may be gone.
    @Test func rulesWhoseVariablesAreGoneExplainNothing() async throws {
        try await routes.running { bench in
            try bench.folder.write("OPS_URL=http://ops.example/alerts\n", to: ".env")
            let text = Bench.rules().replacing("http://ops.example/alerts", with: "${OPS_URL}")
            #expect(try await routes.send("PUT", "/api/rules", ["text": text], to: bench).status == 200)
            try FileManager.default.removeItem(atPath: bench.folder.path + "/.env")
            let response = try await bench.get("/api/explain?machine=a&rule=cpu-high")
            #expect(response.status == 409)
            #expect(
                try response.object["detail"] as? String
                    == "version 2 of the rules, in force at \(Bench.moment(0)), cannot be read any more: "
                    + "the environment variable 'OPS_URL' is not set")
        }
    }
}
