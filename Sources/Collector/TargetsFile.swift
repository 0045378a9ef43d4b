import Rules

/// A list of targets in the form of Prometheus's file_sd, in JSON or YAML:
/// `[{"targets": ["host:9100"], "labels": {"env": "production"}}]`.
///
/// Of the labels `instance` is taken, for the machine of a group of one target; the labels of incidents are those
/// of the source.
enum TargetsFile {
    /// Why the targets of a file are not known, in one line.
    struct Failure: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    static func targets(
        in bytes: Result<[UInt8], FileError>, file: String, template: String
    ) throws(Failure) -> [Target] {
        let content: [UInt8]
        do { content = try bytes.get() } catch { throw Failure(description: "\(file): \(error.message)") }
        let faults = Faults(in: file)
        let cure = #"write [{"targets": ["host:9100"]}]"#
        let root = Section.value(of: content, cure: cure, reporting: faults)
        let targets = (root?.list(cure: cure) ?? []).flatMap { $0.group(in: template) }
        guard let first = faults.all.first(where: { $0.kind == .error }) else { return unique(targets) }
        let place = first.mark.map { "\(file):\($0.line):\($0.column)" } ?? file
        throw Failure(description: "\(place): \(first.message)\(first.cure.map { "; \($0)" } ?? "")")
    }

    /// The targets, each once, whatever groups it is in.
    private static func unique(_ targets: [Target]) -> [Target] {
        var names: Set<String> = []
        return targets.filter { names.insert($0.name).inserted }
    }
}

extension Setting {
    fileprivate func group(in template: String) -> [Target] {
        guard var section = section("a group of targets") else { return [] }
        let list = section.require("targets", cure: "add \"targets\": [\"host:9100\"]")?.list() ?? []
        let instance = section.take("labels").flatMap { $0.entry("instance")?.machineName() }
        section.finish()
        return list.compactMap { $0.targetText(in: template, machine: list.count == 1 ? instance : nil) }
    }

    private func entry(_ name: String) -> Setting? {
        guard var section = section("labels") else { return nil }
        return section.take(name)
    }
}
