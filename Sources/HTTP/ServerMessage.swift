internal import CMicroHTTPD
import Glibc

/// libmicrohttpd's view of the request being handled; valid for the length of one callback.
@safe struct ServerMessage {
    let connection: OpaquePointer
    private let url: UnsafePointer<CChar>
    private let methodText: UnsafePointer<CChar>
    private let version: UnsafePointer<CChar>

    init(
        _ connection: OpaquePointer, url: UnsafePointer<CChar>, method: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>
    ) {
        unsafe self.connection = connection
        unsafe self.url = url
        unsafe methodText = method
        unsafe self.version = version
    }

    var method: String { unsafe String(cString: methodText) }

    var isHTTP10: Bool { unsafe String(cString: version) == "HTTP/1.0" }

    /// The bytes of the request line and the fields, with their line ends.
    var headLength: Int {
        unsafe cmicrohttpd_connection_info(connection, .CONNECTION_INFO_REQUEST_HEADER_SIZE)?.pointee
            .header_size ?? 0
    }

    /// Whether the method is a token, and method, target and version follow one another at one space each.
    ///
    /// libmicrohttpd keeps a head as it was received and ends the strings in it by overwriting what followed
    /// them. A NUL that came within the line, and would cut it short for us alone, shows as a gap.
    func hasPlainLine(targetLength: Int) -> Bool {
        let method = method
        guard !method.isEmpty, method.utf8.allSatisfy(ServerHead.isToken) else { return false }
        return unsafe Self.address(methodText) + method.utf8.count + 1 == Self.address(url)
            && Self.address(url) + targetLength + 1 == Self.address(version)
    }

    /// Reads the fields, each of which must begin where the one before it ended with CR LF, up to the blank line.
    ///
    /// That leaves no place for what libmicrohttpd lets through or misreads: a NUL, a lone LF, a folded line
    /// (whose text it glues to the *name*), and a line that begins with a colon (which it takes for the blank
    /// one, and all after it for the next request).
    func readFields(into head: inout ServerHead) {
        var reader = unsafe FieldReader(head: head, next: Self.address(version) + strlen(version) + 2)
        _ = unsafe withUnsafeMutablePointer(to: &reader) {
            unsafe MHD_get_connection_values_n(connection, .HEADER_KIND, takeField, $0)
        }
        head = reader.head
        if unsafe reader.next + 2 != Self.address(methodText) + headLength { head.fail(.fieldLine) }
    }

    fileprivate static func address(_ text: UnsafePointer<CChar>) -> Int {
        Int(bitPattern: text)
    }

    func suspend(in suspended: ServerSuspended) -> UInt64? {
        unsafe suspended.suspend(connection)
    }

    /// Hands `response` over to be sent; libmicrohttpd copies it.
    func queue(_ response: HTTPServer.Response, closing: Bool) -> MHD_Result {
        let queued = unsafe response.body.withUnsafeBytes {
            unsafe MHD_create_response_from_buffer(
                $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let queued = unsafe queued else { return .NO }
        return unsafe queue(queued, response, closing: closing)
    }

    /// Sends `queued` under the head of `response`, and lets go of it.
    func queue(_ queued: OpaquePointer, _ response: HTTPServer.Response, closing: Bool) -> MHD_Result {
        defer { unsafe MHD_destroy_response(queued) }
        for field in response.fields.list {
            unsafe MHD_add_response_header(queued, field.name, field.value)
        }
        if closing { unsafe MHD_add_response_header(queued, "Connection", "close") }
        let status = 200...599 ~= response.status ? response.status : 500
        return unsafe MHD_queue_response(connection, UInt32(status), queued)
    }
}

/// Fields as they are read, and the address at which the next line must begin.
private struct FieldReader {
    var head: ServerHead
    var next: Int
}

private func takeField(
    _ context: UnsafeMutableRawPointer?, _: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameLength: Int,
    _ value: UnsafePointer<CChar>?, _ valueLength: Int
) -> MHD_Result {
    guard let reader = unsafe context?.assumingMemoryBound(to: FieldReader.self) else { return .NO }
    guard let name = unsafe name, let value = unsafe value,
        unsafe ServerMessage.address(name) == reader.pointee.next
    else {
        unsafe reader.pointee.head.fail(.fieldLine)
        return .NO
    }
    unsafe reader.pointee.next = unsafe ServerMessage.address(value) + valueLength + 2
    unsafe reader.pointee.head.add(
        name: UnsafeRawBufferPointer(start: name, count: nameLength),
        value: UnsafeRawBufferPointer(start: value, count: valueLength))
    return unsafe reader.pointee.head.fault == nil ? .YES : .NO
}
