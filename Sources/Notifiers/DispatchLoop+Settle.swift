import Rules
import Store

/// What the store is told of attempts and of webhooks.
extension DispatchLoop {
    /// Has the store take what it is owed, outcomes first; what it does not take stays owed.
    mutating func settle() async {
        guard recording.isEmpty, !isResting, !owesNothing else { return }
        do {
            // What is found out since counts by the clock as it is now.
            if let clockSet { try await store.clockWasSet(by: clockSet, at: now) }
            clockSet = nil
            guard findings.isEmpty else { return record() }
            while let duty = duties.first {
                try await perform(duty)
                duties.removeFirst()
            }
        } catch {
            return failed(error)
        }
        succeeded()
    }

    /// Has all outcomes there are committed, in one transaction.
    private mutating func record() {
        (recording, findings) = (findings, [])
        let endpoints = Set(recording.map(\.webhook)).compactMap { lanes[$0]?.endpoint }
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

    mutating func recorded(_ error: StoreError?) {
        if let error {
            (findings, recording) = (recording + findings, [])
            isResting = true
            return failed(error)
        }
        for (finding, name) in recording { lanes[name]?.recorded(finding.delivery) }
        recording = []
        succeeded()
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
