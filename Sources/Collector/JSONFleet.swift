internal import CSimdJSON
import Rules

/// The fleet format: a JSON array of records, or one bare record.
public enum JSONFleet {
    /// Decodes a document; a record that does not fit is refused by itself.
    ///
    /// A record that names no machine is of `machine`, if that is known.
    public static func decode(
        _ body: consuming [UInt8], shape: FleetShape, machine: String? = nil
    ) throws(DecodeError) -> Decoded {
        let size = body.count
        body.append(contentsOf: repeatElement(0, count: FleetReader.padding))
        let reader = FleetReader(shape, machine: machine)
        return try reader.decode(body, size: size)
    }
}

/// simdjson, set up for one shape.
@safe private struct FleetReader: ~Copyable {
    /// How many zeros must follow a document.
    static let padding = 64

    private let handle: OpaquePointer
    private let shape: FleetShape
    /// Whose records are that name none; empty when each must.
    private let machine: String
    /// The pointer to the records, as its steps.
    private let steps: [String]

    init(_ shape: FleetShape, machine: String?) {
        self.shape = shape
        self.machine = machine ?? ""
        steps = shape.records.pointerSteps
        var random = SystemRandomNumberGenerator()
        unsafe handle = fleet_reader_create(random.next(), random.next())
        for var step in steps {
            step.withUTF8 { unsafe fleet_reader_add_pointer_step(handle, $0.baseAddress, $0.count) }
        }
        for var path in [shape.machine] + shape.metrics.map(\.path) {
            path.withUTF8 { unsafe fleet_reader_add_field(handle, $0.baseAddress, $0.count) }
        }
        var name = self.machine
        name.withUTF8 { unsafe fleet_reader_set_machine(handle, $0.baseAddress, $0.count) }
    }

    deinit { unsafe fleet_reader_destroy(handle) }

    /// Decodes the first `size` bytes of `document`, which must be followed by `padding` zeros.
    func decode(_ document: [UInt8], size: Int) throws(DecodeError) -> Decoded {
        precondition(document.count == size + Self.padding)
        let text = document.prefix(size)
        let decoded = unsafe document.withUnsafeBufferPointer { buffer in
            unsafe buffer.baseAddress.map { unsafe fleet_reader_decode(handle, $0, size).pointee }
        }
        guard let decoded = unsafe decoded else { throw .empty }
        if let error = unsafe error(decoded.status, at: decoded.place, in: text) { throw error }
        let names = unsafe Array(UnsafeBufferPointer(start: decoded.names, count: decoded.names_size))
        let ends = unsafe Array(UnsafeBufferPointer(start: decoded.name_ends, count: decoded.machines))
        let values = unsafe Array(UnsafeBufferPointer(start: decoded.values, count: decoded.values_count))
        let refusals = unsafe UnsafeBufferPointer(start: decoded.refusals, count: decoded.refusals_count)
        guard let machines = NameList(bytes: names, ends: ends) else { throw .inconsistent }
        return Decoded(
            metrics: shape.metrics.map(\.name), machines: machines, values: values,
            refusals: unsafe refusals.map { refusal($0, in: text) }, refusedCount: unsafe decoded.refused)
    }

    private func error(_ status: FleetStatus, at place: Int, in text: ArraySlice<UInt8>) -> DecodeError? {
        switch status {
        case .decoded: nil
        case .empty: .empty
        case .truncated: looksLikeHTML(text) ? .html : .truncated(bytes: text.count)
        case .notJSON: looksLikeHTML(text) ? .html : .notJSON(near: DecodeError.Place(byte: place, in: text))
        case .invalidUTF8:
            looksLikeHTML(text) ? .html : .invalidUTF8(at: DecodeError.Place(ofInvalidUTF8In: text))
        case .tooDeep: .tooDeep(at: DecodeError.Place(byte: place, in: text))
        case .tooLarge: .tooLarge
        case .pointerNotFound:
            .pointerNotFound(pointer: shape.records, step: steps.dropFirst(place).first ?? "")
        case .pointerTwice: .pointerTwice(pointer: shape.records)
        case .notRecords: .notRecords(pointer: shape.records)
        case .notARecord: .notARecord(pointer: shape.records, fields: [shape.machine] + paths)
        }
    }

    private func looksLikeHTML(_ text: ArraySlice<UInt8>) -> Bool {
        text.first { $0 > UInt8(ascii: " ") } == UInt8(ascii: "<")
    }

    private func refusal(_ raw: FleetRefusal, in text: ArraySlice<UInt8>) -> Refusal {
        let field = raw.field == 0 ? shape.machine : paths[raw.field - 1]
        let value = text.dropFirst(raw.value_start).prefix(raw.value_size)
        let concernsField =
            switch raw.reason {
            case .notAnObject, .noMetric: false
            default: true
            }
        var refusal = Refusal(
            place: .record(raw.index), field: concernsField ? field : "", value: excerpt(value),
            reason: reason(raw.reason))
        refusal.machine = name(text.dropFirst(raw.machine_start).prefix(raw.machine_size))
        return refusal
    }

    /// What a record names its machine, of the JSON text: a string, or an integer.
    private func name(_ json: ArraySlice<UInt8>) -> String {
        guard !json.isEmpty else { return machine }
        return (try? JSONValue(Array(json)))?.text ?? String(decoding: json, as: UTF8.self)
    }

    private func reason(_ reason: FleetReason) -> Refusal.Reason {
        switch reason {
        case .notAnObject: .notAnObject
        case .machineMissing: .machineMissing
        case .machineEmpty: .machineEmpty
        case .machineTooLong: .machineTooLong
        case .machineHasControlCharacters: .machineHasControlCharacters
        case .machineIsNotText: .machineIsNotText
        case .machineTwice: .machineTwice
        case .fieldTwice: .fieldTwice
        case .parentIsNotAnObject: .parentIsNotAnObject
        case .notANumber: .notANumber
        case .numberTooLarge: .numberTooLarge
        case .negativePercentage: .negativePercentage
        case .noMetric: .noMetric(of: paths)
        }
    }

    private var paths: [String] { shape.metrics.map(\.path) }
}

extension String {
    /// The steps of a JSON pointer, unescaped (RFC 6901 §4); a leading slash may be left out.
    fileprivate var pointerSteps: [String] {
        guard !isEmpty else { return [] }
        let path = hasPrefix("/") ? dropFirst() : self[...]
        return path.split(separator: "/", omittingEmptySubsequences: false).map {
            // In this order: `~01` is `~1`.
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }
}
