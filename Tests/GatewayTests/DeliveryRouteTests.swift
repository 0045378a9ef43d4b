import Foundation
import HTTP
import Rules
import Store
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct DeliveryRouteTests {
    /// Six deliveries: 1 and 2 of `a`'s opening to ops and night, 3 to 5 of others to ops, 6 of an end to ops.
    func filled() async throws -> Bench {
        let bench = try Bench()
        var judge = try await bench.judge()
        try await judge.take(try poll(at: 1, ["a": (99, 1)]))
        try await judge.take(try poll(at: 2, ["a": (99, 1), "b": (1, 99), "c": (1, 99)]))
        try await judge.take(try poll(at: 3, ["a": (99, 1), "b": (1, 99), "c": (1, 99), "d": (1, 99)]))
        try await judge.take(try poll(at: 4, ["a": (99, 1), "b": (1, 9), "c": (1, 99), "d": (1, 99)]))
        return bench
    }

    @Test(
        arguments: [
            ("", [6, 5, 4, 3, 2, 1]), ("webhook=ops", [6, 5, 4, 3, 1]), ("webhook=night", [2]),
            ("webhook=nobody", []), ("state=pending", [6, 5, 4, 3, 2, 1]), ("state=dead", []),
            ("incident=1", [2, 1]), ("since=1d", [6, 5, 4, 3, 2, 1]), ("limit=2", [6, 5]),
            ("cursor=d3", [2, 1]), ("webhook=ops&after=0", [1, 3, 4, 5, 6]),
            ("webhook=ops&after=2&limit=2", [4, 5]), ("webhook=ops&after=5", []),
        ] as [(String, [Int])])
    func eachFilterRestricts(query: String, ids: [Int]) async throws {
        #expect(try await filled().ids("/api/deliveries?\(query)") == ids)
    }

    @Test func aReceiverThatWasAwayPullsWhatItMissedPageByPage() async throws {
        let bench = try await filled()
        var target = "/api/deliveries?webhook=ops&after=1&limit=2"
        var sequences: [Int] = []
        while true {
            let response = try await bench.get(target)
            sequences += try response.list.compactMap { $0["sequence"] as? Int }
            #expect(try response.list.allSatisfy { ($0["body"] as? String)?.contains("incident") == true })
            guard let link = response.fields["link"] else { break }
            target = String(link.dropFirst().prefix { $0 != ">" })
        }
        #expect(sequences == [2, 3, 4, 5])
    }

    @Test(
        arguments: [
            ("GET", "/api/deliveries?after=1", 400), ("GET", "/api/deliveries?state=open", 400),
            ("GET", "/api/deliveries?cursor=i3", 400), ("GET", "/api/deliveries?status=dead", 400),
            ("GET", "/api/deliveries?incident=-1", 400), ("GET", "/api/deliveries?limit=1&limit=2", 400),
            ("GET", "/api/deliveries/7", 404), ("GET", "/api/deliveries/x", 404),
            ("POST", "/api/deliveries/replay", 400),
            ("POST", "/api/deliveries/replay?webhook=ops&state=pending", 400),
            ("POST", "/api/deliveries/replay?webhook=ops&from=3&to=2", 400),
        ] as [(String, String, Int)])
    func whatIsWrongIsNamed(method: String, target: String, status: Int) async throws {
        let response = try await filled().ask(method, target)
        #expect(response.status == status)
        #expect(response.fields["content-type"] == "application/problem+json")
    }

    @Test func aReplayGoesAgainWithTheSameId() async throws {
        let bench = try Bench { _, number in .status(number == 1 ? 503 : 204) }
        let judge = try await bench.judge(Bench.rules(more: "").replacing("window: 2", with: "window: 1"))
        try await bench.running(judge) {
            _ = bench.service.inbox.put(try poll(at: 1, ["a": (1, 95)]))
            await bench.network.sent(1)
            #expect(try await bench.ask("POST", "/api/deliveries/1/replay").status == 409)
            #expect(try await bench.ask("POST", "/api/deliveries/9/replay").status == 404)
            await bench.lines.contain("delivery failed")
            while try await bench.get("/api/deliveries/1").object["state"] as? String != "delivered" {
                bench.time.advance(by: .seconds(1))
                await Task.yield()
            }
            #expect(try await bench.ask("POST", "/api/deliveries/1/replay").status == 202)
            await bench.network.sent(3)
            while try await bench.get("/api/deliveries/1").object["state"] as? String != "delivered" {
                bench.time.advance(by: .seconds(1))
                await Task.yield()
            }
            let range = "/api/deliveries/replay?webhook=ops&state=delivered&from=1&to=1"
            #expect(try await bench.ask("POST", range).text == #"{"deliveries":1,"overtaken":0}"#)
            await bench.network.sent(4)
        }
        #expect(Set(bench.network.ids).count == 1)
        let detail = try await bench.get("/api/deliveries/1").object
        #expect((detail["attempts"] as? [Any])?.count == 4)
        #expect((detail["body"] as? String)?.contains("incident.opened") == true)
    }

    @Test func whatALaterDeliveryHasOvertakenIsNotSentAgain() async throws {
        let bench = try await filled()
        let at = bench.time.now
        func finish(_ id: Int64, _ next: Finding.Next) async throws {
            let attempt = Attempt(
                number: 12, at: at, duration: .zero, status: nil, error: nil, answer: [])
            try await bench.service.store.record([Finding(delivery: id, attempt: attempt, next: next)])
        }
        // The opening of b was given up, its end arrived; the opening of c was given up too.
        for (id, next) in [(3, .dead), (4, .dead), (6, .delivered)] as [(Int64, Finding.Next)] {
            try await finish(id, next)
        }
        let reader = try StoreReader(path: bench.folder.database, of: bench.service.store)
        let ends = try reader.deliveries(matching: DeliveryQuery()).page.first
        #expect(ends?.kind == "incident.resolved" && ends?.id == 6)
        let opening = try reader.deliveries(matching: DeliveryQuery()).page.first {
            $0.id < 6 && $0.incident == ends?.incident
        }
        let number = try #require(opening?.id)
        try await bench.running(try await bench.judge()) {
            let refused = try await bench.ask("POST", "/api/deliveries/\(number)/replay")
            #expect(refused.status == 409)
            #expect(
                try refused.object["detail"] as? String
                    == "delivery \(number) was overtaken: its receiver accepted incident.resolved of the same "
                    + "incident since, and would be told what is no longer so; replay delivery 6 instead")
            let dead = try await bench.ask("POST", "/api/deliveries/replay?webhook=ops")
            #expect(dead.text == #"{"deliveries":1,"overtaken":1}"#)
        }
    }

    @Test func aReceiverThatForgotEverythingIsToldAllAgainInOrder() async throws {
        let bench = try await filled()
        let ids = try await bench.ids("/api/deliveries?webhook=ops").reversed().map { Int64($0) }
        for id in ids {
            let attempt = Attempt(
                number: 1, at: bench.time.now, duration: .zero, status: 204, error: nil, answer: [])
            try await bench.service.store.record(
                [Finding(delivery: id, attempt: attempt, next: .delivered)])
        }
        let range = ReplayRange(webhook: "ops", state: .delivered)
        let (again, overtaken) = try await bench.service.store.replay(range, at: bench.time.now)
        #expect(again == ids.count && overtaken == 0)
    }

    @Test func aTrialGoesTheRealWay() async throws {
        let bench = try Bench()
        try await bench.running(try await bench.judge()) {
            #expect(try await bench.ask("POST", "/api/webhooks/nobody/test").status == 404)
            let answer = try await bench.ask("POST", "/api/webhooks/night/test")
            #expect(answer.status == 202)
            #expect(answer.text == #"{"delivery":1}"#)
            await bench.network.sent(1)
        }
        #expect(bench.network.told.map { $0.hasPrefix("night webhook.test ") } == [true])
        let detail = try await bench.get("/api/deliveries/1").object
        #expect(detail["state"] as? String == "delivered")
        #expect(detail["type"] as? String == "webhook.test")
        #expect(detail["incident"] is NSNull)
    }
}
