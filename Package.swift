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

/// One module of ours; `dependencies` are all it may import.
func module(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: [.target(name: name)], swiftSettings: strict)
}

let package = Package(
    name: "alert-gateway",
    targets: [
        module("Rules"),
        tests(of: "Rules"),
    ],
    swiftLanguageModes: [.v6]
)
