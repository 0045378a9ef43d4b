internal import CMicroHTTPD
import Glibc

// What libmicrohttpd calls, on threads of its own. Plain functions: a closure could inherit an actor, and trap.
// `context` is the server's `ServerCore`; a socket's context is its `ServerConnection` and a request's its
// `ServerExchange`, each retained from the first call about it to the last.

enum ServerCallbacks {
    static var all: cmicrohttpd_callbacks {
        unsafe cmicrohttpd_callbacks(
            admit: admit, connection: connectionChanged, began: requestBegan, proceed: requestProceeds,
            completed: requestCompleted)
    }
}

private func core(_ context: UnsafeMutableRawPointer?) -> ServerCore? {
    unsafe context.map { unsafe Unmanaged<ServerCore>.fromOpaque($0).takeUnretainedValue() }
}

private func admit(
    _ context: UnsafeMutableRawPointer?, _ address: UnsafePointer<sockaddr>?, _: socklen_t
) -> MHD_Result {
    guard let core = unsafe core(context), let address = unsafe address,
        let peer = unsafe ServerAddress(address), core.admits(peer)
    else { return .NO }
    return .YES
}

private func connectionChanged(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ change: MHD_ConnectionNotificationCode
) {
    guard let core = unsafe core(context), let slot = unsafe slot else { return }
    if change == .CONNECTION_NOTIFY_STARTED {
        guard
            let descriptor = unsafe cmicrohttpd_connection_info(handle, .CONNECTION_INFO_CONNECTION_FD)?
                .pointee.connect_fd,
            let address = unsafe cmicrohttpd_connection_info(handle, .CONNECTION_INFO_CLIENT_ADDRESS)?
                .pointee.client_addr,
            let peer = unsafe ServerAddress(address)
        else { return }
        // Of plain HTTP there is no session.
        let session = unsafe cmicrohttpd_connection_info(handle, .CONNECTION_INFO_GNUTLS_SESSION)
        let credentials = core.options.identity?.credentials
        if let session = unsafe session?.pointee.tls_session { unsafe credentials?.show(on: session) }
        let connection = ServerConnection(
            descriptor: descriptor, peer: peer, allowance: core.options.headDeadline, showing: credentials)
        core.connections.add(connection)
        unsafe slot.pointee = Unmanaged.passRetained(connection).toOpaque()
    } else if let opaque = unsafe slot.pointee {
        unsafe slot.pointee = nil
        core.connections.remove(unsafe Unmanaged<ServerConnection>.fromOpaque(opaque).takeRetainedValue())
    }
}

private func requestBegan(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let core = unsafe core(context), let target = unsafe target,
        let opaque = unsafe cmicrohttpd_connection_info(handle, .CONNECTION_INFO_SOCKET_CONTEXT)?
            .pointee.socket_context
    else { return nil }
    let connection = unsafe Unmanaged<ServerConnection>.fromOpaque(opaque).takeUnretainedValue()
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: target, count: strlen(target)))
    let exchange = ServerExchange(core: core, connection: connection, target: bytes)
    return unsafe Unmanaged.passRetained(exchange).toOpaque()
}

private func requestProceeds(
    _: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ piece: UnsafePointer<CChar>?,
    _ pieceLength: UnsafeMutablePointer<Int>?, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let handle = unsafe handle, let url = unsafe url, let method = unsafe method,
        let version = unsafe version, let pieceLength = unsafe pieceLength, let opaque = unsafe slot?.pointee
    else { return .NO }
    let exchange = unsafe Unmanaged<ServerExchange>.fromOpaque(opaque).takeUnretainedValue()
    let message = unsafe ServerMessage(handle, url: url, method: method, version: version)
    let bytes = unsafe UnsafeRawBufferPointer(start: piece, count: piece == nil ? 0 : pieceLength.pointee)
    // Every piece is taken whole.
    unsafe pieceLength.pointee = 0
    return unsafe exchange.proceed(message, piece: bytes)
}

private func requestCompleted(
    _: UnsafeMutableRawPointer?, _: OpaquePointer?, _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    _: MHD_RequestTerminationCode
) {
    guard let opaque = unsafe slot?.pointee else { return }
    unsafe slot?.pointee = nil
    unsafe Unmanaged<ServerExchange>.fromOpaque(opaque).takeRetainedValue().complete()
}
