import Foundation
import Testing

/// What the repository promises about itself.
struct RepositoryTests {
    private func text(_ path: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    @Test func bothToolchainFilesNameTheSameRelease() throws {
        let pinned = try text(".swift-version")
        #expect(try text("rust-toolchain-equivalent.txt") == pinned)
        #expect(pinned.wholeMatch(of: /\d+\.\d+(\.\d+)?\n/) != nil)
    }

    @Test func everyPackageIsPinnedToOneVersion() throws {
        let manifest = try text("Package.swift")
        let packages = manifest.matches(of: /\.package\(\s*url: "[^"]+", (\w+):/)
        #expect(packages.count >= 6)
        #expect(packages.allSatisfy { $0.output.1 == "exact" })
    }

    @Test func theReadmeFitsAndHoldsTheCommandsThatTheDemoRuns() throws {
        let readme = try text("README.md")
        #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 151)
        for mark in ["dave", "edgar", "chained"] {
            #expect(readme.contains("<!-- demo: \(mark) -->\n```bash\n.build/release/"))
        }
    }
}
