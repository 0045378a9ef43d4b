import Rules

extension Setting {
    /// Where a JSON document holds its records; nil, with faults, when its metrics are not clear.
    func fleetShape() -> FleetShape? {
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
