import Rules
import Store

/// Looks again and again for what is past its retention.
///
/// What is deleted is gone, and the wall clock alone says what is old: one that has run ahead would have all of the
/// history deleted before it is set right. So nothing is deleted until it has been steady for a while.
struct Retention {
    let time: TimeSource
    /// When the process before this one was last alive; nil when there was none.
    let aliveAt: Timestamp?
    /// Deletes what was past its retention at that moment.
    let prune: @Sendable (Timestamp) async -> Void

    /// How often it looks.
    static let interval = Duration.seconds(60)
    /// How long the clock must not have been set. Within it a daemon that keeps the clock has asked its servers at
    /// least once (systemd-timesyncd each 34 minutes at most, chrony each 17, ntpd each 17) and has set right what
    /// was wrong; an hour's more history is no burden.
    static let probation = Duration.seconds(3600)

    /// Runs until cancelled.
    func run() async {
        var clocks = time.clocks()
        var steadyAt = clocks.uptime + (isRestart(at: clocks.wall) ? .zero : Self.probation)
        while !Task.isCancelled {
            let former = clocks
            clocks = time.clocks()
            if clocks.jump(since: former) != nil { steadyAt = clocks.uptime + Self.probation }
            if clocks.uptime >= steadyAt { await prune(clocks.wall) }
            await time.sleep(Self.interval)
        }
    }

    /// Whether the clock goes on from where the process before left off. A machine that was switched off may have
    /// come up with any time.
    private func isRestart(at now: Timestamp) -> Bool {
        guard let silence = aliveAt?.duration(to: now) else { return false }
        return silence >= .zero && silence < Self.probation
    }
}

extension Service {
    /// Keeps the history as short as `storage` says.
    func keepRetention(_ storage: StorageSettings, aliveAt: Timestamp?) async {
        await Retention(time: time, aliveAt: aliveAt) { now in await prune(storage, at: now) }.run()
    }

    /// Has what was committed found by the history's index.
    func keepIndex() async {
        while !Task.isCancelled {
            await time.sleep(.seconds(1))
            do {
                while try await store.index(), !Task.isCancelled {}
            } catch {
                // What is not indexed is found too, only later than it could be.
                log.debug("the index waits for the store", ["error": error])
            }
        }
    }

    private func prune(_ storage: StorageSettings, at now: Timestamp) async {
        // A finished answer may show what was deleted.
        defer { cache.invalidate() }
        do {
            while try await store.prune(
                samplesBefore: now.advanced(by: .zero - storage.keepSamples),
                incidentsBefore: now.advanced(by: .zero - storage.keepIncidents)), !Task.isCancelled
            {}
        } catch {
            log.debug("retention waits for the store", ["error": error])
        }
    }
}
