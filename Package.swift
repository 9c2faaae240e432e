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

let package = Package(
    name: "allegro",
    products: [
        .library(name: "AllegroModels", targets: ["AllegroModels"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
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
            dependencies: [
                "AllegroModels", "CSodium", "CSecp256k1",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),

        // The validator: judgement, durability, shell.
        .target(
            name: "SidecarCore", dependencies: ["AllegroModels", "AllegroCrypto"],
            swiftSettings: strict),
        .target(
            name: "CertificateStore",
            dependencies: ["AllegroModels", "AllegroCrypto", "SidecarCore", "CSQLite"],
            swiftSettings: strict),

        // The wire.
        .target(name: "GRPC", swiftSettings: strict),
        .target(
            name: "AllegroWire",
            dependencies: [
                "AllegroModels", "GRPC",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict),

        .testTarget(
            name: "AllegroWireTests",
            dependencies: [
                "AllegroModels", "AllegroWire", "GRPC",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
