internal import HTTP
public import Rules

/// What one response said: a row for each machine, a column for each metric.
public struct Decoded: Sendable {
    public let machines: NameList
    /// Row by row; NaN where a machine has no value for a metric.
    public let values: [Double]
    /// The first of the records that were refused, at most 20.
    public let refusals: [Refusal]
    /// How many records were refused in all.
    public let refusedCount: Int
}

extension Source {
    /// Reads a response in the format of the source.
    func decode(_ answer: HTTPAnswer) throws(DecodeError) -> Decoded {
        switch format {
        case .auto, .json: try JSONFleet.decode(answer.body, shape: shape)
        }
    }
}

/// A record that does not fit, and what would be right.
public struct Refusal: Hashable, Sendable {
    /// The place of the record in the document, from 0.
    public let index: Int
    /// The path of the field at fault; empty when it is the record as a whole.
    public let field: String
    /// The value as it stands in the document, on one line of at most 100 characters; empty when there is none.
    public let value: String
    public let reason: Reason

    public enum Reason: Hashable, Sendable {
        case notAnObject
        case machineMissing, machineEmpty, machineTooLong, machineHasControlCharacters, machineIsNotText
        case machineTwice, fieldTwice
        case parentIsNotAnObject
        case notANumber, numberTooLarge, negativePercentage
        /// A record without a value for any of these.
        case noMetric(of: [String])
    }
}

extension Refusal: CustomStringConvertible {
    /// The refusal as one line: `record 3: cpu "n/a" is not a number; …`.
    public var description: String {
        let subject = [field, value].filter { !$0.isEmpty }.joined(separator: " ")
        return "record \(index): " + (subject.isEmpty ? "" : subject + " ") + reason.description
    }
}

extension Refusal.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAnObject: "is not an object; a record is an object with a machine and its metrics"
        case .machineMissing: "is missing; each record must name its machine"
        case .machineEmpty: "is empty; each record must name its machine"
        case .machineTooLong: "is too long; a machine's name has at most 255 bytes"
        case .machineHasControlCharacters: "has control characters; a machine's name must have none"
        case .machineIsNotText: "is not a name; expected a string or an integer"
        case .machineTwice: "stands in an earlier record too; the first one counts"
        case .fieldTwice: "stands twice in the record; expected it once"
        case .parentIsNotAnObject: "is out of reach: what should hold it is not an object"
        case .notANumber: "is not a number; expected one such as 45, 30.5 or \"45%\""
        case .numberTooLarge: "is too large; expected a number within ±1.7e308"
        case .negativePercentage: "is a negative percentage; expected 0% or more"
        case .noMetric(let paths): "has none of \(paths.joined(separator: ", "))"
        }
    }
}
