/// The endpoints of a source that has many of one kind.
public struct Targets: Hashable, Sendable {
    /// Those that stand in the settings file.
    public let listed: [Target]
    /// The path of a file with more of them, which is read again at each round; nil when there is none.
    public let file: String?

    /// What stands for a target in a URL.
    static let placeholder = "{target}"

    public init(_ listed: [Target], file: String? = nil) {
        self.listed = listed
        self.file = file
    }
}

/// One endpoint of a source that has many.
public struct Target: Hashable, Sendable {
    /// Its host and port.
    public let name: String
    public let url: String
    /// The name of the machine that answers there, unless the response names it.
    public let machine: String

    public init(name: String, url: String, machine: String? = nil) {
        self.name = name
        self.url = url
        self.machine = machine ?? name
    }

    /// The target that `text` names, a host with its port or a URL; `template` is the URL of the former.
    init(_ text: String, in template: String, machine: String? = nil) {
        let isURL = text.contains("://")
        let url = isURL ? text : template.replacing(Targets.placeholder, with: text)
        self.init(name: isURL ? url.authority : text, url: url, machine: machine)
    }
}

extension String {
    /// The host and port of a URL, without userinfo.
    var authority: String {
        let rest = firstRange(of: "://").map { self[$0.upperBound...] } ?? self[...]
        let authority = rest.prefix { !"/?#".contains($0) }
        return String(authority.lastIndex(of: "@").map { authority[$0...].dropFirst() } ?? authority)
    }
}
