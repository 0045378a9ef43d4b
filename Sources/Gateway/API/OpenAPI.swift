import HTTP
import Rules

/// The description of the API in the terms of OpenAPI 3.1.0 (https://spec.openapis.org/oas/v3.1.0), made of the
/// routes themselves.
enum OpenAPI {
    static let all: [Route] = [
        .get("/openapi.json", "This description of the API, as OpenAPI 3.1.", access: .open) {
            (_, call) throws(Problem) in call.unlessKnown(document)
        }
    ]

    /// Made once: routes do not change while a gateway runs.
    private static let document = HTTPServer.Response.json { $0.openAPI(API.routes) }
}

extension JSONWriter {
    fileprivate mutating func openAPI(_ routes: [Route]) {
        object { json in
            json.member("openapi", "3.1.0")
            json.key("info")
            json.object { json in
                json.member("title", "Alert gateway")
                json.member("version", Main.version)
            }
            json.key("paths")
            json.object { json in json.paths(routes) }
            json.key("components")
            json.object { json in
                json.key("schemas")
                json.object { json in
                    for (name, schema) in Schemas.all {
                        json.key(name)
                        json.schema(schema)
                    }
                }
                json.key("securitySchemes")
                json.object { json in json.securitySchemes() }
            }
        }
    }

    private mutating func securitySchemes() {
        key("token")
        object { json in
            json.member("type", "http")
            json.member("scheme", "bearer")
            json.member("description", "A token of rules.yaml; gateway token add NAME makes one.")
        }
        key("session")
        object { json in
            json.member("type", "apiKey")
            json.member("in", "cookie")
            json.member("name", SessionCookie.name)
            json.member(
                "description",
                "What POST /api/session gives a browser; what it writes must come from the gateway's own page."
            )
        }
    }

    private mutating func paths(_ routes: [Route]) {
        var order: [String] = []
        for route in routes where !order.contains(route.path) { order.append(route.path) }
        for path in order {
            key(path)
            object { json in
                for route in routes where route.path == path {
                    json.key(route.method.lowercased())
                    json.operation(route)
                }
            }
        }
    }

    private mutating func operation(_ route: Route) {
        object { json in
            json.member("summary", route.summary)
            json.member("operationId", route.operationID)
            if route.access != .open {
                json.key("security")
                // Where no token is set, none is asked for.
                json.raw(#"[{"token":[]},{"session":[]},{}]"#)
            }
            json.key("parameters")
            json.array { json in
                for field in route.fields where field.place != .body { json.parameter(field) }
            }
            json.body(of: route)
            json.key("responses")
            json.responses(of: route)
        }
    }

    private mutating func parameter(_ field: FieldInfo) {
        object { json in
            json.member("name", field.name)
            json.member("in", field.place.rawValue)
            json.member("description", field.summary)
            json.member("required", field.isRequired)
            json.key("schema")
            json.schema(field.schema)
        }
    }

    private mutating func body(of route: Route) {
        let members = route.fields.filter { $0.place == .body }
        guard !members.isEmpty || !route.bodyTypes.isEmpty else { return }
        key("requestBody")
        object { json in
            json.key("content")
            json.object { json in
                for type in route.bodyTypes { json.content(type, .any) }
                guard !members.isEmpty else { return }
                json.key("application/json")
                json.object { json in
                    json.key("schema")
                    json.object { json in
                        json.member("type", "object")
                        json.key("properties")
                        json.object { json in
                            for field in members {
                                json.key(field.name)
                                json.schema(field.schema.orNull)
                            }
                        }
                        json.member("additionalProperties", false)
                    }
                }
            }
        }
    }

    private mutating func responses(of route: Route) {
        object { json in
            json.key(String(route.gives.status))
            json.object { json in
                json.member("description", route.summary)
                json.key("content")
                json.object { json in
                    for (type, schema) in route.gives.contents { json.content(type, schema) }
                }
            }
            for (status, schema) in route.gives.others {
                json.key(String(status))
                json.object { json in
                    json.member("description", "The answer is no; it says why.")
                    json.key("content")
                    json.object { json in
                        json.content("application/json", schema)
                        // Where a proxy or the store stands in the way.
                        json.content("application/problem+json", .named("Problem"))
                    }
                }
            }
            if route.method == "GET" {
                json.key("304")
                json.object { $0.member("description", "The client has it already, by its ETag.") }
            }
            for refusal in route.refusals {
                json.key(String(refusal.rawValue))
                json.object { json in
                    json.member("description", refusal.summary(of: route))
                    json.key("content")
                    json.object { $0.content("application/problem+json", .named("Problem")) }
                }
            }
            json.key("default")
            json.object { json in
                json.member("description", "What is wrong, and what would be right (RFC 9457).")
                json.key("content")
                json.object { json in
                    // Where people are answered, they are told by a page.
                    let isPage = route.gives.contents.allSatisfy { $0.type == "text/html" }
                    if isPage { json.content("text/html", .text) }
                    json.content("application/problem+json", .named("Problem"))
                }
            }
        }
    }

    private mutating func content(_ type: String, _ schema: Schema) {
        key(type)
        object { json in
            json.key("schema")
            json.schema(schema)
        }
    }
}

extension Route {
    /// `get_api_incidents_id`.
    fileprivate var operationID: String {
        let parts = path.split { !$0.isLetter && !$0.isNumber }
        return ([method.lowercased()] + parts.map(String.init)).joined(separator: "_")
    }
}
