public import Rules

/// What a person did with an incident, and said of it.
public struct Remark: Hashable, Sendable {
    public enum Action: String, Sendable {
        case acknowledge, resolve, note
    }

    public let incident: Int64
    public let at: Timestamp
    public let action: Action
    public let by: String?
    public let note: String?

    public init(incident: Int64, at: Timestamp, action: Action, by: String?, note: String?) {
        self.incident = incident
        self.at = at
        self.action = action
        self.by = by
        self.note = note
    }
}

extension StoreWriter {
    func insert(_ remark: Remark) throws(StoreError) {
        try db.run(
            "INSERT INTO remark (incident, at, action, person, note) VALUES (?, ?, ?, ?, ?)",
            .integer(remark.incident), .time(remark.at), .text(remark.action.rawValue), .text(remark.by),
            .text(remark.note))
    }
}

extension StoreReader {
    static func remarks(on incident: Int64, _ db: Connection) throws(StoreError) -> [Remark] {
        try db.rows(
            "SELECT at, action, person, note FROM remark WHERE incident = ? ORDER BY id", [.integer(incident)]
        ) { row in
            Remark(
                incident: incident, at: row.time(0) ?? Timestamp(milliseconds: 0),
                action: row.text(1).flatMap(Remark.Action.init) ?? .note, by: row.text(2), note: row.text(3))
        }
    }
}
