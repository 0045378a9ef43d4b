import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct TerminalTests {
    @Test func aWatchComesBackAndEndsWithTheInterrupt() async throws {
        let peer = try LoopbackPeer { request in
            let start = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nid: 4\nretry: 1\n\n"
            return request.connection == 0 ? [.send(start), .close] : [.send(start), .hang]
        }
        let watch = try GatewayProcess(
            in: TemporaryFolder(), ["incidents", "--watch", "--url", peer.url])
        try await watch.line("gateway: the connection to \(peer.url) was lost; trying again")
        try await watch.line("gateway: connected again")
        #expect(peer.requests.last?.values("last-event-id") == ["4"])
        watch.send(SIGINT)
        #expect(await watch.ended() == 128 + SIGINT)
    }

    @Test func aWatchEndsWhenNobodyReadsIt() async throws {
        let start = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        let event =
            "id: 5\nevent: incident.opened\ndata: {\"type\":\"incident.opened\",\"data\":{\"incident\":{\"id\":1}}}\n\n"
        let peer = try LoopbackPeer { _ in [.send(start), .sendEndlessly(Array(event.utf8))] }
        let watch = try await Program.run(
            [
                "sh", "-c", #"{ "$0" incidents --watch --url "$1"; echo "$?" >&2; } | true"#,
                GatewayProcess.binary, peer.url,
            ],
            environment: GatewayProcess.environment)
        #expect(["0\n", "141\n"].contains(watch.standardError), "\(watch)")
    }

    @Test(
        arguments: [
            (["incidents", "--url", "http://127.0.0.1:1"], 1), (["incidents", "--limit", "x"], 2),
            (["man"], 0),
        ] as [([String], Int32)])
    func theExitStatusTellsWhatCameOfIt(arguments: [String], status: Int32) async throws {
        let process = try GatewayProcess(in: TemporaryFolder(), arguments)
        #expect(await process.ended() == status)
    }
}
