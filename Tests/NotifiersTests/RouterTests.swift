import Rules
import Store
import Testing

@testable import Notifiers

@Suite struct RouterTests {
    func told(_ filter: Filter, _ incident: Incident) throws -> Bool {
        let webhook = Webhook(name: "ops", url: Secret("http://ops.example/"), filter: filter)
        let event = Event(kind: .opened, at: incident.openedAt, incident: incident, evidence: [])
        return !Router([webhook]).notices(for: [event])[0].letters.isEmpty
    }

    @Test func aFilterMustMatchInEveryPart() throws {
        let incident = try makeIncident(1)
        #expect(try told(Filter(), incident))
        #expect(try told(Filter(severities: [.critical]), incident))
        #expect(try !told(Filter(severities: [.warning]), incident))
        #expect(try told(Filter(rules: [Glob("disk-*"), Glob("cpu-*")]), incident))
        #expect(try !told(Filter(rules: [Glob("disk-*")]), incident))
        #expect(try told(Filter(machines: [Glob("10.0.*")]), incident))
        #expect(try !told(Filter(machines: [Glob("10.1.*")]), incident))
        #expect(try told(Filter(labels: ["env": "production"]), incident))
        #expect(try !told(Filter(labels: ["env": "test"]), incident))
        #expect(try !told(Filter(severities: [.critical], labels: ["env": "test"]), incident))
    }

    @Test func theBodyIsThatOfStandardWebhooks() throws {
        let incident = try makeIncident(42)
        let sample = Sample(at: Timestamp(milliseconds: 0), value: 88.125)
        let event = Event(kind: .opened, at: incident.openedAt, incident: incident, evidence: [sample])
        let notices = Router([try webhook()]).notices(for: [event])
        let letter = try #require(notices[0].letters.first)
        #expect(
            String(decoding: letter.body, as: UTF8.self) == """
                {"type":"incident.opened","timestamp":"1970-01-01T00:00:00.042Z","data":{"incident":{"id":42,\
                "status":"open","rule":"cpu-high","severity":"critical","machine":"10.0.0.7","source":"fleet",\
                "metric":"cpu","aggregate":"mean","window":3,"threshold":85,"condition":"above",\
                "value":91,"peak":97,"last_value":91,"message":"cpu is high","labels":{"env":"production"},"opened_at":"1970-01-01T00:00:00.042Z",\
                "resolved_at":null,"acknowledged_at":null,"acknowledged_by":null,"resolution":null,\
                "resolved_message":null,"rules_version":1,"runbook":null},"evidence":[{"at":"1970-01-01T00:00:00.000Z","value":88.125}]}}
                """)
    }
}
