import Foundation
import Synchronization

/// How one life went.
struct Life: Sendable {
    let seed: UInt64
    let hash: UInt64
    let lines: [String]
    /// What did not hold; nil where all did.
    let breach: String?

    /// Lives it; the same seed gives the same life.
    init(seed: UInt64, mutant: Mutant? = nil) {
        self.seed = seed
        do {
            let world = try World(seed: seed, mutant: mutant)
            var found: String?
            do { try world.live() } catch { found = "\(error)" }
            (hash, lines, breach) = (world.trace.hash, world.trace.lines, found)
        } catch {
            (hash, lines, breach) = (0, [], "\(error)")
        }
    }

    /// The breach, what led to it, and how to see it again.
    var report: String {
        """
        \(lines.joined(separator: "\n"))
        seed \(seed), trace \(String(hash, radix: 16)): \(breach ?? "all holds")
        again: make simulate SEED=\(seed)
        """
    }

    /// Lives all `seeds`, on threads of its own; gives those whose life `isWanted`, at most `limit`, by seed.
    ///
    /// The lives block, which Swift's shared threads must not.
    static func all(
        _ seeds: Range<UInt64>, mutant: Mutant? = nil, limit: Int = 3,
        where isWanted: @escaping @Sendable (Life) -> Bool = { $0.breach != nil }
    ) async -> [Life] {
        let shared = Shared(from: seeds.lowerBound)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        let thread = Thread {
                            while shared.found.withLock({ $0.count < limit }) {
                                let seed = shared.next.add(1, ordering: .relaxed).oldValue
                                guard seed < seeds.upperBound else { break }
                                let life = Life(seed: seed, mutant: mutant)
                                if isWanted(life) { shared.found.withLock { $0.append(life) } }
                            }
                            continuation.resume()
                        }
                        thread.stackSize = 8 << 20
                        thread.start()
                    }
                }
            }
        }
        return shared.found.withLock { $0 }.sorted { $0.seed < $1.seed }
    }

    private final class Shared: Sendable {
        let next: Atomic<UInt64>
        let found = Mutex<[Life]>([])

        init(from seed: UInt64) { next = Atomic(seed) }
    }
}
