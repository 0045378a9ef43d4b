import Dispatch
import Foundation
import Notifiers
import TestSupport
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct RulesWatcherTests {
    @Test func aFileThatIsRemovedIsToldOfLikeOneThatIsSaved() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a", to: "rules.yaml")
        let changes = Mailbox<Bool>()
        let watcher = RulesWatcher(
            path: path, queue: DispatchQueue(label: "watch"), patience: .milliseconds(1)
        ) { changes.put(FileManager.default.fileExists(atPath: path)) }
        #expect(watcher != nil)
        try folder.write("b", to: "other.yaml")
        try folder.write("b", to: "rules.yaml")
        #expect(await changes.take()?.first == true)
        try FileManager.default.removeItem(atPath: path)
        while await changes.take()?.contains(false) == false {}
        withExtendedLifetime(watcher) {}
    }
    @Test func whatIsRepeatedIsDoneAgainAndAgain() async {
        let calls = Mailbox<Int>()
        let repeating = Repeating(every: .milliseconds(1), on: DispatchQueue(label: "repeat")) {
            calls.put(1)
        }
        var count = 0
        while count < 3, let more = await calls.take() { count += more.count }
        #expect(count >= 3)
        withExtendedLifetime(repeating) {}
    }
}
