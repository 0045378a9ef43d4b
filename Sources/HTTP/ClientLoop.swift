internal import CCurl
import Glibc

/// Drives all transfers of one client; everything here belongs to its one thread.
@safe final class ClientLoop {
    static let curlIsReady = ccurl_global_init() == CURLE_OK

    /// Connections kept open for later requests, over all hosts.
    private static let keptConnections = 256
    /// Handles kept for later requests; one takes a few kilobytes.
    private static let keptHandles = 64

    private let multi: UnsafeMutableRawPointer
    private let mailbox: ClientMailbox
    private let userAgent: String
    private var transfers: [UInt64: ClientTransfer] = [:]
    private var pool: [EasyHandle] = []

    /// Takes over `multi`, and frees it when closed.
    init(_ multi: UnsafeMutableRawPointer, _ mailbox: ClientMailbox, userAgent: String) {
        unsafe self.multi = multi
        self.mailbox = mailbox
        self.userAgent = userAgent
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.keptConnections)
    }

    deinit {
        pool.removeAll()
        unsafe curl_multi_cleanup(multi)
    }

    /// Sends what the mailbox brings until it is closed.
    func run() {
        blockBrokenPipeSignal()
        while true {
            let mail = mailbox.take()
            for submission in mail.submissions { start(submission) }
            for id in mail.cancelled { drop(id, .cancelled) }
            if mail.isClosed { return dropAll(.closed) }
            var underWay: Int32 = 0
            let code = unsafe curl_multi_perform(multi, &underWay)
            guard code == CURLM_OK else {
                dropAll(HTTPFailure(.other, "libcurl fails (multi error \(code.rawValue))"))
                continue
            }
            finishDone()
            // libcurl's own timers shorten the wait, and each piece of mail ends it.
            unsafe curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
    }

    private func start(_ submission: Submission) {
        guard let handle = pool.popLast() ?? EasyHandle() else {
            let failure = HTTPFailure(.other, "no memory for another request")
            return submission.continuation.resume(returning: .failure(failure))
        }
        let transfer = ClientTransfer(submission, on: handle, userAgent: userAgent)
        send(transfer)
    }

    private func send(_ transfer: ClientTransfer) {
        if let fault = transfer.prepare() { return transfer.finish(.failure(fault)) }
        let code = unsafe curl_multi_add_handle(multi, transfer.handle.easy)
        guard code == CURLM_OK else {
            let failure = HTTPFailure(.other, "libcurl takes no request (multi error \(code.rawValue))")
            return transfer.finish(.failure(failure))
        }
        transfers[transfer.id] = transfer
    }

    private func finishDone() {
        var waiting: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &waiting) {
            // The message lives only until its handle is removed.
            let code = unsafe ccurl_message_result(message)
            guard let transfer = unsafe ClientTransfer.of(message.pointee.easy_handle) else { continue }
            finish(transfer, code)
        }
    }

    private func finish(_ transfer: ClientTransfer, _ code: CURLcode) {
        switch transfer.step(after: code) {
        case .done(let reply):
            retire(transfer)
            transfer.finish(reply)
        case .again:
            withdraw(transfer)
            send(transfer)
        }
    }

    private func drop(_ id: UInt64, _ failure: HTTPFailure) {
        guard let transfer = transfers[id] else { return }
        retire(transfer)
        transfer.finish(.failure(failure))
    }

    private func dropAll(_ failure: HTTPFailure) {
        for id in Array(transfers.keys) { drop(id, failure) }
    }

    /// Takes the transfer out of libcurl's hands.
    private func withdraw(_ transfer: ClientTransfer) {
        transfers[transfer.id] = nil
        unsafe curl_multi_remove_handle(multi, transfer.handle.easy)
        transfer.handle.reset()
    }

    /// Ends the transfer, and takes its handle back into the pool.
    private func retire(_ transfer: ClientTransfer) {
        withdraw(transfer)
        if pool.count < Self.keptHandles { pool.append(transfer.handle) }
    }
}
