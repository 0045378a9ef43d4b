import Rules

/// ntfy's publishing as JSON (https://docs.ntfy.sh/publish/#publish-as-json).
public struct Ntfy: MessageFormat, Hashable {
    public let topic: String

    /// Nil unless `topic` is of the form that ntfy takes: 1 to 64 letters, digits, `_` and `-`.
    public init?(topic: String) {
        let isTopic = topic.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isTopic, (1...64).contains(topic.utf8.count) else { return nil }
        self.topic = topic
    }

    static let url = "https://ntfy.sh"
    /// In bytes; a longer message arrives as an attached file (https://docs.ntfy.sh/publish/#limitations).
    static let messageLimit = 4096
    private static let longTitle = 250

    func body(for message: Message, in rendering: Rendering) -> [UInt8] {
        let briefing = Briefing(message, in: rendering)
        var json = JSONWriter()
        json.object { json in
            json.member("title", briefing.title.clipped(to: Self.longTitle, in: .utf8))
            var lines = [briefing.text, ""] + briefing.facts.map { "\($0.name): \($0.text)" }
            if let runbook = briefing.runbook { lines.append("Runbook: \(runbook)") }
            json.member("message", lines.joined(separator: "\n").clipped(to: Self.messageLimit, in: .utf8))
            json.member("priority", Self.priority(of: briefing))
            json.key("tags")
            json.array { json in
                json.string(Self.tag(of: briefing))
                json.string(briefing.severity.rawValue)
            }
            if let link = briefing.link { json.member("click", link) }
            if !briefing.actions.isEmpty { Self.buttons(briefing.actions, &json) }
        }
        return json.bytes
    }

    /// Three at most (https://docs.ntfy.sh/publish/#action-buttons).
    private static func buttons(_ actions: [ActionLinks.Link], _ json: inout JSONWriter) {
        json.key("actions")
        json.array { json in
            for action in actions.prefix(3) {
                json.object { json in
                    json.member("action", "view")
                    json.member("label", action.title)
                    json.member("url", action.url)
                }
            }
        }
    }

    func addressed(_ body: [UInt8], to address: Address) -> [UInt8] {
        body.adding { $0.member("topic", topic) }
    }

    /// 5 rings through, 3 is usual, 2 makes no sound (https://docs.ntfy.sh/publish/#message-priority).
    private static func priority(of briefing: Briefing) -> Int {
        switch (briefing.state, briefing.severity) {
        case (.acknowledged, _), (.late, _): 2
        case (.resolved, _), (.test, _), (.drill, _): 3
        case (_, .critical): 5
        case (_, .warning): 4
        case (_, .info): 3
        }
    }

    /// The names of the icons, which ntfy shows in front of the title (https://docs.ntfy.sh/emojis/).
    private static func tag(of briefing: Briefing) -> String {
        switch (briefing.state, briefing.severity) {
        case (.open, .critical), (.stillOpen, .critical): "rotating_light"
        case (.open, .warning), (.stillOpen, .warning): "warning"
        case (.open, .info), (.stillOpen, .info): "information_source"
        case (.acknowledged, _): "eyes"
        case (.resolved, _): "white_check_mark"
        case (.late, _): "clock4"
        case (.digest, _): "package"
        case (.test, _), (.drill, _): "test_tube"
        }
    }
}
