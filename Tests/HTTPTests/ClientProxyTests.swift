import Glibc
import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(5)))
struct ClientProxyTests {
    let client: HTTPClient

    init() throws {
        client = try HTTPClient(userAgent: "gateway-test/1")
    }

    private func ask(_ url: String, through proxy: String?, fields: HTTPFields = [:]) async -> HTTPReply {
        var request = HTTPRequest(
            url: url, fields: fields, timeout: .seconds(10), answerLimit: .cut(at: 100))
        request.proxy = proxy
        return await client.send(request)
    }

    @Test func aRequestGoesThroughItsProxyWithThePassword() async throws {
        let proxy = try LoopbackPeer(.answer(203))
        let url = proxy.url.replacing("http://", with: "http://user:p%40ss@")
        #expect(try await ask("http://name.example/path", through: url).answer().status == 203)
        let request = try #require(proxy.requests.first)
        #expect(request.startLine == "GET http://name.example/path HTTP/1.1")
        #expect(request.values("proxy-authorization") == ["Basic dXNlcjpwQHNz"])
    }

    @Test func connectionsAreSharedNeitherBetweenProxiesNorWithNone() async throws {
        let (target, one, other) = (
            try LoopbackPeer(.answer(200)), try LoopbackPeer(.answer(201)), try LoopbackPeer(.answer(202))
        )
        let others = other.url.replacing("http://", with: "http://user:secret@")
        for _ in 0..<2 {
            #expect(try await ask(target.url, through: nil).answer().status == 200)
            #expect(try await ask(target.url, through: one.url).answer().status == 201)
            #expect(try await ask(target.url, through: other.url).answer().status == 202)
            #expect(try await ask(target.url, through: others).answer().status == 202)
        }
        #expect(target.requests.count == 2)
        #expect(one.requests.count == 2)
        #expect(other.requests.count == 4)
        #expect(other.requests.map { $0.values("proxy-authorization").count } == [0, 1, 0, 1])
    }

    @Test func aTunnelIsAskedForWithoutWhatIsForTheTarget() async throws {
        let proxy = try LoopbackPeer(.answer(407))
        let failure = await ask(
            "https://name.example/secret", through: proxy.url, fields: ["Authorization": "Bearer secret"]
        ).failure
        let text =
            "the proxy 127.0.0.1:\(proxy.port) does not connect to name.example:443 (status 407); "
            + "give its user and password in the proxy's URL"
        #expect(failure == HTTPFailure(.proxy, text))
        let request = try #require(proxy.requests.first)
        #expect(request.startLine == "CONNECT name.example:443 HTTP/1.1")
        #expect(!request.head.contains("secret"))
    }

    @Test func aProxyThatIsNotThereIsNamed() async throws {
        let port = try LoopbackSocket.refusedPort()
        for scheme in ["http", "socks5", "socks5h"] {
            let failure = await ask(
                "http://name.example/", through: "\(scheme)://user:secret@127.0.0.1:\(port)"
            )
            .failure
            #expect(failure?.kind == .proxy, "\(scheme)")
            #expect(failure?.description == "the proxy: connection refused by 127.0.0.1:\(port)")
        }
        let failure = await ask("http://name.example/", through: "http://nosuch.invalid:1").failure
        #expect(failure == HTTPFailure(.proxy, "the name of the proxy nosuch.invalid does not resolve"))
    }

    /// SOCKS 5 (RFC 1928): a greeting, then "connect to a name", which is refused.
    @Test func aSOCKSProxyThatRefusesIsNamed() async throws {
        let (listener, port) = try LoopbackSocket.listen()
        let thread = startThread {
            guard let socket = LoopbackSocket.accept(on: listener) else { return }
            let connection = LoopbackConnection(socket: socket, number: 0)
            _ = connection.receive()
            _ = connection.send([5, 0])
            _ = connection.receive()
            _ = connection.send([5, 2, 0, 1, 0, 0, 0, 0, 0, 0])
            shutdown(socket, Int32(SHUT_RDWR))
            close(socket)
        }
        let failure = await ask("http://name.example/", through: "socks5h://127.0.0.1:\(port)").failure
        let text = "the proxy 127.0.0.1:\(port) does not connect to name.example:80"
        #expect(failure == HTTPFailure(.proxy, text))
        pthread_join(thread, nil)
        close(listener)
    }

    @Test(arguments: ["", "127.0.0.1:3128", "ftp://127.0.0.1", "socks4://127.0.0.1", "http://", "file:///x"])
    func whatIsNoProxyIsRefusedUnsent(proxy: String) async throws {
        let peer = try LoopbackPeer(.answer())
        #expect(await ask(peer.url, through: proxy).failure?.kind == .proxy)
        #expect(peer.connectionCount == 0)
    }
}
