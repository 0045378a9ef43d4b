internal import CMicroHTTPD
import Synchronization

/// The connections that rest while an async function prepares their answers, or the next part of one.
///
/// Each is resumed exactly once, and under the lock: a connection that is still suspended when its daemon stops
/// ends the process, and one that has been resumed may be gone a moment later.
final class ServerSuspended: Sendable {
    private struct Table {
        var isOpen = true
        var lastTicket: UInt64 = 0
        /// The address of the suspended `MHD_Connection` under each ticket.
        var waiting: [UInt64: UInt] = [:]
        var answers: [UInt64: HTTPServer.Response] = [:]
        /// Those of streams that have no end.
        var endless: Set<UInt64> = []
        var takesEndless = true

        mutating func resume(_ ticket: UInt64, with response: HTTPServer.Response?) {
            guard let address = waiting.removeValue(forKey: ticket) else { return }
            answers[ticket] = response
            endless.remove(ticket)
            if let connection = unsafe OpaquePointer(bitPattern: address) {
                unsafe MHD_resume_connection(connection)
            }
        }
    }

    private let table = Mutex(Table())

    /// Suspends `connection` and returns the ticket for its answer; nil when the server is stopping.
    func suspend(_ connection: OpaquePointer, isEndless: Bool = false) -> UInt64? {
        let address = UInt(bitPattern: connection)
        return table.withLock { table in
            guard table.isOpen, table.takesEndless || !isEndless,
                let connection = unsafe OpaquePointer(bitPattern: address)
            else { return nil }
            unsafe MHD_suspend_connection(connection)
            table.lastTicket += 1
            table.waiting[table.lastTicket] = address
            if isEndless { table.endless.insert(table.lastTicket) }
            return table.lastTicket
        }
    }

    /// Resumes the connection of `ticket`, unless that was done by `abandon`.
    func resume(_ ticket: UInt64, with response: HTTPServer.Response? = nil) {
        table.withLock { $0.resume(ticket, with: response) }
    }

    /// Takes the answer that a connection was resumed with.
    func takeAnswer(_ ticket: UInt64) -> HTTPServer.Response? {
        table.withLock { $0.answers.removeValue(forKey: ticket) }
    }

    /// Resumes the streams that have no end, for the last time.
    func endEndless() {
        table.withLock { table in
            table.takesEndless = false
            for ticket in table.endless { table.resume(ticket, with: nil) }
        }
    }

    /// Resumes all with `response`, and suspends no more.
    func abandon(with response: HTTPServer.Response) {
        table.withLock { table in
            table.isOpen = false
            for ticket in Array(table.waiting.keys) { table.resume(ticket, with: response) }
        }
    }
}
