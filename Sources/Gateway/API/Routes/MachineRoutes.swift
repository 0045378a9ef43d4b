import HTTP
import Rules
import Store

/// The machines, how they stand, and what was measured of them.
enum MachineRoutes {
    static let all: [Route] = [
        .get(
            "/api/machines",
            "The machines that are watched with their last values, the latest to come first.",
            Input(
                MachineQuery(),
                [
                    .parameter("machine", .text, "Its name; a glob with `*` and `?`: `10.0.*`") {
                        (query, _, text, _) throws(Problem) in
                        query.name = text.replacing("[", with: "[[]")
                    },
                    .text("source", \.source, "The source that reports it"), .limit(\.limit),
                    .cursor("m", \.before),
                ]), gives: .json(.list(.named("Machine")))
        ) { (api, call, query) throws(Problem) in try list(api, call, query) },
        .get(
            "/api/machines/{name}",
            "A machine: who reported it when, its last values and its open incidents.",
            gives: .json(.named("MachineRecord"))
        ) { (api, call) throws(Problem) in try detail(api, call["name"]) },
        Route(
            "GET", "/api/machines/{name}/samples", .read,
            "The samples of a metric, oldest first; with 'points', their least, mean and most in equal stretches.",
            Input(
                Stretch(),
                [
                    .text(
                        "metric", \.metric, isRequired: true,
                        "The metric, to be given: /api/machines/NAME/samples?metric=cpu"),
                    .text("source", \.source, "Of that source alone"),
                    .time("since", \.since, "At or after; a day before 'until' unless told"),
                    .time("until", \.until, "Before; now unless told"),
                    .parameter("points", .integer(1, 2000), "In so many stretches at most") {
                        (stretch, name, text, _) throws(Problem) in
                        guard let points = Int(text), (1...2000).contains(points) else {
                            throw .badParameter(name, "'\(text)' is no whole number from 1 to 2000")
                        }
                        stretch.points = points
                    },
                ]), gives: .json(.list(.either([.named("Sample"), .named("Bucket")])))
        ) { (api, call, stretch) throws(Problem) in try samples(api, call["name"], stretch) },
    ]

    private struct Stretch: Sendable {
        var metric: String?
        var source: String?
        var since: Timestamp?
        var until: Timestamp?
        var points: Int?
    }

    /// The most samples that are given one by one.
    private static let mostSamples = 20_000

    private static func list(
        _ api: API, _ call: Call, _ query: MachineQuery
    ) throws(Problem) -> HTTPServer.Response {
        let (page, more) = try api.stored { (reader) throws(StoreError) in
            try reader.machines(matching: query)
        }
        var response = HTTPServer.Response.json { json in
            json.array { json in
                for (tenure, readings, open) in page {
                    json.object { json in
                        json.member("name", tenure.name)
                        json.member("source", tenure.source)
                        json.member("since", tenure.since)
                        json.member("last_seen", readings.map(\.at).max())
                        json.member("open_incidents", open)
                        json.key("values")
                        json.object { json in
                            for reading in readings {
                                json.key(reading.metric)
                                json.number(reading.value)
                            }
                        }
                    }
                }
            }
        }
        if more, let last = page.last {
            response.fields.add("link", call.next("cursor", Parameters.cursor(after: last.tenure.id, "m")))
        }
        return call.unlessKnown(response)
    }

    private static func detail(_ api: API, _ name: String) throws(Problem) -> HTTPServer.Response {
        var query = IncidentQuery()
        query.machine = name
        query.status = [.open, .acknowledged]
        query.limit = 1000
        let (machine, open) = try api.stored { [query] (reader) throws(StoreError) in
            (try reader.machine(name), try reader.incidents(matching: query).page)
        }
        guard !machine.tenures.isEmpty else { throw .notFound("no source has reported a machine '\(name)'") }
        return .json { json in
            json.object { json in
                json.member("name", name)
                json.key("reported")
                json.array { json in
                    for tenure in machine.tenures {
                        json.object { json in
                            json.member("source", tenure.source)
                            json.member("since", tenure.since)
                            json.member("until", tenure.until)
                        }
                    }
                }
                json.key("last")
                json.array { json in
                    for reading in machine.readings {
                        json.object { json in
                            json.member("source", reading.source)
                            json.member("metric", reading.metric)
                            json.member("at", reading.at)
                            json.key("value")
                            json.number(reading.value)
                        }
                    }
                }
                json.key("open_incidents")
                json.array { json in for incident in open { json.listed(incident) } }
            }
        }
    }

    private static func samples(
        _ api: API, _ name: String, _ stretch: Stretch
    ) throws(Problem) -> HTTPServer.Outcome {
        let (metric, source) = (stretch.metric ?? "", stretch.source)
        let until = stretch.until ?? api.now().advanced(by: .milliseconds(1))
        let since = stretch.since ?? until.advanced(by: .seconds(-86_400))
        guard since < until else { throw .badParameter("since", "'since' must lie before 'until'") }
        return api.archived { (reader) throws(StoreError) in
            guard try !reader.machine(name).tenures.isEmpty else {
                return .failure(.notFound("no source has reported a machine '\(name)'"))
            }
            if let points = stretch.points {
                let buckets = try reader.buckets(
                    of: name, metric, source: source, from: since, to: until, count: points)
                return .success(
                    .json { json in json.array { json in for bucket in buckets { json.bucket(bucket) } } })
            }
            let samples = try reader.samples(
                of: name, metric, source: source, from: since, to: until, limit: mostSamples)
            guard let samples else {
                return .failure(
                    .badParameter(
                        "points",
                        "there are more than \(mostSamples) samples; give points= to have them summed up, or a shorter span"
                    ))
            }
            return .success(.json { $0.samples(samples) })
        }
    }
}

extension JSONWriter {
    fileprivate mutating func bucket(_ bucket: Bucket) {
        object { json in
            json.member("at", bucket.at)
            json.key("min")
            json.number(bucket.min)
            json.key("mean")
            json.number(bucket.sum / Double(bucket.count))
            json.key("max")
            json.number(bucket.max)
            json.member("count", bucket.count)
        }
    }
}
