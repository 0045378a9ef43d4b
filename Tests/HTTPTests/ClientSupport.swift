@testable import HTTP

extension HTTPClient {
    func get(
        _ url: String, fields: HTTPFields = [:], timeout: Duration = .seconds(30), redirects: Int = 0,
        limit: HTTPRequest.AnswerLimit = .refuse(beyond: 64 << 20)
    ) async -> HTTPReply {
        await send(
            HTTPRequest(
                url: url, fields: fields, timeout: timeout, redirects: redirects, answerLimit: limit))
    }

    func call(
        _ method: String, _ url: String, fields: HTTPFields = [:], body: [UInt8] = []
    ) async -> HTTPReply {
        await send(
            HTTPRequest(
                method: method, url: url, fields: fields, body: body, timeout: .seconds(30),
                answerLimit: .refuse(beyond: 64 << 20)))
    }
}

extension HTTPReply {
    func answer() throws -> HTTPAnswer {
        switch self {
        case .answer(let answer): return answer
        case .failure(let failure): throw failure
        }
    }

    var failure: HTTPFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

/// Bytes made by `gzip -9`.
enum Gzip {
    /// "hello, gateway" and a line's end.
    static let greeting: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 215, 81, 72, 79, 44, 73, 45, 79, 172, 228, 2,
        0,
        98, 97, 236, 104, 15, 0, 0, 0,
    ]

    /// A kilobyte that decodes to a megabyte of zeros.
    static let bomb: [UInt8] =
        [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xed, 0xc1, 0x31, 1, 0, 0, 0, 0xc2, 0xa0, 0xf5, 0x4f, 0x6d, 8,
            0x5f, 0xa0,
        ] + [UInt8](repeating: 0, count: 1016) + [0x3e, 3, 0x1c, 0xea, 0x38, 0xa7, 0, 0, 0x10, 0]
}
