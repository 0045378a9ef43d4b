public import Rules

/// The sources of a settings file.
public struct SourcesSection {
    public let sources: [Source]
    /// The metrics of all sources, right or wrong in the rest, by name; nil when some could not be read.
    public let metrics: [String]?

    /// Reads `sources:`; at least one is needed.
    public init(of file: inout Section) {
        let cure = "add 'sources:' with a source: '- name: fleet' and its 'url:'"
        guard let setting = file.require("sources", cure: cure) else {
            (sources, metrics) = ([], nil)
            return
        }
        let items = setting.list(cure: "begin each source with '- name:'")
        if items?.isEmpty == true, setting.isEmpty { setting.fail("'sources' has no source", cure: cure) }
        var reader = SourceReader()
        sources = (items ?? []).compactMap { reader.source($0) }
        let isComplete = reader.hasAllMetrics && items?.isEmpty == false
        metrics = isComplete ? Set(reader.metrics).sorted() : nil
    }
}

private struct SourceReader {
    private var places: [String: Mark] = [:]
    private(set) var metrics: [String] = []
    private(set) var hasAllMetrics = true

    mutating func source(_ setting: Setting) -> Source? {
        guard var section = setting.section("a source") else {
            hasAllMetrics = false
            return nil
        }
        let name = section.require("name", cure: "add a name: fleet")?.name(in: &places)
        let origin = SourceOrigin(of: &section)
        let interval = section.take("interval").map { $0.duration(in: Self.intervals) } ?? .seconds(900)
        let timeout = section.take("timeout")?.duration(in: Self.timeouts) ?? .seconds(10)
        let content = SourceContent(of: &section)
        let headers = section.take("headers")?.headers() ?? []
        let labels = section.take("labels")?.labels() ?? [:]
        let maxGap = section.take("max_gap").flatMap { Self.maxGap($0, of: interval) }
        let maxMachines = section.take("max_machines")?.integer(in: 1...5_000_000) ?? 100_000
        let failingAfter = section.take("failing_after")?.integer(in: 1...1000) ?? 3
        let options = section.requestOptions(headers: headers)
        section.finish()

        hasAllMetrics = hasAllMetrics && content != nil
        let source = Source(
            name: name ?? "", url: origin?.url ?? "", targets: origin?.targets,
            isPush: origin?.isPush ?? false, interval: interval ?? .seconds(900), timeout: timeout,
            format: content?.format ?? .auto, shape: content?.shape ?? FleetShape(),
            prometheus: content?.prometheus ?? .nodeExporter,
            headers: headers.map { Header($0.name, $0.value) }, labels: labels, maxGap: maxGap,
            maxMachines: maxMachines, failingAfter: failingAfter, options: options)
        // The names of its metrics count although the rest is wrong: rules are checked against them.
        if content != nil { metrics += source.metrics }
        return name == nil || origin == nil || interval == nil || content == nil ? nil : source
    }

    private static let intervals = Duration.milliseconds(100)...Duration.seconds(7 * 86_400)
    private static let timeouts = Duration.milliseconds(100)...Duration.seconds(300)

    /// A gap shorter than the interval would start every window anew at each poll.
    private static func maxGap(_ setting: Setting, of interval: Duration?) -> Duration? {
        let longest = Duration.seconds(365 * 86_400)
        guard let gap = setting.duration(in: .milliseconds(100)...longest) else { return nil }
        if let interval, gap < interval {
            return setting.failing(
                "at least the interval, \(interval.compact)",
                cure: "a window would start anew at each poll; leave it out for 3 intervals")
        }
        return gap
    }
}
