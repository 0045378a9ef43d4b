/// Why webhooks are not told of an incident for now.
public enum Hold: Hashable, Sendable, CustomStringConvertible {
    /// A silence or a maintenance window, by its name.
    case silence(String)
    /// An incident that is open on the same machine, of a rule that holds this one's back.
    case incident(Int64, rule: String)
    /// Its rule opens and resolves too often on this machine.
    case flapping

    /// `silence 3`, `maintenance nightly`, `incident 7 of cpu-critical`, `flapping`.
    public var description: String {
        switch self {
        case .silence(let name): name
        case .incident(let number, let rule): "incident \(number) of \(rule)"
        case .flapping: Self.flappingText
        }
    }

    private static let flappingText = "flapping"

    /// Reads what `description` writes.
    public init(_ text: String) {
        let words = text.split(separator: " ")
        if text == Self.flappingText {
            self = .flapping
        } else if words.count == 4, words[0] == "incident", let number = Int64(words[1]) {
            self = .incident(number, rule: String(words[3]))
        } else {
            self = .silence(text)
        }
    }
}

/// A machine of a source: names are one source's own.
public struct Place: Hashable, Sendable {
    public let source: String
    public let machine: String

    public init(source: String, machine: String) {
        self.source = source
        self.machine = machine
    }
}

extension Incident {
    public var place: Place { Place(source: source, machine: machine) }

    /// The silence or maintenance window that holds it back, or did so last of all: `silence 3`.
    public var silencedBy: String? {
        heldBy.lazy.compactMap { if case .silence(let name) = $0 { name } else { nil } }.first
    }
}

/// All that decides whether webhooks are told of an incident at one moment.
public struct Holds: Sendable {
    private let silences: [Silence]
    private let precedence: Precedence

    /// `silences` are those that are active.
    public init(silences: [Silence], precedence: Precedence) {
        self.silences = silences
        self.precedence = precedence
    }

    /// Everything that holds back the opening of `incident`, while the incidents in `open` are open on its machine;
    /// of several silences, the one that was made first.
    public func holds(on incident: Incident, beside open: [Incident], isFlapping: Bool) -> [Hold] {
        let silence = silences.first { $0.matcher.matches(incident) }.map { Hold.silence($0.name) }
        let stronger = precedence.holders(of: incident, among: open)
        return [silence].compactMap { $0 } + stronger.map { .incident($0.id, rule: $0.rule) }
            + endHolds(isFlapping: isFlapping)
    }

    /// Everything that holds back the end of an incident whose opening was told: a silence or a stronger incident
    /// never does, since a resolve always follows.
    public func endHolds(isFlapping: Bool) -> [Hold] { isFlapping ? [.flapping] : [] }
}
