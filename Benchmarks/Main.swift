import Glibc

/// Times of the parts alone, on this machine: `make bench-parts`; names of parts as arguments pick some.
/// `Benchmarks stand` is a part of `make bench`.
@main struct Main {
    static func main() async throws {
        let all =
            [
                ("engine", engine), ("million", million), ("json", json), ("store", store), ("cycle", cycle),
                ("history", history), ("edit", edit), ("backtest", backtest), ("storm", storm),
                ("delivery", delivery), ("pages", pages), ("api", api),
                ("growth", growth),
            ] as [(String, () async throws -> Void)]
        let wanted = CommandLine.arguments.dropFirst()
        if wanted == ["stand"] { return try stand() }
        for (name, part) in all where wanted.isEmpty || wanted.contains(name) { try await part() }
    }

    static func report(_ name: String, _ figure: String) {
        print(name + String(repeating: " ", count: max(1, 40 - name.count)) + figure)
        // Behind a pipe too, each is to be seen as it comes.
        fflush(nil)
    }

    static func milliseconds(_ seconds: Double, _ places: Int = 2) -> String {
        places == 0 ? "\(Int((seconds * 1000).rounded())) ms" : "\((seconds * 1000).rounded(to: places)) ms"
    }
}
