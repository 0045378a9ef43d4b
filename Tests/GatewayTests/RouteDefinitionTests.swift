import Foundation
import HTTP
import Rules
import Store
import Testing

@testable import Gateway

@Suite struct RouteDefinitionTests {
    let bench: Bench

    init() async throws {
        bench = try Bench()
        try await bench.fill()
    }

    /// A route's path with something in place of its names in braces.
    private func target(of route: Route) -> String {
        let parts = route.path.split(separator: "/").map { part in
            part == "{name}" ? "a" : part.hasPrefix("{") ? "1" : String(part)
        }
        return "/" + parts.joined(separator: "/")
    }

    /// What is wrong with a request, as far as that is known before anything is done; no action is waited for.
    private func refusal(_ method: String, _ target: String) throws -> String? {
        let request = try #require(HTTPServer.Request(method: method, target: target))
        let api = try bench.service.makeAPI(token: nil, rules: bench.rulesFile)
        // While the store fails, nobody waits for what is to be kept of a refusal.
        _ = bench.service.health.note(storeError: .full)
        defer { _ = bench.service.health.note(storeError: nil) }
        guard case .now(let response) = api.handle(request), response.status == 400 else { return nil }
        return response.text
    }

    private func document() async throws -> [String: Any] {
        try await bench.get("/openapi.json").object
    }

    private func operation(_ route: Route, in document: [String: Any]) throws -> [String: Any] {
        let paths = try #require(document["paths"] as? [String: Any])
        let path = try #require(paths[route.path] as? [String: Any], "\(route.path)")
        return try #require(path[route.method.lowercased()] as? [String: Any], "\(route.path)")
    }

    @Test func everyRouteIsDocumentedAndEveryDocumentedParameterIsTakenAndNoOther() async throws {
        let document = try await document()
        for route in API.routes {
            let operation = try operation(route, in: document)
            let parameters = try #require(operation["parameters"] as? [[String: Any]])
            let names = parameters.filter { $0["in"] as? String == "query" }.compactMap {
                $0["name"] as? String
            }
            for name in names {
                let target = "\(target(of: route))?\(name)=x"
                let refusal = try refusal(route.method, target) ?? ""
                #expect(!refusal.contains("there is no parameter"), "\(target)")
            }
            // Links and probes bear what others add to them.
            guard route.access != .open || !names.isEmpty else { continue }
            let stranger = try refusal(route.method, "\(target(of: route))?stranger=x")
            #expect(stranger?.contains("there is no parameter 'stranger'") == true, "\(route.path)")
        }
    }

    @Test func everyMemberOfABodyThatIsDocumentedIsTaken() async throws {
        let document = try await document()
        let operation = try operation(
            try #require(API.routes.first { $0.method == "POST" && $0.path == "/api/silences" }), in: document
        )
        let text = String(describing: operation["requestBody"] ?? "")
        for name in [
            "rule", "machine", "severity", "source", "labels", "starts_at", "ends_at", "by", "reason",
        ] {
            #expect(text.contains(name))
        }
    }

    @Test(arguments: [
        "/api/incidents", "/api/incidents/1", "/api/sources", "/api/webhooks", "/api/deliveries",
        "/api/deliveries/1", "/api/stats?since=2026-11-23", "/api/machines", "/api/machines/a",
        "/api/machines/a/samples?metric=cpu&since=2026-11-23",
        "/api/machines/a/samples?metric=cpu&since=2026-11-23&points=2", "/api/blind", "/api/silences",
    ])
    func anAnswerHasTheShapeThatIsDocumented(target: String) async throws {
        let response = try await bench.get(target)
        #expect(response.status == 200, "\(response.text)")
        let path = target.prefix { $0 != "?" }.split(separator: "/").map(String.init)
        let route = try #require(API.routes.first { $0.method == "GET" && $0.captures(path) != nil })
        let schema = try #require(route.gives.contents.first?.schema)
        let value = try JSONValue(response.body)
        #expect(schema.fault(in: value) == nil, "\(response.text)")
    }

    @Test func theDocumentNamesOnlyShapesThatItHas() async throws {
        let response = try await bench.get("/openapi.json")
        #expect(try response.object["openapi"] as? String == "3.1.0")
        let known = Set(Schemas.all.map(\.key))
        for part in response.text.components(separatedBy: "#/components/schemas/").dropFirst() {
            #expect(known.contains(String(part.prefix { $0 != "\"" })))
        }
    }
}

extension Schema {
    /// What of `value` is not as described; nil when nothing is. Members that are not described are faults too.
    fileprivate func fault(in value: JSONValue) -> String? {
        switch (self, value) {
        case (.any, _), (.text, .string), (.time, .string), (.number, .number), (.bool, .bool): nil
        case (.shortText, .string), (.integer, .number): nil
        case (.choice(let names), .string(let text)): names.contains(text) ? nil : "'\(text)' of \(names)"
        case (.choice(let names), .null) where names.isEmpty: nil
        case (.list(let element), .array(let values)):
            values.lazy.compactMap { element.fault(in: $0) }.first
        case (.map(let element), .object(let members)):
            members.values.lazy.compactMap { element.fault(in: $0) }.first
        case (.object(let described), .object(let members)):
            members.keys.first { name in !described.contains { $0.name == name } }.map { "undescribed \($0)" }
                ?? described.lazy.compactMap { member -> String? in
                    guard let value = members[member.name] else {
                        return member.isRequired ? "no \(member.name)" : nil
                    }
                    return member.schema.fault(in: value)
                }.first
        case (.either(let schemas), _):
            schemas.contains { $0.fault(in: value) == nil } ? nil : "none of \(schemas.count): \(value)"
        case (.named(let name), _):
            Schemas.all.first { $0.key == name }?.value.fault(in: value)
        default: "\(value) is not \(self)"
        }
    }
}
