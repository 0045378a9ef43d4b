/// What may stand at one place of a settings file, learned from the readers that read it.
///
/// Each way to read a `Setting` or a `Section` tells it what it takes, whether or not what stands there is right, so
/// that what editors are told is what the file is read by.
public final class Shape {
    /// What one scalar may be.
    enum Scalar: Hashable {
        /// Any, of which the words say more.
        case text(String)
        case integer(ClosedRange<Int>)
        case number
        case duration(ClosedRange<Duration>)
        case choice([String])
        case flag
    }

    private(set) var scalars: [Scalar] = []
    private(set) var keys: [String: Shape] = [:]
    /// How often it was read as a section, and how often with which key required.
    private(set) var sections = 0
    private var demands: [String: Int] = [:]
    /// What the items of a list are; and whether one may stand in place of the list.
    private(set) var item: Shape?
    private(set) var mayBeOne = false
    /// What the values of a mapping are whose keys are the user's to choose.
    private(set) var value: Shape?
    private(set) var mayBeNull = false

    public init() {}

    /// The keys that are required however the section is read.
    var required: [String] { demands.filter { $0.value == sections }.keys.sorted() }

    func learn(_ scalar: Scalar) {
        if !scalars.contains(scalar) { scalars.append(scalar) }
    }

    func learnNull() { mayBeNull = true }

    func learnSection() { sections += 1 }

    func require(_ key: String) { demands[key, default: 0] += 1 }

    func key(_ name: String) -> Shape {
        if let known = keys[name] { return known }
        let shape = Shape()
        keys[name] = shape
        return shape
    }

    func learnItems(orOne: Bool) -> Shape {
        mayBeNull = true
        mayBeOne = mayBeOne || orOne
        let shape = item ?? Shape()
        item = shape
        return shape
    }

    func learnEntries() -> Shape {
        mayBeNull = true
        let shape = value ?? Shape()
        value = shape
        return shape
    }

    /// The places that no reader has read, as paths.
    public func unread(at path: String = "") -> [String] {
        var children = keys.map { ("\(path).\($0.key)", $0.value) }
        if let item { children.append((path + "[]", item)) }
        if let value { children.append((path + ".*", value)) }
        if children.isEmpty, scalars.isEmpty { return [path] }
        return children.flatMap { $1.unread(at: $0) }.sorted()
    }
}
