import Rules

/// Where a source's samples come from: its keys `url`, `push`, `targets` and `targets_file`.
struct SourceOrigin {
    var url = ""
    var targets: Targets?
    var isPush = false

    private static let template = "http://\(Targets.placeholder)/metrics"

    /// Nil, with faults, when it is not clear.
    init?(of section: inout Section) {
        let url = section.take("url")
        let push = section.take("push")
        let targets = section.take("targets")
        let file = section.take("targets_file")
        if let push {
            guard let flag = push.flag() else { return nil }
            isPush = flag
        }
        if isPush {
            for other in [url, targets, file].compactMap({ $0 }) {
                other.fail("a source that is pushed to is not polled", cure: "remove it, or 'push'")
                return nil
            }
        } else if targets != nil || file != nil {
            guard let found = Self.targets(targets, file: file, url: url) else { return nil }
            (self.url, self.targets) = found
        } else {
            guard let url else {
                section.fail("a source needs 'url'", cure: "add url: http://host:9200/metrics")
                return nil
            }
            guard let text = url.url(placeholder: Targets.placeholder) else { return nil }
            guard !text.contains(Targets.placeholder) else {
                url.fail(
                    "'url' has {target}, and the source has no 'targets'",
                    cure: "add targets: [host:9100], or write the host")
                return nil
            }
            self.url = text
        }
    }

    private static func targets(
        _ list: Setting?, file: Setting?, url: Setting?
    ) -> (url: String, targets: Targets)? {
        guard let template = url.map({ $0.targetTemplate() }) ?? template else { return nil }
        var listed: [Target] = []
        if let list {
            let cure = "write targets: [host:9100, other:9100]"
            guard let items = list.list(cure: cure) else { return nil }
            if items.isEmpty { list.fail("'targets' has no target", cure: cure) }
            for item in items {
                guard let target = item.target(in: template) else { continue }
                if listed.contains(where: { $0.name == target.name }) {
                    item.fail("the target is given twice", cure: "keep one of the two")
                }
                listed.append(target)
            }
            guard listed.count == items.count, !items.isEmpty else { return nil }
        }
        return (template, Targets(listed, file: file?.targetsFile(in: template)))
    }
}

extension Setting {
    fileprivate func targetTemplate() -> String? {
        guard let url = url(placeholder: Targets.placeholder) else { return nil }
        guard url.contains(Targets.placeholder) else {
            fail("'url' names no target", cure: "write url: http://{target}/metrics")
            return nil
        }
        return url
    }

    /// A target as a text, or as `{target: host:9100, machine: web-1}`.
    fileprivate func target(in template: String) -> Target? {
        guard isMapping else { return targetText(in: template, machine: nil) }
        guard var section = section("a target") else { return nil }
        let machine = section.take("machine").map { $0.machineName() }
        let target = section.require("target", cure: "add target: host:9100")
        section.finish()
        guard machine != .some(nil) else { return nil }
        return target?.targetText(in: template, machine: machine ?? nil)
    }

    func targetText(in template: String, machine: String?) -> Target? {
        guard let text = text("a target") else { return nil }
        guard !text.contains("@") || text.contains("://") else {
            fail("a target holds no user and password", cure: "write host:9100, and 'headers' to log in")
            return nil
        }
        let target = Target(text, in: template, machine: machine)
        guard text.contains("://") || !text.utf8.contains(where: "/?#".utf8.contains), isURL(target.url)
        else {
            return failing("a host with its port, or a URL", cure: "write host:9100")
        }
        return target
    }

    func machineName() -> String? {
        guard let text = text("the name of a machine") else { return nil }
        return text.utf8.count <= 255 ? text : failing("a name of at most 255 bytes", cure: "shorten it")
    }

    /// The path of a file of targets; that it cannot be used now is no fault, since it may come later.
    fileprivate func targetsFile(in template: String) -> String? {
        guard let (path, bytes) = file() else { return nil }
        do throws(TargetsFile.Failure) {
            _ = try TargetsFile.targets(in: bytes, file: path, template: template)
        } catch {
            warn("there are no targets from the file yet: \(error.description)", cure: "see that it comes")
        }
        return path
    }
}
