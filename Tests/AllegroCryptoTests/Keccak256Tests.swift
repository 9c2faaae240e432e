import AllegroModels
import Testing

@testable import AllegroCrypto

/// Known answers of Keccak-256.
struct Keccak256Tests {
    /// Messages of `count` bytes, the i-th of which is (7 i + count) modulo 256; the answers come from
    /// another implementation, which agrees with SHA3-256 when it pads as that does.
    @Test(arguments: [
        (0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (1, "5fe7f977e71dba2ea1a68e21057beebb9be2ac30c6410aa38d4f3fbe41dcffd2"),
        (135, "8ab570337c9a3a773c3605160ca58e3f0546d92d217c908669cc4f35a31933bc"),
        (136, "16b30a6be318a7acbcba7a2194789f628abf68dfbbf55a4d840f22f6a4d29efd"),
        (137, "6a7e8293441d51be41bf4994995b35981f90c07866c7fd0465f405e2b7a8f8dd"),
        (271, "bb02bca6be57f42d131406260c6f1a81fd9922af8bd1c96d78f454b19ae10add"),
        (272, "443464c0c3ac8036d14a6f8647fc93b592d514adefbe88683cbbda3b4b2c4553"),
        (273, "73d5960773e36742ead7c872d84d535f35e75b9517ccb1023491276013f88890"),
        (400, "ec1e41051a3804730676419f3275c4afb0df058d7edd5c6dd3e98bf3fe62b363"),
        (5000, "758101c2e625f2322220c81eb13f29fab93256a056171eaabad18727cc221bdb"),
    ])
    func aMessageOfAnyLengthHasItsHash(count: Int, hash: String) {
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + count) }
        #expect(Keccak256.hash(message).description == hash)
    }

    @Test(arguments: [
        ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (
            "transfer(address,uint256)",
            "a9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b"
        ),
    ])
    func aTextHasTheHashThatEthereumKnows(text: String, hash: String) {
        #expect(Keccak256.hash(Array(text.utf8)).description == hash)
    }
}
