public import HTTP
internal import Rules

/// Why a poll gave no records.
public enum SourceFailure: Error, Hashable, Sendable {
    case http(HTTPFailure)
    /// A status other than 2xx, and the beginning of what came with it.
    case status(Int, body: String)
    /// A body that cannot be read, and its beginning.
    case undecodable(DecodeError, body: String)
    /// No target of the source answered as it should; the first of them, and why.
    indirect case allTargets(count: Int, first: String, SourceFailure)
}

extension SourceFailure: CustomStringConvertible {
    /// The failure as one line.
    public var description: String {
        switch self {
        case .http(let failure): failure.description
        case .status(let status, let body): "answered \(status)\(Self.quoted(body))"
        case .undecodable(let error, let body): "\(error)\(Self.quoted(body))"
        case .allTargets(1, let first, let failure): "\(first): \(failure)"
        case .allTargets(let count, let first, let failure):
            "all \(count) targets fail; \(first): \(failure)"
        }
    }

    private static func quoted(_ body: String) -> String { body.isEmpty ? "" : "; the body begins: \(body)" }
}

extension Source {
    /// The beginning of a body as an `excerpt`, without anything that the request had in confidence: many
    /// error pages repeat the path, the query or the headers that they were asked with.
    func redactedExcerpt(_ body: [UInt8], from url: String? = nil) -> String {
        let known = String(decoding: body.prefix(4096), as: UTF8.self)
        let redacted = confidences(in: url ?? self.url).reduce(known) {
            $0.replacing($1, with: Secret("").description)
        }
        return excerpt(redacted, isCut: body.count > 4096)
    }

    /// The texts of the request that nobody but the source may see, longest first.
    private func confidences(in url: String) -> [String] {
        let inURL = [url.userinfo, url.query].compactMap { $0 }
        let given = headers.map(\.value) + [options.authorization?.field].compactMap { $0 }
        let values = given.map(\.revealed) + inURL
        let parts = values.flatMap { $0.split { " &=:;,".contains($0) }.map(String.init) }
        // Shorter parts are words such as `Basic` or `1`, and would black out what has nothing to hide.
        return Set(values.filter { !$0.isEmpty } + parts.filter { $0.utf8.count >= 6 })
            .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// The URL without userinfo, query and fragment, which may hold secrets.
    public var shownURL: String {
        var shown = String(url.prefix { $0 != "?" && $0 != "#" })
        if let userinfo = url.userinfo, let range = shown.firstRange(of: userinfo + "@") {
            shown.removeSubrange(range)
        }
        return shown
    }
}

extension String {
    /// What stands between the `//` and the last `@` of the authority (RFC 3986 §3.2.1).
    fileprivate var userinfo: String? {
        guard let start = firstRange(of: "//")?.upperBound else { return nil }
        let authority = self[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return authority.lastIndex(of: "@").map { String(authority[..<$0]) }
    }

    fileprivate var query: String? {
        firstIndex(of: "?").map { String(self[$0...].dropFirst().prefix { $0 != "#" }) }
    }
}
