import Rules

/// The system's time zones.
enum ZoneFile {
    static let folder = "/usr/share/zoneinfo/"

    /// The zone of an IANA name; nil when the system has none of that name.
    static func read(_ name: String) -> Zone? {
        if name == "UTC" { return .utc }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "_-+/".utf8.contains(byte)
            }
        }
        guard isPlain, !name.isEmpty, !name.hasPrefix("/"),
            let bytes = try? FileReader.bytes(at: folder + name)
        else { return nil }
        return Zone(name, tzif: bytes)
    }
}
