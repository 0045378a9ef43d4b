import Testing

@testable import HTTP

@Suite struct ServerTargetTests {
    @Test(arguments: [
        ("/", []), ("/a/b", ["a", "b"]), ("/a/b/", ["a", "b"]), ("/a//b", ["a", "", "b"]),
        ("/a%2Fb/c", ["a/b", "c"]), ("/a+b", ["a+b"]), ("/%C3%A9t%c3%a9", ["été"]), ("/...", ["..."]),
        ("/a?b/c", ["a"]), ("/%252e", ["%2e"]),
    ])
    func dividesThePath(_ target: String, _ segments: [String]) throws {
        #expect(try ServerTarget(Array(target.utf8)).segments == segments)
    }

    @Test func decodesTheQueryInOrder() throws {
        let request = try #require(
            HTTPServer.Request(target: "/x?a=1&b=two+words&a=%41%26%3d&c&d=&=e&&f=g=h&%2B=+&n=%0A"))
        #expect(
            request.query.map { "\($0.name)>\($0.value)" } == [
                "a>1", "b>two words", "a>A&=", "c>", "d>", ">e", "f>g=h", "+> ", "n>\n",
            ])
        #expect(request.path == "/x")
        #expect(request.parameter("a") == "1")
        #expect(request.parameters("a") == ["1", "A&="])
        #expect(request.parameter("A") == nil)
    }

    @Test(arguments: ["", "x", "/%0", "/%", "/a?b=%f", "/a b", "/\n", "ftp://x/", "http://", "/%ED%A0%80"])
    func refuses(_ target: String) {
        #expect(HTTPServer.Request(target: target) == nil)
    }

    @Test func takesAbsoluteAndAsteriskForms() throws {
        let absolute = try ServerTarget(Array("http://localhost?a=1".utf8))
        #expect(absolute.authority == "localhost")
        #expect(absolute.path == "/")
        #expect(absolute.query.count == 1)
        #expect(try ServerTarget(Array("*".utf8)).segments == [])
    }
}

@Suite struct ServerHostsTests {
    @Test(arguments: [
        "localhost", "LOCALHOST", "localhost:8080", "localhost:", "localhost.", "127.0.0.1", "127.0.0.1:1",
        "[::1]", "[::1]:8080", "[0:0:0:0:0:0:0:1]", "10.0.0.7:80", "gateway.example", "Gateway.Example:9",
        "[fd00::7]:443", "[FD00:0::7]",
    ])
    func allows(_ host: String) {
        #expect(
            ServerHosts(address: "10.0.0.7", extra: ["Gateway.example:8080", "fd00::7"]).allows(host))
    }

    @Test(arguments: [
        "", "10.0.0.8", "::1", "[::2]", "[::1]x", "localhost:x", "a.localhost",
        "gateway.example.attacker.example",
        ":80", "[]", "localhost@attacker.example", "127.1", "2130706433",
    ])
    func refuses(_ host: String) {
        #expect(!ServerHosts(address: "10.0.0.7", extra: ["gateway.example"]).allows(host))
    }

    @Test(arguments: ["0.0.0.0", "::"])
    func takesAnyAddressButNoNameOnAllAddresses(_ address: String) {
        let hosts = ServerHosts(address: address, extra: [])
        for host in ["10.0.0.8:80", "[fd00::1]:80", "localhost"] { #expect(hosts.allows(host)) }
        for host in ["gateway.example", "10.0.0.8.example", "[fd00::zz]"] { #expect(!hosts.allows(host)) }
    }
}

@Suite struct ServerConnectionsTests {
    @Test func boundsConnectionsOfOneAddressBeyondLoopback() {
        let connections = ServerConnections(limitPerAddress: 2)
        let near = ServerAddress(text: "127.0.0.1", isLoopback: true)
        let far = ServerAddress(text: "10.0.0.7", isLoopback: false)
        let open = (0..<6).map { number in
            ServerConnection(
                descriptor: -number - 2, peer: number % 2 == 0 ? near : far, allowance: .seconds(60))
        }
        for connection in open.prefix(3) { connections.add(connection) }
        #expect(connections.hasRoom(for: far))
        for connection in open.dropFirst(3) { connections.add(connection) }
        #expect(!connections.hasRoom(for: far))
        #expect(connections.hasRoom(for: near))
        #expect(connections.hasRoom(for: ServerAddress(text: "10.0.0.8", isLoopback: false)))
        for connection in open.suffix(4) { connections.remove(connection) }
        #expect(connections.hasRoom(for: far))
    }
}
