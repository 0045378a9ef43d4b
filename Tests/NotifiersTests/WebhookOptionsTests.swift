import HTTP
import Rules
import Testing

@testable import Notifiers
@testable import Store

/// How requests are made, as `webhooks:` and `outbound:` say.
@Suite struct WebhookOptionsTests {
    private static let files = [
        "ca.pem": "-----BEGIN CERTIFICATE-----\nCA\n-----END CERTIFICATE-----\n",
        "cert.pem": "-----BEGIN CERTIFICATE-----\nCERT\n-----END CERTIFICATE-----\n",
        "key.pem": "-----BEGIN PRIVATE KEY-----\nS3CR3T\n-----END PRIVATE KEY-----\n",
        "locked.pem": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nS3CR3T\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "both.pem":
            "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\nB\n",
        "token": "file-token\n", "password": "file:password\n", "empty": "", "text": "hello",
    ]

    private func read(_ yaml: String, reporting faults: Faults) -> WebhooksSection? {
        let environment = Environment(variables: ["TOKEN": "S3CR3T", "EMPTY": ""]) { name throws(FileError) in
            guard let text = Self.files[name] else { throw .missing }
            return Array(text.utf8)
        }
        guard var file = Section.root(of: Array(yaml.utf8), environment: environment, reporting: faults)
        else {
            return nil
        }
        defer { file.finish() }
        return WebhooksSection(of: &file, rules: nil)
    }

    /// The one webhook that `keys` describe.
    private func webhook(_ keys: String, outbound: String = "{}") throws -> Webhook {
        let faults = Faults(in: "rules.yaml")
        let yaml = "outbound: \(outbound)\nwebhooks: [{name: a, url: 'https://a/b', \(keys)}]"
        let section = try #require(read(yaml, reporting: faults))
        #expect(faults.all.map(\.description) == [])
        return try #require(section.webhooks.first)
    }

    private func report(_ keys: [String]) -> String {
        let faults = Faults(in: "rules.yaml")
        let items = keys.enumerated().map { "  - {name: w\($0.offset), url: 'https://a/', \($0.element)}" }
        _ = read("webhooks:\n" + items.joined(separator: "\n"), reporting: faults)
        return faults.all.map(\.description).joined(separator: "\n")
    }

    @Test(
        arguments: [
            ("auth: {bearer: '${TOKEN}'}", "Bearer S3CR3T"),
            ("auth: {bearer_file: token}", "Bearer file-token"),
            ("auth: {basic: {user: Aladdin, password: open sesame}}", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("auth: {basic: {user: u, password_file: password}}", "Basic dTpmaWxlOnBhc3N3b3Jk"),
            ("auth: {basic: {user: 'ü', password: 'é'}}", "Basic w7w6w6k="),
        ] as [(String, String)])
    func readsWhoIsAsking(keys: String, value: String) throws {
        #expect(try webhook(keys).options.authorization?.field == Secret(value))
    }

    @Test func readsFilesOfTLS() throws {
        let files = Self.files
        #expect(try webhook("tls: {ca: ca.pem}").options == RequestOptions(authorities: files["ca.pem"]))
        let (cert, key) = (try #require(files["cert.pem"]), try #require(files["key.pem"]))
        #expect(
            try webhook("tls: {cert: cert.pem, key: key.pem}").options.identity
                == RequestOptions.Identity(certificate: cert, key: Secret(key)))
        let (both, locked) = (try #require(files["both.pem"]), try #require(files["locked.pem"]))
        #expect(
            try webhook("tls: {cert: both.pem}").options.identity
                == RequestOptions.Identity(certificate: both, key: Secret(both)))
        #expect(
            try webhook("tls: {cert: cert.pem, key: locked.pem, key_password: pass}").options.identity
                == RequestOptions.Identity(
                    certificate: cert, key: Secret(locked), keyPassword: Secret("pass")))
    }

    @Test func outboundIsTheDefaultOfAll() throws {
        let outbound = "{allow_private: false, proxy: 'http://user:pass@proxy:3128'}"
        let strict = RequestOptions(proxy: Secret("http://user:pass@proxy:3128"), allowsPrivate: false)
        #expect(try webhook("timeout: 1s", outbound: outbound).options == strict)
        #expect(
            try webhook("allow_private: true, proxy: none", outbound: outbound).options == RequestOptions())
        let own = RequestOptions(proxy: Secret("socks5://p:1080"), allowsPrivate: false)
        #expect(try webhook("proxy: 'socks5://p:1080'", outbound: outbound).options == own)
        #expect(try webhook("timeout: 1s").options == RequestOptions())
    }

    @Test func theRequestIsMadeAsTheSettingsSay() throws {
        let webhook = try webhook(
            "method: PUT, auth: {bearer: abc}, proxy: 'http://p:1', allow_private: false, "
                + "tls: {ca: ca.pem, cert: cert.pem, key: locked.pem, key_password: pass}")
        let request = webhook.request(for: Self.delivery, at: Timestamp(milliseconds: 0))
        #expect(request.method == "PUT")
        #expect(request.fields["Authorization"] == "Bearer abc")
        #expect(request.proxy == "http://p:1")
        #expect(request.policy == .publicOnly)
        #expect(request.tls.authorities == Self.files["ca.pem"])
        #expect(request.tls.identity?.keyPassword == "pass")
        #expect(request.redirects == 0)
    }

    private static let delivery: Delivery = {
        let start = Timestamp(milliseconds: 0)
        return Delivery(
            id: 1, messageID: "m", webhook: "a", sequence: 1, incident: 1, event: 1, body: Array("text".utf8),
            state: .pending, attempts: 0, createdAt: start, firstAttemptAt: nil, dueAt: start, endedAt: nil)
    }()

    @Test func aMailIsSentAsTheSettingsSay() throws {
        let faults = Faults(in: "rules.yaml")
        let yaml = """
            outbound: {allow_private: false}
            webhooks:
              - {name: a, format: email, url: "smtp://mail.example.com:587", from: a@example.com,
                 to: [b@example.com], auth: {basic: {user: u, password_file: password}}, tls: {ca: ca.pem}}
            """
        let webhook = try #require(read(yaml, reporting: faults)?.webhooks.first)
        #expect(faults.all.map(\.description) == [])
        let mail = try #require(webhook.mail(for: Self.delivery))
        #expect(mail.url == "smtp://mail.example.com:587")
        #expect(mail.from == "a@example.com")
        #expect(mail.to == ["b@example.com"])
        #expect(mail.credentials == Mail.Credentials(user: "u", password: "file:password"))
        #expect(mail.tls.authorities == Self.files["ca.pem"])
        #expect(mail.policy == .publicOnly)
        #expect(String(decoding: mail.message, as: UTF8.self).hasSuffix("text"))
        #expect(try self.webhook("timeout: 1s").mail(for: Self.delivery) == nil)
    }

    @Test func saysWhatIsWrongAndShowsNoSecret() {
        let report = report([
            "auth: S3CR3T", "auth: {}", "auth: {bearer: S3CR3T, basic: {user: u, password: S3CR3T}}",
            "auth: {bearer: Bearer S3CR3T}", "auth: {bearer: '${EMPTY}'}", "auth: {bearer_file: empty}",
            "auth: {basic: {user: 'u:S3CR3T', password: x}}", "auth: {basic: {user: S3CR3T}}",
            "auth: {bearer: x}, headers: {authorization: S3CR3T}", "auth: {barer: S3CR3T}",
            "proxy: S3CR3T", "proxy: 'ftp://u:S3CR3T@p'", "proxy: 'http://u:S3CR3T@p:0'", "method: GET",
            "allow_private: maybe", "tls: {ca: none.pem}", "tls: {ca: text}", "tls: {cert: cert.pem}",
            "tls: {key: key.pem}", "tls: {cert: cert.pem, key: locked.pem}", "tls: {verify: false}",
        ])
        #expect(!report.contains("S3CR3T"))
        #expect(report == Self.wrongs)
    }

    private static let wrongs = """
        rules.yaml:2:41: error: 'auth' must be a mapping, not a text
              - {name: w0, url: 'https://a/', auth: …}
                                                    ^
          help: write it as 'key: value' lines
        rules.yaml:3:41: error: 'auth' needs one of 'bearer' and 'basic'
              - {name: w1, url: 'https://a/', auth: {}}
                                                    ^
          help: write {bearer: token} or {basic: {user: name, password: …}}
        rules.yaml:4:41: error: 'auth' needs one of 'bearer' and 'basic'
              - {name: w2, url: 'https://a/', auth: {bearer: …, basic: {user: …, password: …}}}
                                                    ^
          help: write {bearer: token} or {basic: {user: name, password: …}}
        rules.yaml:5:41: error: 'bearer' holds a space or a letter beyond ASCII
              - {name: w3, url: 'https://a/', auth: {bearer: …}}
                                                    ^
          help: write the token alone, without 'Bearer'
        rules.yaml:6:50: error: 'bearer' is empty
              - {name: w4, url: 'https://a/', auth: {bearer: '${EMPTY}'}}
                                                             ^
          help: give it a value
        rules.yaml:7:55: error: the file that 'bearer_file' names is empty
              - {name: w5, url: 'https://a/', auth: {bearer_file: …}}
                                                                  ^
          help: write the secret into it
        rules.yaml:8:56: error: 'user' holds a colon
              - {name: w6, url: 'https://a/', auth: {basic: {user: …, password: …}}}
                                                                   ^
          help: what follows it would be taken for the password
        rules.yaml:9:49: error: 'basic' needs 'password'
              - {name: w7, url: 'https://a/', auth: {basic: {user: …}}}
                                                            ^
          help: add password: or password_file:
        rules.yaml:10:41: error: 'auth' and the header 'Authorization' are the same
              - {name: w8, url: 'https://a/', auth: {bearer: …}, headers: {authorization: …}}
                                                    ^
          help: keep one of them
        rules.yaml:11:41: error: 'auth' needs one of 'bearer' and 'basic'
              - {name: w9, url: 'https://a/', auth: {barer: …}}
                                                    ^
          help: write {bearer: token} or {basic: {user: name, password: …}}
        rules.yaml:11:42: error: unknown key 'barer'
              - {name: w9, url: 'https://a/', auth: {barer: …}}
                                                     ^
          help: did you mean 'bearer'? keys of 'auth': bearer, bearer_file, basic
        rules.yaml:12:43: error: 'proxy' must begin with http://, https://, socks5:// or socks5h://
              - {name: w10, url: 'https://a/', proxy: …}
                                                      ^
          help: write http://host:port/path
        rules.yaml:13:43: error: 'proxy' must begin with http://, https://, socks5:// or socks5h://
              - {name: w11, url: 'https://…', proxy: 'ftp://…}
                                                     ^
          help: write http://host:port/path
        rules.yaml:14:43: error: 'proxy' must have a port from 1 to 65535
              - {name: w12, url: 'https://…', proxy: 'http://…}
                                                     ^
          help: write http://host:9200/path
        rules.yaml:15:44: error: 'method' must be POST or PUT, not 'GET'
              - {name: w13, url: 'https://a/', method: GET}
                                                       ^
        rules.yaml:16:51: error: 'allow_private' must be true or false, not 'maybe'
              - {name: w14, url: 'https://a/', allow_private: maybe}
                                                              ^
        rules.yaml:17:46: error: the file that 'ca' names cannot be used: there is no such file
              - {name: w15, url: 'https://a/', tls: {ca: none.pem}}
                                                         ^
          help: its path is relative to the folder of this file
        rules.yaml:18:46: error: the file that 'ca' names holds no certificate
              - {name: w16, url: 'https://a/', tls: {ca: text}}
                                                         ^
          help: it must be in PEM: '-----BEGIN CERTIFICATE-----'
        rules.yaml:19:48: error: 'cert' needs 'key'
              - {name: w17, url: 'https://a/', tls: {cert: cert.pem}}
                                                           ^
          help: add key: the file of the certificate's private key
        rules.yaml:20:47: error: 'key' needs 'cert'
              - {name: w18, url: 'https://a/', tls: {key: …}}
                                                          ^
          help: add cert: the file of the client's certificate
        rules.yaml:21:63: error: the private key is encrypted
              - {name: w19, url: 'https://a/', tls: {cert: cert.pem, key: …}}
                                                                          ^
          help: add key_password: or key_password_file:
        rules.yaml:22:42: error: unknown key 'verify'
              - {name: w20, url: 'https://a/', tls: {verify: …}}
                                                     ^
          help: keys of 'tls': ca, cert, key, key_password, key_password_file
        """
}
