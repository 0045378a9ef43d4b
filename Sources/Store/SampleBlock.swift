/// The values of one metric for 128 neighbouring machines at one time, in bytes.
///
/// Percentages with two decimals, as most sources send them, take two bytes each: whole hundredths. Where one
/// value of the block does not fit, all are kept as they are, in eight. Reading gives back the same bits.
enum SampleBlock {
    static let machines = 128

    private enum Layout: UInt8 {
        case hundredths = 1
        case doubles = 2
    }

    private static let absent = Int16.min

    static func encode(_ values: ArraySlice<Double>) -> [UInt8] {
        encodeHundredths(values.span) ?? encodeDoubles(values.span)
    }

    private static func encodeHundredths(_ values: Span<Double>) -> [UInt8]? {
        var fits = true
        let bytes = [UInt8](capacity: 1 + values.count * 2) { output in
            output.append(Layout.hundredths.rawValue)
            for index in values.indices {
                guard let hundredths = hundredths(values[index]) else {
                    fits = false
                    return
                }
                output.append(UInt8(truncatingIfNeeded: hundredths))
                output.append(UInt8(truncatingIfNeeded: hundredths >> 8))
            }
        }
        return fits ? bytes : nil
    }

    private static func encodeDoubles(_ values: Span<Double>) -> [UInt8] {
        [UInt8](capacity: 1 + values.count * 8) { output in
            output.append(Layout.doubles.rawValue)
            for index in values.indices {
                let bits = values[index].bitPattern
                for shift in 0..<8 { output.append(UInt8(truncatingIfNeeded: bits >> (8 * UInt64(shift)))) }
            }
        }
    }

    private static func hundredths(_ value: Double) -> Int16? {
        guard !value.isNaN else { return absent }
        let scaled = value * 100
        guard scaled.magnitude < 32_767.5 else { return nil }
        // The nearest whole number; cut and not rounded, since `rounded()` is a call for each sample.
        let hundredths = Int16(scaled + (scaled < 0 ? -0.5 : 0.5))
        // Negative zero has other bits than zero, and would come back without its sign.
        guard Double(hundredths) / 100 == value, value != 0 || value.sign == .plus else { return nil }
        return hundredths
    }

    /// The values, NaN where there is none; empty for bytes that are no block.
    static func decode(_ bytes: [UInt8]) -> [Double] {
        switch bytes.first.flatMap(Layout.init) {
        case .hundredths:
            return stride(from: 1, to: bytes.count - 1, by: 2).map { index in
                let bits = UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8
                let hundredths = Int16(bitPattern: bits)
                return hundredths == absent ? .nan : Double(hundredths) / 100
            }
        case .doubles:
            return stride(from: 1, to: bytes.count - 7, by: 8).map { index in
                let bits = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[index + $1]) << (8 * UInt64($1)) }
                return Double(bitPattern: bits)
            }
        case nil: return []
        }
    }

    /// The value of one machine of the block; nil when it has none.
    static func value(at index: Int, in bytes: [UInt8]) -> Double? {
        let width = bytes.first == Layout.doubles.rawValue ? 8 : 2
        let start = 1 + index * width
        guard let layout = bytes.first, start + width <= bytes.count else { return nil }
        let value = decode([layout] + bytes[start..<start + width]).first ?? .nan
        return value.isNaN ? nil : value
    }
}
