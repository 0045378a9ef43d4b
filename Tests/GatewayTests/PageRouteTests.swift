import Foundation
import HTTP
import Rules
import Testing

@testable import Gateway

@Suite struct PageRouteTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    static let assets = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Page/assets").standardizedFileURL.path

    @Test func everyFileOfThePageIsInTheBinaryAsItIs() throws {
        for name in try FileManager.default.subpathsOfDirectory(atPath: Self.assets) where name.contains(".")
        {
            let answer = try #require(PageFiles.answer(name), "CPage.c does not embed \(name)")
            let file = try Data(contentsOf: URL(filePath: Self.assets + "/" + name))
            #expect(answer.body == Array(file), "\(name)")
        }
    }

    @Test func thePageLoadsNothingButItsOwnFiles() async throws {
        let page = try await bench.get("/")
        #expect(page.status == 200)
        #expect(page.fields["content-type"] == "text/html; charset=utf-8")
        #expect(page.fields["x-content-type-options"] == "nosniff")
        #expect(page.fields["referrer-policy"] == "no-referrer")
        let policy = try #require(page.fields["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; "))
        #expect(!policy.contains("unsafe"))
        #expect(
            try await bench.get("/assets/views/now.js").fields["content-type"]
                == "text/javascript; charset=utf-8")
        #expect(try await bench.get("/assets/style.css").fields["content-type"] == "text/css; charset=utf-8")
        for target in ["/assets/nothing.js", "/assets/views/nothing.js"] {
            #expect(try await bench.get(target).status == 404)
        }
    }

    @Test func whoHasAFileIsNotSentItAgain() async throws {
        let tag = try #require(try await bench.get("/assets/app.js").fields["etag"])
        let again = try await bench.ask("GET", "/assets/app.js", ["if-none-match": tag])
        #expect(again.status == 304)
        #expect(again.fields["cache-control"] == "no-cache")
    }

    /// Whoever has to log in needs the page to do so.
    @Test(arguments: ["/", "/docs", "/assets/app.js"])
    func noTokenIsNeededForThePage(target: String) async throws {
        #expect(try await bench.ask("GET", target, token: Secret("0123456789abcdef")).status == 200)
    }

    @Test func theDocumentationHasSwaggerUI() async throws {
        #expect(try await bench.get("/docs").text.contains("/assets/docs/swagger-ui-bundle.js"))
        let script = try await bench.get("/assets/docs/swagger-ui-bundle.js")
        #expect(script.status == 200, "built before scripts/setup had fetched it")
        #expect(script.body.count > 1_000_000)
        #expect(try await bench.get("/assets/docs/swagger-ui.css").status == 200)
    }
}
