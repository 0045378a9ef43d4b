import Testing

@testable import Rules

@Suite struct URLTextTests {
    @Test(arguments: [
        "http://a", "https://a/", "HTTP://A.example.com:65535/x?y=z#f", "http://10.0.0.1:9200/metrics",
        "http://[::1]:80/", "http://user:pw@host/", "http://a_b.local./", "https://a/%20", "http://a?x",
    ])
    func accepts(_ url: String) throws {
        try URLText.check(url)
    }

    @Test(arguments: [
        "", "http", "http:/a", "//a", "file:///etc/passwd", "javascript://a", "http://", "http://:80/",
        "http://?a", "http://a:/", "http://a:0", "http://a:65536", "http://a:-1", "http://a:8o",
        "http://a..b",
        "http://.a", "http://-a.b", "http://1.2.3", "http://256.1.1.1", "http://01.2.3.4", "http://[::1",
        "http://[1.2.3.4]", "http://[::1]x", "http://::1", "http://a b", "http://a/\u{7f}", "http://a\t",
        "http://a/\\", "http://bücher.de", "http://user@", "http://a,b",
    ])
    func refuses(_ url: String) {
        #expect(throws: URLText.Flaw.self) { try URLText.check(url) }
    }
}

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("10.0.0.1", false), ("0.0.0.0", false), ("::1", true),
        ("::", false), ("::ffff:127.0.0.1", true), ("::ffff:10.0.0.1", false), ("fe80::1", false),
        ("1:2:3:4:5:6:7:8", false), ("1::", false), ("1:2:3:4:5:6:1.2.3.4", false),
        ("1:2:3:4:5:6:7::", false),
    ])
    func reads(_ text: String, _ isLoopback: Bool) {
        #expect(IPAddress(text)?.isLoopback == isLoopback)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.-4", "1.2.3.+4", "1.2.3. 4", "[::1]",
        ":", ":1", "1:", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "::1%eth0",
        "1.2.3.4::", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "+1::", "::-1",
    ])
    func refuses(_ text: String) {
        #expect(IPAddress(text) == nil)
    }
}
