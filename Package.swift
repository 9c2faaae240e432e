// swift-tools-version: 6.3
import PackageDescription

/// What every target of ours is built with.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let serviceLifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "allegro",
    products: [
        .library(name: "AllegroModels", targets: ["AllegroModels"]),
        .library(name: "AllegroCrypto", targets: ["AllegroCrypto"]),
        .library(name: "AllegroClient", targets: ["AllegroClient"]),
        .executable(name: "allegro-sidecar", targets: ["allegro-sidecar"]),
        .executable(name: "allegro-demo", targets: ["allegro-demo"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", exact: "0.2.0"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // C libraries, each behind one Swift target.
        .systemLibrary(
            name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(
            name: "CSecp256k1", pkgConfig: "libsecp256k1", providers: [.apt(["libsecp256k1-dev"])]),
        .systemLibrary(
            name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

        // Values.
        .target(name: "AllegroModels", swiftSettings: strict),
        .target(
            name: "AllegroCrypto",
            dependencies: ["AllegroModels", "CSodium", "CSecp256k1", crypto],
            swiftSettings: strict),

        // The way over the network: sessions, calls, messages.
        .target(name: "HTTP2", dependencies: ["CNghttp2", nioCore], swiftSettings: strict),
        .target(
            name: "GRPC", dependencies: ["HTTP2", logging, nioCore, nioPosix],
            swiftSettings: strict),
        .target(
            name: "AllegroWire", dependencies: ["AllegroModels", "GRPC", protobuf],
            swiftSettings: strict),

        // The validator: judgement, durability, shell.
        .target(
            name: "SidecarCore", dependencies: ["AllegroModels", "AllegroCrypto"],
            swiftSettings: strict),
        .target(
            name: "CertificateStore",
            dependencies: ["AllegroModels", "AllegroCrypto", "SidecarCore", "CSQLite"],
            swiftSettings: strict),
        .target(
            name: "Sidecar",
            dependencies: [
                "AllegroModels", "AllegroCrypto", "AllegroWire", "CertificateStore", "GRPC",
                "SidecarCore", logging, nioCore,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "allegro-sidecar",
            dependencies: [
                "CertificateStore", "Sidecar", argumentParser, logging, nioCore, nioPosix,
                serviceLifecycle, unixSignals,
            ],
            swiftSettings: strict),

        // The wallet's side.
        .target(
            name: "AllegroClient",
            dependencies: ["AllegroModels", "AllegroCrypto", "AllegroWire", "GRPC", nioPosix],
            swiftSettings: strict),
        .executableTarget(
            name: "allegro-demo",
            dependencies: [
                "AllegroClient", "AllegroCrypto", "AllegroModels", "GRPC", "Sidecar",
                argumentParser, logging,
            ],
            swiftSettings: strict),

        // The load generator; Scripts/bench starts it.
        .executableTarget(
            name: "allegro-bench",
            dependencies: [
                "AllegroClient", "AllegroCrypto", "AllegroModels", "AllegroWire", "GRPC", "HTTP2",
                argumentParser, histogram, nioCore, nioPosix,
            ],
            swiftSettings: strict),

        // Tests.
        .target(
            name: "AllegroTesting",
            dependencies: ["AllegroModels", "AllegroCrypto", "SidecarCore"],
            swiftSettings: strict),
        .target(
            name: "Vectors", path: "Tests/Vectors",
            resources: [
                .copy("canonical.json"), .copy("tempo_transactions.json"),
                .copy("tempo_bad_transactions.json"),
            ],
            swiftSettings: strict),
        .testTarget(name: "RepositoryTests", swiftSettings: strict),
        .testTarget(
            name: "AllegroModelsTests", dependencies: ["AllegroModels", "Vectors"],
            swiftSettings: strict),
        .testTarget(
            name: "AllegroCryptoTests",
            dependencies: ["AllegroCrypto", "AllegroModels", "Vectors"],
            swiftSettings: strict),
        .target(
            name: "HTTP2Testing", dependencies: [nioCore, nioPosix], path: "Tests/HTTP2Testing",
            swiftSettings: strict),
        .testTarget(
            name: "HTTP2Tests", dependencies: ["HTTP2", "HTTP2Testing", nioCore],
            swiftSettings: strict),
        .testTarget(
            name: "GRPCTests",
            dependencies: ["GRPC", "HTTP2", "HTTP2Testing", logging, nioCore, nioPosix],
            swiftSettings: strict),
        .testTarget(
            name: "AllegroWireTests",
            dependencies: ["AllegroModels", "AllegroWire", "GRPC", protobuf],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "SidecarCoreTests",
            dependencies: ["AllegroCrypto", "AllegroModels", "AllegroTesting", "SidecarCore"],
            swiftSettings: strict),
        .testTarget(
            name: "CertificateStoreTests",
            dependencies: [
                "AllegroCrypto", "AllegroModels", "AllegroTesting", "CertificateStore",
                "SidecarCore",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "AllegroCrypto", "AllegroModels", "AllegroTesting", "CertificateStore",
                "SidecarCore",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SidecarTests",
            dependencies: [
                "AllegroClient", "AllegroCrypto", "AllegroModels", "AllegroTesting", "AllegroWire",
                "CertificateStore", "GRPC", "Sidecar", "SidecarCore", logging, nioCore, nioPosix,
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
