import Rules
import Synchronization

@testable import Gateway
@testable import Store

/// What is looked at after each step.
extension World {
    /// What an item that was taken means by the oracle.
    func meaning(of item: Inbox.Item) throws -> Set<Oracle.Turn> {
        switch item {
        case .poll(let poll):
            guard let report = reports[poll.source]?.first else {
                throw Breach("a poll was taken that nobody sent")
            }
            reports[poll.source]?.removeFirst()
            guard let time = try ledger.newPoll(of: poll.source, disk) else {
                throw Breach("a poll of \(poll.source) was taken and is not on disk")
            }
            note("poll of \(poll.source) at \(time - Self.start.milliseconds): \(report)")
            return ledger.oracle.take(report, of: poll.source, at: time)
        case .configuration:
            let next = handed.removeFirst()
            ledger.active = next
            return ledger.oracle.adopt(next.rules)
        case .request, .tick, .trouble: return []
        }
    }

    func check(_ meant: Set<Oracle.Turn>, after item: Inbox.Item? = nil) throws {
        // A poll is judged once what flapped before it was told.
        let releasesFirst = if case .poll = item { true } else { false }
        for line in try ledger.check(meant, disk, at: clock.wall, releasesFirst: releasesFirst) { note(line) }
    }

    /// What was under way when the process died has happened as a whole, or not at all.
    func checkAfterCrash(_ item: Inbox.Item?, isStart: Bool) throws {
        if isStart { ledger.active = file }
        var meant: Set<Oracle.Turn> = []
        switch item {
        case .poll(let poll):
            if let time = try ledger.newPoll(of: poll.source, disk), let report = reports[poll.source]?.first
            {
                meant = ledger.oracle.take(report, of: poll.source, at: time)
            }
        case .configuration where try ledger.hasNews(disk):
            ledger.active = handed.first ?? file
            meant = ledger.oracle.adopt(ledger.active.rules)
        case nil where try isStart && ledger.hasNews(disk): meant = ledger.oracle.adopt(file.rules)
        case .configuration, .request, .tick, .trouble, nil: break
        }
        try check(meant, after: item)
    }

    /// What must hold once all is quiet.
    func finish() throws {
        try ledger.checkEnd(disk, file, receivers, at: clock.wall)
        process?.service.log.flush()
        if let line = logged.withLock({ $0.first { $0.contains("refused by the store") } }) {
            throw Breach(line)
        }
        note("quiet")
    }
}
