import Rules
import Store

/// What the store is told of attempts and of webhooks.
extension DispatchLoop {
    /// Whether outcomes may be committed while the loop goes on: all is well, so that nothing it does next hangs on them.
    private var isPlain: Bool {
        !storeIsFailing && duties.isEmpty && clockSet == nil
            && findings.allSatisfy { $0.finding.next == .delivered }
    }

    /// Has the store take what it is owed, outcomes first; what it does not take stays owed.
    ///
    /// False where a commit under way must end before the loop may go on.
    mutating func settle() async -> Bool {
        guard recording.isEmpty else { return isPlain }
        guard !findings.isEmpty || !duties.isEmpty || clockSet != nil else { return true }
        guard !isPlain else {
            recordBeside()
            return true
        }
        do {
            // What is found out since counts by the clock as it is now.
            if let clockSet { try await store.clockWasSet(by: clockSet, at: now) }
            clockSet = nil
            if !findings.isEmpty {
                try await store.record(findings.map(\.finding), endpoints: endpoints(of: findings))
                recorded(findings)
            }
            // Never recorded twice, even if a duty fails now.
            findings = []
            while let duty = duties.first {
                try await perform(duty)
                duties.removeFirst()
            }
            succeeded()
        } catch {
            failed(error)
        }
        return true
    }

    /// Has all outcomes there are committed, in one transaction, while the loop goes on.
    private mutating func recordBeside() {
        (recording, findings) = (findings, [])
        let endpoints = endpoints(of: recording)
        effects.append(
            .commit { [store, mailbox = dispatcher.mailbox, findings = recording.map(\.finding)] in
                do throws(StoreError) {
                    try await store.record(findings, endpoints: endpoints)
                    mailbox.put(.recorded(nil))
                } catch {
                    mailbox.put(.recorded(error))
                }
            })
    }

    /// Takes note that the outcomes under way are on disk, or why not.
    mutating func commitEnded(_ error: StoreError?) {
        if let error {
            findings = recording + findings
            failed(error)
        } else {
            recorded(recording)
        }
        recording = []
    }

    private mutating func recorded(_ findings: [Noted]) {
        for (finding, name) in findings { lanes[name]?.recorded(finding.delivery) }
    }

    private func endpoints(of findings: [Noted]) -> [Endpoint] {
        Set(findings.map(\.webhook)).compactMap { lanes[$0]?.endpoint }
    }

    private mutating func perform(_ duty: Duty) async throws(StoreError) {
        switch duty {
        case .coalesce(let name): try await coalesce(name, retriedOnly: false)
        case .release(let name): try await store.releaseBacklog(of: name, at: now)
        case .disable(let webhook, let why):
            try await store.disable(webhook.name, url: webhook.urlDigest, why: why, at: now)
        case .forget(let name): try await store.enable(name)
        case .enable(let name):
            guard let lane = lanes[name] else { return }
            let wasDisabled = lane.health == .disabled
            if wasDisabled { try await store.enable(name) }
            try await coalesce(name, retriedOnly: false)
            try await store.releaseBacklog(of: name, at: now)
            // One that fails is not well because somebody says so: it is tried at once, and by one at a time.
            lanes[name]?.reconfigure(lane.webhook, health: wasDisabled ? .healthy : nil)
            dispatcher.observe(.enabled(webhook: name, wasDisabled: wasDisabled))
        }
    }

    /// Supersedes what waits for a webhook and is overtaken; what is under way stays.
    func coalesce(_ name: String, retriedOnly: Bool) async throws(StoreError) {
        guard let held = lanes[name]?.held else { return }
        try await store.coalesce(name, at: now, holding: held, retriedOnly: retriedOnly)
    }

    mutating func failed(_ error: StoreError) {
        if !storeIsFailing { dispatcher.observe(.storeFailing(error)) }
        storeIsFailing = true
    }

    /// The store answered; that it can be read says nothing while it is still to be written.
    mutating func succeeded() {
        guard storeIsFailing, owesNothing else { return }
        storeIsFailing = false
        dispatcher.observe(.storeRecovered)
    }
}
