import AllegroWire
import GRPC
import Testing

/// A generator whose numbers follow from its seed (SplitMix64).
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// That damaged messages are refused or read, and that what was read is what is written.
struct MutationTests {
    /// One to four bytes changed, cut out or put in.
    private func mutated(
        _ bytes: [UInt8], using random: inout SeededGenerator
    ) -> [UInt8] {
        var output = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let position = Int.random(in: 0...output.count, using: &random)
            let byte = UInt8.random(in: 0...255, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: output.insert(byte, at: position)
            case 1 where position < output.count: output[position] = byte
            case _ where position < output.count: output.remove(at: position)
            case _: output.append(byte)
            }
        }
        return output
    }

    /// Decodes `count` mutations of a message; what decodes must survive being written and read.
    private func expectStable<Value: Equatable>(
        _ tree: ProtobufTree, seed: UInt64, encode: (Value) throws -> [UInt8],
        decode: ([UInt8]) throws -> Value
    ) {
        let original = tree.encoded
        var random = SeededGenerator(state: seed)
        for round in 0..<2000 {
            let bytes = mutated(original, using: &random)
            guard let value = try? decode(bytes), let written = try? encode(value) else {
                continue
            }
            #expect(
                (try? decode(written)) == value, "seed \(seed), round \(round): \(bytes)")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func damagedRequestsAreRefusedOrReadStably(seed: UInt64) {
        expectStable(
            HandBuilt.submit, seed: seed, encode: SidecarAPI.submit.encodeRequest,
            decode: SidecarAPI.submit.decodeRequest)
        expectStable(
            .message([(1, HandBuilt.qc)]), seed: seed, encode: SidecarAPI.confirm.encodeRequest,
            decode: SidecarAPI.confirm.decodeRequest)
        expectStable(
            HandBuilt.accountRequest, seed: seed, encode: SidecarAPI.account.encodeRequest,
            decode: SidecarAPI.account.decodeRequest)
        expectStable(
            HandBuilt.boardRequest, seed: seed, encode: SidecarAPI.bulletinBoard.encodeRequest,
            decode: SidecarAPI.bulletinBoard.decodeRequest)
        expectStable(
            HandBuilt.qcRequest, seed: seed,
            encode: AggregatorAPI.quorumCertificate.encodeRequest,
            decode: AggregatorAPI.quorumCertificate.decodeRequest)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func damagedAnswersAreRefusedOrReadStably(seed: UInt64) {
        expectStable(
            .message([(1, HandBuilt.certificate)]), seed: seed,
            encode: SidecarAPI.submit.encodeResponse, decode: SidecarAPI.submit.decodeResponse)
        expectStable(
            .message([(1, HandBuilt.confirmed)]), seed: seed,
            encode: SidecarAPI.confirm.encodeResponse, decode: SidecarAPI.confirm.decodeResponse)
        expectStable(
            HandBuilt.account, seed: seed, encode: SidecarAPI.account.encodeResponse,
            decode: SidecarAPI.account.decodeResponse)
        expectStable(
            HandBuilt.board, seed: seed, encode: SidecarAPI.bulletinBoard.encodeResponse,
            decode: SidecarAPI.bulletinBoard.decodeResponse)
        expectStable(
            HandBuilt.info, seed: seed, encode: SidecarAPI.validatorInfo.encodeResponse,
            decode: SidecarAPI.validatorInfo.decodeResponse)
        expectStable(
            HandBuilt.head, seed: seed, encode: SidecarAPI.chainHead.encodeResponse,
            decode: SidecarAPI.chainHead.decodeResponse)
        expectStable(
            HandBuilt.fanout, seed: seed, encode: AggregatorAPI.submit.encodeResponse,
            decode: AggregatorAPI.submit.decodeResponse)
        expectStable(
            HandBuilt.status, seed: seed, encode: AggregatorAPI.txStatus.encodeResponse,
            decode: AggregatorAPI.txStatus.decodeResponse)
    }

    @Test func everyPrefixOfAMessageIsRefusedOrMalformed() throws {
        let bytes = HandBuilt.submit.encoded
        for count in bytes.indices {
            let decoded = try? SidecarAPI.submit.decodeRequest(Array(bytes[..<count]))
            #expect(decoded != Sample.submit, "\(count) bytes")
        }
    }
}
