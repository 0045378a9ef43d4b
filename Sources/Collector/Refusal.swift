/// A record or line that does not fit, and what would be right.
public struct Refusal: Hashable, Sendable {
    public let place: Place
    /// The path of the field at fault, or the metric; empty when it is the record as a whole.
    public let field: String
    /// The value as it stands in the document, on one line of at most 100 characters; empty when there is none.
    public let value: String
    public let reason: Reason
    /// The target whose response it is; empty when the source has one URL.
    public var target = ""
    /// The machine that the record names; empty when it names none, or its lines name several.
    var machine = ""

    public enum Place: Hashable, Sendable {
        /// The place of the record in the document, from 0.
        case record(Int)
        /// From 1.
        case line(Int)
        case machine(String)
        /// A metric of the source.
        case metric(String)
        case page
    }

    public enum Reason: Error, Hashable, Sendable {
        case notAnObject
        case machineMissing, machineEmpty, machineTooLong, machineHasControlCharacters, machineIsNotText
        case machineTwice, fieldTwice
        case parentIsNotAnObject
        case notANumber, numberTooLarge, negativePercentage
        /// A record without a value for any of these.
        case noMetric(of: [String])

        // Of lines in the Prometheus text format.
        case notAMetric, badLabels, badEscape, notUTF8, labelTwice, tooManyLabels
        case valueMissing, notAValue, notATimestamp, tooMuch, unknownType
        case lineUnfinished, afterEnd, seriesTwice, tooManySeries
        case machineUnknown
        case noMachineLabel(String)

        // Of what is computed from a page.
        case severalSeries(Int)
        case selectsNothing, pairsNothing
        /// On so many machines, one of which is this.
        case dividesByZero(machine: String, count: Int)
        /// A machine that another target reports as well.
        case machineOfTwoTargets
        case noSeries(of: [String])
    }

    /// Whether it is of `machine`, and others of the response may not be.
    public func concerns(_ machine: String) -> Bool {
        if case .dividesByZero(machine, _) = reason { return true }
        return self.machine == machine || place == .machine(machine)
    }

    init(place: Place, field: String = "", value: String = "", reason: Reason) {
        self.place = place
        self.field = field
        self.value = value
        self.reason = reason
    }
}

extension Refusal: CustomStringConvertible {
    /// The refusal as one line: `record 3: cpu "n/a" is not a number; …`.
    public var description: String {
        let parts = [target, place.description].filter { !$0.isEmpty }
        let subject = [field, value].filter { !$0.isEmpty } + [reason.description]
        return (parts + [subject.joined(separator: " ")]).joined(separator: ": ")
    }
}

extension Refusal.Place: CustomStringConvertible {
    public var description: String {
        switch self {
        case .record(let index): "record \(index)"
        case .line(let number): "line \(number)"
        case .machine(let name): "machine \(name)"
        case .metric(let name): "metric \(name)"
        case .page: ""
        }
    }
}

extension Refusal.Reason: CustomStringConvertible {
    public var description: String { ofRecord ?? ofLine ?? ofPage ?? "" }

    private var ofRecord: String? {
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
        default: nil
        }
    }

    private var ofLine: String? {
        switch self {
        case .notAMetric:
            "does not begin with a metric's name: letters, digits, '_' and ':', the first no digit"
        case .badLabels: "has labels that are not of the form {name=\"value\",other=\"value\"}"
        case .badEscape: "has an unknown escape in a label; expected \\\\, \\\" or \\n"
        case .notUTF8: "has a label that is not UTF-8"
        case .labelTwice: "has a label twice; expected each once"
        case .tooManyLabels: "has too many labels; a series has at most \(PageReader.labelLimit)"
        case .valueMissing: "has no value; expected a number after the name and its labels"
        case .notAValue: "has a value that is not a number; expected one such as 45, 1.5e9 or NaN"
        case .notATimestamp:
            "has more after its value than a timestamp; expected a number of milliseconds, or nothing"
        case .tooMuch: "goes on after its timestamp; expected the end of the line"
        case .unknownType: "names no type; expected counter, gauge, histogram, summary or untyped"
        case .lineUnfinished: "has no line end, so it may have been cut; each line ends with a line feed"
        case .afterEnd: "stands after # EOF, which ends the page"
        case .seriesTwice: "has the name and labels of an earlier line; the first one counts"
        case .tooManySeries: "is beyond the \(PageReader.seriesLimit) series that are taken of a page"
        case .machineUnknown: "is of no machine; give its name with the request, or a label in 'machine'"
        case .noMachineLabel(let label): "has no label \(label), which names the machine"
        default: nil
        }
    }

    private var ofPage: String? {
        switch self {
        case .severalSeries(let count):
            "stands for \(count) series; make one number of them with sum(…), avg(…), min(…) or max(…)"
        case .selectsNothing: "selects no series of the page"
        case .pairsNothing:
            "comes to no number: the series on the two sides of an operator have different labels, or it divides"
                + " by zero; sum(…) makes one number of a side"
        case .dividesByZero(let machine, let count):
            "divides by 0 on \(count == 1 ? machine : "\(count) machines, such as \(machine)"), which gives no value;"
                + " (… or 0) stands in for it"
        case .machineOfTwoTargets: "is reported by another target too; the first one counts"
        case .noSeries(let names): "the page has no series of \(names.joined(separator: ", "))"
        default: nil
        }
    }
}
