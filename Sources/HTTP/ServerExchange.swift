internal import CMicroHTTPD
import Glibc

/// One request and its answer, from the request line to the last byte sent; used by the connection's thread alone.
@safe final class ServerExchange {
    /// Where the exchange stands; each case lists what may follow.
    private enum Stage {
        /// → receiving; or refused at once
        case head
        /// → waiting, answered, discarding
        case receiving(ServerTarget, method: String)
        /// The client is left to finish its body, so that it reads the refusal: what was sent already, or is sent then.
        /// → answered, the end
        case discarding(left: Int, isSent: Bool)
        /// → answered
        case waiting(ticket: UInt64)
        case answered
    }

    private let core: ServerCore
    private let connection: ServerConnection
    private let target: [UInt8]
    private var stage = Stage.head
    private var head = ServerHead()
    private var body: [UInt8] = []
    private var isUnderWay = false

    init(core: ServerCore, connection: ServerConnection, target: [UInt8]) {
        self.core = core
        self.connection = connection
        self.target = target
        connection.hurry(within: core.options.headDeadline)
    }

    /// Ends the exchange; the connection may carry another.
    func complete() {
        connection.expect(within: core.options.idle)
        if isUnderWay { core.end() }
    }

    /// Takes the next step: libmicrohttpd calls once with the head, once with each piece of the body, once at its
    /// end, and once more after each resume.
    func proceed(_ message: ServerMessage, piece: UnsafeRawBufferPointer) -> MHD_Result {
        switch stage {
        case .head: return receiveHead(message)
        case .receiving(let target, let method):
            guard unsafe piece.isEmpty else { return unsafe receive(piece) }
            return answer(target, method, message)
        case .discarding(let left, let isSent):
            if unsafe piece.isEmpty, !isSent {
                return send(ServerRefusal.bodyTooLong(limit: core.options.bodyLimit).response, message)
            }
            stage = .discarding(left: left - piece.count, isSent: isSent)
            return unsafe piece.isEmpty || piece.count > left ? .NO : .YES
        case .waiting(let ticket):
            let response = core.suspended.takeAnswer(ticket)
            return send(response ?? ServerRefusal.internalError.response, message)
        case .answered: return .NO
        }
    }

    private func receiveHead(_ message: ServerMessage) -> MHD_Result {
        do throws(ServerRefusal) {
            isUnderWay = true
            core.begin()
            guard message.hasPlainLine(targetLength: target.count) else { throw .requestLine }
            guard message.headLength <= core.options.headLimit else {
                throw .headTooLong(limit: core.options.headLimit)
            }
            let target = try ServerTarget(target)
            message.readFields(into: &head)
            let length = try head.check(
                isHTTP10: message.isHTTP10, authority: target.authority, hosts: core.hosts,
                bodyLimit: core.options.bodyLimit)
            stage = .receiving(target, method: message.method)
            if length == .none {
                connection.expectNothing()
            } else {
                connection.expect(within: core.options.bodyDeadline)
            }
            if case .known(let count) = length { body.reserveCapacity(count) }
            return .YES
        } catch {
            return send(error.response, message)
        }
    }

    private func receive(_ piece: UnsafeRawBufferPointer) -> MHD_Result {
        guard body.count + piece.count <= core.options.bodyLimit else {
            // libmicrohttpd takes no response before the end of a body, which may never come. Under TLS nobody else can
            // send one.
            let isSent = core.options.identity == nil
            if isSent {
                let refusal = ServerRefusal.bodyTooLong(limit: core.options.bodyLimit).wire(
                    core.options.usualFields)
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                _ = unsafe Glibc.send(connection.descriptor, refusal, refusal.count, flags)
            }
            body = []
            stage = .discarding(left: core.options.bodyLimit, isSent: isSent)
            return .YES
        }
        unsafe body.append(contentsOf: piece)
        return .YES
    }

    private func answer(_ target: ServerTarget, _ method: String, _ message: ServerMessage) -> MHD_Result {
        connection.expectNothing()
        let request = HTTPServer.Request(
            method: method, target: target, fields: head.fields, body: body, peer: connection.peer.text)
        switch core.handler(request) {
        case .now(let response): return send(response, message)
        case .stream(let response, let stream):
            stage = .answered
            connection.expectNothing()
            return message.queue(
                core.completed(response), stream, in: core.suspended, closing: core.isStopping)
        case .later(let prepare):
            guard let ticket = message.suspend(in: core.suspended) else {
                return send(ServerRefusal.stopping.response, message)
            }
            stage = .waiting(ticket: ticket)
            // Nobody awaits this task: it is bound to the connection, which waits for it on a thread of C's,
            // and `ServerSuspended` takes its place when the server stops first.
            Task { [core] in core.suspended.resume(ticket, with: await prepare()) }
            return .YES
        }
    }

    private func send(_ response: HTTPServer.Response, _ message: ServerMessage) -> MHD_Result {
        stage = .answered
        connection.expectNothing()
        return message.queue(core.completed(response), closing: core.isStopping)
    }
}
