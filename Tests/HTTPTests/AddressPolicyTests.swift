import TestSupport
import Testing

@testable import HTTP

@Suite struct AddressPolicyTests {
    private func objection(_ text: String) throws -> String? {
        AddressPolicy.publicOnly.objection(to: try #require(NetworkAddress(text), "\(text)"))
    }

    @Test(
        arguments: [
            ("0.0.0.0", "unspecified"), ("0.255.255.255", "unspecified"), ("10.0.0.0", "private"),
            ("10.255.255.255", "private"), ("100.64.0.0", "carrier"), ("100.127.255.255", "carrier"),
            ("100.100.100.200", "carrier"), ("127.0.0.1", "loopback"), ("127.255.255.254", "loopback"),
            ("168.63.129.16", "metadata"), ("169.254.0.1", "link-local"), ("169.254.169.254", "link-local"),
            ("172.16.0.0", "private"), ("172.31.255.255", "private"), ("192.0.0.192", "reserved"),
            ("192.0.2.1", "documentation"), ("192.88.99.1", "reserved"), ("192.168.0.0", "private"),
            ("192.168.255.255", "private"), ("198.18.0.0", "benchmarks"), ("198.19.255.255", "benchmarks"),
            ("198.51.100.7", "documentation"), ("203.0.113.255", "documentation"), ("224.0.0.1", "multicast"),
            ("239.255.255.255", "multicast"), ("240.0.0.1", "reserved"), ("255.255.255.254", "reserved"),
            ("255.255.255.255", "broadcast"), ("::", "unspecified"), ("::1", "loopback"),
            ("::127.0.0.1", "reserved"), ("::8.8.8.8", "reserved"), ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:10.1.2.3", "private"), ("::ffff:169.254.169.254", "link-local"),
            ("::ffff:0:127.0.0.1", "reserved"), ("64:ff9b::7f00:1", "loopback"),
            ("64:ff9b::192.168.1.1", "private"), ("64:ff9b:1::1", "reserved"), ("100::1", "reserved"),
            ("2001::1", "reserved"), ("2001:2::1", "reserved"), ("2001:1ff::1", "reserved"),
            ("2001:db8::1", "documentation"), ("2001:db8:ffff::", "documentation"),
            ("2002:7f00:1::", "loopback"), ("2002:a00:1::1", "private"), ("2002:a9fe:a9fe::", "link-local"),
            ("3fff::1", "documentation"), ("3fff:fff::", "documentation"), ("4000::1", "reserved"),
            ("5f00::1", "reserved"), ("fc00::1", "private"), ("fd00:ec2::254", "private"),
            ("fe80::1", "link-local"), ("febf::1", "link-local"), ("fec0::1", "reserved"),
            ("ff02::1", "multicast"),
        ] as [(String, String)])
    func whatIsNotPublicIsNamed(address: String, kind: String) throws {
        #expect(try objection(address)?.contains(kind) == true, "\(address)")
        #expect(AddressPolicy.any.objection(to: try #require(NetworkAddress(address))) == nil)
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255",
        "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "223.255.255.255", "2001:200::1", "2001:db7::1", "2001:db9::1", "2606:4700:4700::1111", "3ffe::1",
        "3fff:1000::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2002:101:101::",
    ])
    func whatIsPublicPasses(address: String) throws {
        #expect(try objection(address) == nil)
    }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4.5", "0x7f.0.0.1", "[::1", "::1%lo", "1.2.3.4 "])
    func whatIsNoAddressIsNone(text: String) {
        #expect(NetworkAddress(text) == nil)
    }

    @Test(arguments: ["192.0.2.1", "::1", "2001:db8::ff"])
    func addressesReadAsTheyAreWritten(text: String) {
        #expect(NetworkAddress(text)?.description == text)
    }
}

/// The policy on real sockets.
@Suite(.timeLimit(.minutes(5)))
struct ClientPolicyTests {
    let client: HTTPClient

    init() throws {
        client = try HTTPClient(userAgent: "gateway-test/1")
    }

    private func ask(
        _ url: String, _ policy: AddressPolicy = .publicOnly, redirects: Int = 0, proxy: String? = nil
    ) async -> HTTPReply {
        var request = HTTPRequest(
            url: url, timeout: .seconds(10), redirects: redirects, answerLimit: .cut(at: 100))
        request.policy = policy
        request.proxy = proxy
        return await client.send(request)
    }

    @Test(arguments: [
        "127.0.0.1", "2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0177.0.0.1",
        "0x7f.1", "0", "0.0.0.0", "localhost", "LOCALHOST", "1.1.1.1@127.0.0.1",
        "1.1.1.1:80@127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::]",
    ])
    func noSpellingOfThisMachineGetsThrough(host: String) async throws {
        let peer = try LoopbackPeer(.answer())
        let failure = await ask("http://\(host):\(peer.port)/secret").failure
        #expect(failure?.kind == .forbiddenAddress, "\(String(describing: failure))")
        #expect(failure?.description.contains("secret") == false)
        #expect(peer.connectionCount == 0)
    }

    @Test(arguments: ["10.0.0.1", "169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200"])
    func noConnectionIsTriedToAPrivateAddress(host: String) async throws {
        #expect(await ask("http://\(host)/latest/meta-data").failure?.kind == .forbiddenAddress)
    }

    @Test func theFailureNamesHostAddressAndCure() async throws {
        let port = try LoopbackSocket.refusedPort()
        let cure = "which 'allow_private: false' forbids; set it to true if it is meant"
        #expect(
            await ask("http://127.0.0.1:\(port)/").failure?.description
                == "127.0.0.1:\(port) is a loopback address, \(cure)")
        let named = try #require(await ask("http://localhost:\(port)/").failure?.description)
        let expected = ["127.0.0.1", "::1"].map {
            "localhost:\(port) is at \($0), a loopback address, \(cure)"
        }
        #expect(expected.contains(named))
    }

    @Test func withoutAPolicyEveryAddressIsReached() async throws {
        let peer = try LoopbackPeer(.answer())
        #expect(try await ask(peer.url, .any).answer().status == 200)
    }

    @Test func aConnectionMadeUnderALaxerPolicyIsNotUsed() async throws {
        let peer = try LoopbackPeer(.answer())
        for _ in 0..<2 { #expect(try await ask(peer.url, .any).answer().status == 200) }
        #expect(peer.connectionCount == 1)
        let failure = await ask(peer.url).failure
        #expect(failure?.kind == .forbiddenAddress)
        #expect(peer.requests.count == 2)
        #expect(peer.connectionCount == 1)
        #expect(try await ask(peer.url, .any).answer().status == 200)
    }

    @Test func noRequestSlipsThroughAmongManyAtOnce() async throws {
        let peer = try LoopbackPeer(.answer())
        await withTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    let isLax = number.isMultiple(of: 2)
                    let reply = await ask(
                        "\(peer.url)/\(isLax ? "lax" : "strict")", isLax ? .any : .publicOnly)
                    #expect(isLax == (reply.failure == nil))
                }
            }
        }
        #expect(peer.requests.count == 100)
        #expect(peer.requests.allSatisfy { $0.startLine.contains("/lax") })
    }

    @Test func throughAProxyAnAddressInTheURLIsStillJudged() async throws {
        let proxy = try LoopbackPeer(.answer())
        for host in ["127.0.0.1", "2130706433", "[::1]"] {
            #expect(await ask("http://\(host)/", proxy: proxy.url).failure?.kind == .forbiddenAddress)
        }
        #expect(proxy.connectionCount == 0)
        #expect(try await ask("http://name.example/", proxy: proxy.url).answer().status == 200)
    }

    /// What stands for a public address: the proxy takes the first request, and leads to this machine.
    @Test func aRedirectToAForbiddenAddressIsNotFollowed() async throws {
        let proxy = try LoopbackPeer(.answer(302, fields: ["Location: http://127.0.0.1:1/admin"]))
        let failure = await ask("http://name.example/", redirects: 3, proxy: proxy.url).failure
        #expect(failure?.kind == .forbiddenAddress)
        #expect(failure?.description.contains("127.0.0.1:1") == true)
        #expect(proxy.requests.count == 1)
    }
}
