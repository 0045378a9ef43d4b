import Rules

extension ClientRun {
    func auditWords(for json: JSONValue) -> String {
        let rows = json.elements.map { entry in
            let omitted = entry["omitted"]?.number ?? 0
            let note = omitted > 0 ? " (\(omitted.plain) refusals before it are not kept)" : ""
            return ["at", "who", "address", "status"].map(entry.shown)
                + ["\(entry.shown("method")) \(entry.shown("route"))", entry.shown("subject")]
                + [entry.shown("summary") + note]
        }
        let heads = ["AT", "WHO", "FROM", "STATUS", "WHAT", "OF", "SENT"]
        return rows.isEmpty ? "nothing on record\n" : Table(heads, rows).text(width: width)
    }
}

extension ClientCommand {
    /// Those that `--ca` or GATEWAY_CA names a file of.
    func authorities(_ environment: [String: String]) throws(UsageError) -> String? {
        let named = value("--ca") ?? environment["GATEWAY_CA"]
        guard let path = named, !path.isEmpty else { return nil }
        let bytes: [UInt8]
        do { bytes = try FileReader.bytes(at: path) } catch {
            throw UsageError("--ca: \(path) cannot be read: \(error.message)")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("-----BEGIN CERTIFICATE-----") else {
            throw UsageError("--ca: \(path) holds no certificate in PEM")
        }
        return text
    }
}
