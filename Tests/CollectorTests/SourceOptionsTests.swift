import HTTP
import Rules
import Testing

@testable import Collector

@Suite struct SourceOptionsTests {
    @Test func aSourceIsAskedAsItsSettingsSay() throws {
        let faults = Faults(in: "rules.yaml")
        let yaml = """
            sources:
              - name: fleet
                url: https://fleet/
                auth: {basic: {user: Aladdin, password: open sesame}}
                proxy: socks5h://user:pass@proxy:1080
                headers: {X-Api-Key: key, Accept: text/plain}
            """
        let source = try #require(read(yaml, reporting: faults)?.sources.first)
        #expect(faults.all.map(\.description) == [])
        let request = source.polled(every: .seconds(1)).request
        #expect(request.fields["authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        #expect(request.proxy == "socks5h://user:pass@proxy:1080")
        #expect(request.policy == .any)
        // Nothing that the user gave follows a redirect to another host.
        #expect(request.fields.list.map(\.isSecret) == [true, true, true])
        #expect(request.fields["accept"] == "text/plain")
    }

    @Test func aSourceIsShownTheCertificateOfItsSettings() {
        let identity = RequestOptions.Identity(
            certificate: "cert", key: Secret("key"), keyPassword: Secret("password"))
        let options = RequestOptions(authorities: "ca", identity: identity)
        let request = Source(name: "a", url: "https://a/", options: options).request
        #expect(request.tls.authorities == "ca")
        #expect(request.tls.identity?.certificate == "cert")
        #expect(request.tls.identity?.key == "key")
        #expect(request.tls.identity?.keyPassword == "password")
    }

    @Test func thePolicyIsForWhatGoesOut() {
        let report = report("sources: [{name: a, url: 'http://a', allow_private: false}]")
        #expect(report.contains("error: unknown key 'allow_private'"))
    }

    @Test func aBodyThatRepeatsTheCredentialsIsNotShown() {
        let options = RequestOptions(authorization: .bearer(Secret("S3CR3T-T0KEN")))
        let source = Source(name: "a", url: "http://a", options: options)
        let excerpt = source.redactedExcerpt(Array("you sent: Bearer S3CR3T-T0KEN, or S3CR3T-T0KEN".utf8))
        #expect(!excerpt.contains("S3CR3T"))
    }
}
