import Rules

/// How the sources do.
enum SourceRoutes {
    static let all: [Route] = [
        .get("/api/sources", "The sources and how they do.", gives: .json(.list(.named("Source")))) {
            (api, _) throws(Problem) in
            .json { $0.sources(api.health.sources) }
        }
    ]
}
