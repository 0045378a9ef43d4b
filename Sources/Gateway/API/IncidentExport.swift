import HTTP
import Rules
import Store
import Synchronization

/// All incidents that match, newest first, as lines: read and sent page by page, so that any number of them takes
/// the memory of one page.
struct IncidentExport: Sendable {
    enum Form: String, CaseIterable, Sendable {
        /// RFC 4180, with a line of names first.
        case csv = "text/csv"
        /// A JSON object a line.
        case lines = "application/x-ndjson"
    }

    let form: Form
    let query: IncidentQuery
    let archive: Archive

    private static let page = 500

    /// Each page begins below the last incident of the one before, so that what happens meanwhile makes none be
    /// skipped or come twice; no page keeps the store from cleaning up.
    var outcome: HTTPServer.Outcome {
        let head = HTTPServer.Response(
            fields: [
                "content-type": form == .csv ? "text/csv; charset=utf-8; header=present" : form.rawValue,
                "cache-control": "no-store",
            ])
        let place = Place(query)
        return .stream(head, HTTPServer.Stream { await part(place) })
    }

    private final class Place: Sendable {
        let next: Mutex<(query: IncidentQuery, isFirst: Bool)?>

        init(_ query: IncidentQuery) {
            var query = query
            query.limit = IncidentExport.page
            next = Mutex((query, true))
        }
    }

    private func part(_ place: Place) async -> HTTPServer.Stream.Part {
        guard let (query, isFirst) = place.next.withLock({ $0 }) else { return .end }
        do throws(StoreError) {
            let bytes = try await archive.read { [form] (reader) throws(StoreError) in
                let (page, more) = try reader.incidents(matching: query)
                var following = query
                following.before = page.last?.id
                let next = more ? (following, false) : nil
                place.next.withLock { $0 = next }
                return form.bytes(of: page, isFirst: isFirst)
            }
            return bytes.isEmpty ? .end : .bytes(bytes)
        } catch { return .failure }
    }
}

extension IncidentExport.Form {
    fileprivate func bytes(of page: [Incident], isFirst: Bool) -> [UInt8] {
        switch self {
        case .lines:
            return page.flatMap { incident in
                var json = JSONWriter()
                json.listed(incident)
                return json.bytes + [UInt8(ascii: "\n")]
            }
        case .csv:
            var text = isFirst ? Self.names.joined(separator: ",") + "\r\n" : ""
            for incident in page { text += incident.cells.map(Self.quoted).joined(separator: ",") + "\r\n" }
            return Array(text.utf8)
        }
    }

    private static let names = [
        "id", "status", "rule", "severity", "machine", "source", "metric", "aggregate", "window",
        "threshold", "value", "peak", "last_value", "message", "labels", "opened_at", "resolved_at",
        "acknowledged_at", "acknowledged_by", "resolution", "rules_version",
    ]

    private static func quoted(_ cell: String) -> String {
        guard cell.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}

extension Incident {
    fileprivate var cells: [String] {
        let window =
            switch window {
            case .samples(let count): String(count)
            case .duration(let length): length.compact
            }
        let labels = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return [
            String(id), status.rawValue, rule, severity.rawValue, machine, source, metric, aggregate.rawValue,
            window, threshold.limit.shown, value.shown, peak.shown, lastValue.shown, message, labels,
            openedAt.description, resolvedAt?.description ?? "", acknowledgedAt?.description ?? "",
            acknowledgedBy ?? "", resolution?.rawValue ?? "", String(rulesVersion),
        ]
    }
}
