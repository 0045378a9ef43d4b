internal import CFuzzer
import Glibc

@testable import Gateway

/// Feeds one door of the gateway with inputs that libFuzzer makes up: `Fuzz DOOR [options of libFuzzer] CORPUS`.
@main enum Fuzz {
    /// Chosen by the first argument; nil when that names none.
    private static let door = CommandLine.arguments.dropFirst().first.flatMap { doors[$0] }

    private static let doors: [String: @Sendable ([UInt8]) -> Void] = [
        "fleet": FleetDoor.take, "page": PageDoor.take, "rules": RulesDoor.take, "api": APIDoor.take,
    ]

    static func main() {
        guard door != nil else {
            say("usage: Fuzz \(doors.keys.sorted().joined(separator: "|")) [options] CORPUS")
            exit(2)
        }
        // The door is no file of a corpus.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = unsafe CommandLine.unsafeArgv + 1
        exit(
            unsafe LLVMFuzzerRunDriver(&count, &arguments) { bytes, size in
                Fuzz.door?(unsafe Array(UnsafeBufferPointer(start: bytes, count: size)))
                return 0
            })
    }
}

/// Ends the process, which libFuzzer reports as a finding, unless `condition` holds.
func demand(_ condition: Bool, _ message: @autoclosure () -> String) {
    guard !condition else { return }
    say("broken: \(message())")
    abort()
}

private func say(_ line: String) { Log.writeToStandardError(Array("\(line)\n".utf8)) }
