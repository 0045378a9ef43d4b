// swift-tools-version: 6.2

import PackageDescription

/// The rules every Swift target of ours is compiled under.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A system library, seen through `Sources/CLibraries/<name>/module.modulemap`.
func cLibrary(_ name: String) -> Target {
    .systemLibrary(name: name, path: "Sources/CLibraries/\(name)")
}

/// One module of ours; `dependencies` are all it may import.
func module(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, swiftSettings: strict)
}

let package = Package(
    name: "alert-gateway",
    products: [.executable(name: "gateway", targets: ["Gateway"])],
    targets: [
        cLibrary("CCrypto"),
        cLibrary("CCurl"),
        cLibrary("CMicroHTTPD"),
        cLibrary("CSQLite"),
        cLibrary("CYAML"),
        .target(
            name: "CSimdJSON", path: "Sources/CLibraries/CSimdJSON",
            // simdjson asserts what it assumes, on each token, unless this says not to.
            cxxSettings: [.define("NDEBUG", .when(configuration: .release))],
            linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CLinker", path: "Sources/CLibraries/CLinker"),
        // The page, put into the binary by `#embed`; `exclude` names what no compiler is to look for.
        .target(
            name: "CPage", path: "Sources/Page", exclude: ["assets"]),

        module("Collector", uses: ["Rules", "HTTP", "CSimdJSON"]),
        module("Rules", uses: ["CYAML"]),
        module("Store", uses: ["Rules", "CSQLite"]),
        module("Notifiers", uses: ["Rules", "Store", "HTTP", "CCrypto"]),
        module("HTTP", uses: ["CCurl", "CMicroHTTPD"]),
        .executableTarget(
            name: "Gateway",
            dependencies: ["Collector", "Rules", "Store", "Notifiers", "HTTP", "CLinker", "CPage"],
            swiftSettings: strict),

        .executableTarget(
            name: "Benchmarks", dependencies: ["Collector", "HTTP", "Rules", "Store", "Notifiers"],
            path: "Benchmarks",
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Rules", "Store"], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests(of: "Collector", uses: ["Rules", "HTTP", "TestSupport"]),
        tests(of: "Rules", uses: ["TestSupport"]),
        tests(of: "Store", uses: ["Rules", "TestSupport"]),
        tests(of: "Notifiers", uses: ["Rules", "Store", "HTTP", "TestSupport"]),
        tests(of: "HTTP", uses: ["TestSupport"]),
        tests(of: "Gateway", uses: ["Collector", "Rules", "Store", "Notifiers", "HTTP", "TestSupport"]),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Collector", "Gateway", "HTTP", "Notifiers", "Rules", "Store"],
            path: "Tests/Simulation", swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Gateway", "HTTP", "Notifiers", "Rules", "Store", "TestSupport"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// What `scripts/fuzz` alone builds. The file that it names lists what else is linked: libFuzzer, and the objects of the
// gateway, which only tests get of an executable.
if let objects = Context.environment["FUZZ_OBJECTS"] {
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "Fuzz",
            dependencies: ["CFuzzer", "Collector", "Gateway", "HTTP", "Rules", "TestSupport"],
            path: "Tests/Fuzz",
            exclude: ["CFuzzer", "corpus", "api.dict", "fleet.dict", "page.dict", "rules.dict"],
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["@" + objects]), .linkedLibrary("stdc++")]),
    ]
}

// `make simulate` optimises what it tests, and needs no other tests for that.
if Context.environment["SIMULATE"] != nil {
    package.targets.removeAll { $0.type == .test && $0.name != "SimulationTests" }
}
