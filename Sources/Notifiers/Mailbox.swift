import Synchronization

/// Hands elements from any thread to one task, which takes all that have come since it last looked.
public final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var isClosed = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    public init() {}

    /// Adds an element and wakes the task that waits; false once closed, when nothing is added.
    @discardableResult
    public func put(_ element: Element) -> Bool {
        let (waiting, isAdded) = state.withLock { state in
            guard !state.isClosed else { return (CheckedContinuation<Void, Never>?.none, false) }
            state.elements.append(element)
            defer { state.waiting = nil }
            return (state.waiting, true)
        }
        waiting?.resume()
        return isAdded
    }

    /// Ends the waiting: what is still inside can be taken, then `take` gives nil.
    public func close() {
        wake { $0.isClosed = true }
    }

    public var isClosed: Bool { state.withLock(\.isClosed) }

    /// All elements, oldest first, as soon as there is one; nil once closed and empty, or cancelled.
    public func take() async -> [Element]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.elements.isEmpty || state.isClosed || Task.isCancelled { return true }
                    state.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            wake { _ in }
        }
        let elements = taken()
        return elements.isEmpty ? nil : elements
    }

    /// The elements that are there, oldest first.
    public func taken() -> [Element] {
        state.withLock { state in
            defer { state.elements = [] }
            return state.elements
        }
    }

    private func wake(_ change: (inout sending State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }
}
