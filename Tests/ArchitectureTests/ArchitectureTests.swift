import Foundation
import Testing

/// What the compiler cannot hold: who imports which C library, and what no file of ours may say.
@Suite struct ArchitectureTests {
    struct File: Sendable {
        /// From the root of the package.
        let path: String
        let text: String

        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

        /// The modules that it imports.
        var imports: [Substring] {
            lines.compactMap { line in
                let words = line.split(separator: " ")
                return words.firstIndex(of: "import").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
            }
        }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    /// The Swift files below `folder`.
    static func files(in folder: String) throws -> [File] {
        let top = root.appending(path: folder).path
        let names = try FileManager.default.subpathsOfDirectory(atPath: top).filter { $0.hasSuffix(".swift") }
        return try names.sorted().map { name in
            File(
                path: "\(folder)/\(name)", text: try String(contentsOfFile: "\(top)/\(name)", encoding: .utf8)
            )
        }
    }

    /// A path with one `*` for the part of a name that may vary.
    static func matches(_ path: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return path == pattern }
        return path.hasPrefix(parts[0]) && path.hasSuffix(parts[1])
    }

    @Test(
        arguments: [
            ("CCrypto", "Sources/Notifiers/Crypto.swift"), ("CCurl", "Sources/HTTP/Client*.swift"),
            ("CMicroHTTPD", "Sources/HTTP/Server*.swift"), ("CSQLite", "Sources/Store/SQLite.swift"),
            ("CSimdJSON", "Sources/Collector/JSONFleet.swift"), ("CYAML", "Sources/Rules/File/YAML*.swift"),
            ("CLinker", "Sources/Gateway/MappedCode.swift"),
            ("CPage", "Sources/Gateway/Page/PageFiles.swift"),
        ])
    func aCLibraryHasOneOwner(library: String, owner: String) throws {
        let importers = try Self.files(in: "Sources").filter { $0.imports.contains(Substring(library)) }
        #expect(!importers.isEmpty)
        for file in importers {
            #expect(Self.matches(file.path, owner), "\(file.path) imports \(library), which is \(owner)'s")
        }
    }

    @Test func everyCLibraryIsOwned() throws {
        let libraries = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appending(path: "Sources/CLibraries").path)
        #expect(
            libraries.sorted() == [
                "CCrypto", "CCurl", "CLinker", "CMicroHTTPD", "CSQLite", "CSimdJSON", "CYAML",
            ],
            "a new library needs its owner in the test above")
    }

    @Test(arguments: ["@unchecked Sendable", "try!", "as!", "fatalError(", "import Foundation"])
    func noSourceSays(words: String) throws {
        for file in try Self.files(in: "Sources") {
            for (number, line) in file.lines.enumerated() where line.contains(words) {
                Issue.record("\(file.path):\(number + 1) says \(words)")
            }
        }
    }

    @Test(arguments: ["Sources", "Tests", "Benchmarks"])
    func noFileIsLongerThan300Lines(folder: String) throws {
        for file in try Self.files(in: folder) {
            let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
            #expect(count <= 300, "\(file.path) has \(count) lines; divide it by subject")
        }
    }
}
