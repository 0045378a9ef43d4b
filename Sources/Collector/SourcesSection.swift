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
        let url = section.require("url", cure: "add url: http://host:9200/metrics")?.url()
        let interval = section.take("interval").map { $0.duration(in: Self.intervals) } ?? .seconds(900)
        let timeout = section.take("timeout")?.duration(in: Self.timeouts) ?? .seconds(10)
        let format = section.take("format")?.choice(of: Source.Format.self) ?? .auto
        let shape = section.take("json").map { $0.fleetShape() } ?? FleetShape()
        let headers = section.take("headers")?.headers() ?? []
        let labels = section.take("labels")?.labels() ?? [:]
        let maxGap = section.take("max_gap").flatMap { Self.maxGap($0, of: interval) }
        let maxMachines = section.take("max_machines")?.integer(in: 1...5_000_000) ?? 100_000
        let options = section.requestOptions(headers: headers)
        section.finish()

        metrics += shape?.metrics.map(\.name) ?? []
        hasAllMetrics = hasAllMetrics && shape != nil
        guard let name, let url, let interval, let shape else { return nil }
        return Source(
            name: name, url: url, interval: interval, timeout: timeout, format: format, shape: shape,
            headers: headers.map { Source.Header($0.name, $0.value) }, labels: labels, maxGap: maxGap,
            maxMachines: maxMachines, options: options)
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

extension Setting {
    /// Where a JSON document holds its records; nil, with faults, when its metrics are not clear.
    fileprivate func fleetShape() -> FleetShape? {
        let usual = FleetShape()
        guard !isNull else { return usual }
        guard var section = section("'json'") else { return nil }
        let records = section.take("records")?.jsonPointer() ?? usual.records
        let machine = section.take("machine")?.fieldPath() ?? usual.machine
        let metrics = section.take("metrics").map { $0.metrics() } ?? usual.metrics
        section.finish()
        return metrics.map { FleetShape(records: records, machine: machine, metrics: $0) }
    }

    private func metrics() -> [FleetShape.Metric]? {
        guard let entries = entries() else { return nil }
        let metrics = entries.compactMap { entry -> FleetShape.Metric? in
            let name = entry.key.name()
            let path = entry.value.fieldPath()
            guard let name, let path else { return nil }
            return FleetShape.Metric(name, path: path)
        }
        if entries.isEmpty {
            fail("'metrics' has no metric", cure: "write {name: field}, such as {cpu: cpu}")
        }
        return metrics.count == entries.count && !entries.isEmpty ? metrics : nil
    }

    /// A JSON pointer (RFC 6901 §3).
    private func jsonPointer() -> String? {
        guard let text = text("a JSON pointer") else { return nil }
        let escapes = text.split(separator: "~", omittingEmptySubsequences: false).dropFirst()
        guard text.hasPrefix("/"), escapes.allSatisfy({ $0.hasPrefix("0") || $0.hasPrefix("1") }) else {
            return failing(
                "a JSON pointer", cure: "begin each step with '/': /data/machines; ~0 is '~' and ~1 is '/'")
        }
        return text
    }

    /// The steps to a field, separated by dots.
    private func fieldPath() -> String? {
        guard let text = text("the path of a field") else { return nil }
        guard text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty }) else {
            return failing(
                "the path of a field", cure: "separate its steps by single dots: memory.used_percent")
        }
        return text
    }
}
