/// The first refusals, and how many there are.
struct RefusalList {
    static let limit = 20

    private(set) var first: [Refusal] = []
    private(set) var count = 0

    mutating func add(_ refusal: @autoclosure () -> Refusal) {
        count += 1
        if first.count < Self.limit { first.append(refusal()) }
    }

    /// Adds what must not be lost among many.
    mutating func addFirst(_ refusal: Refusal) {
        count += 1
        first = [refusal] + first.prefix(Self.limit - 1)
    }

    mutating func add(contentsOf other: [Refusal], count: Int) {
        first += other.prefix(max(0, Self.limit - first.count))
        self.count += count
    }
}
