import AllegroCrypto
import AllegroModels

/// A committee whose keys are at hand.
struct TestCommittee {
    static let chainID: UInt64 = 1337

    let committee: Committee
    private let keys: [ValidatorID: ValidatorSigningKey]

    /// Ids and seeds are made of the numbers from 1 to `count`.
    init(count: UInt8, epoch: UInt64 = 3) throws {
        var keys: [ValidatorID: ValidatorSigningKey] = [:]
        for number in 1...count {
            keys[ValidatorID(repeating: number)] = try ValidatorSigningKey(
                seed: Bytes32(repeating: number))
        }
        committee = try Committee(
            epoch: epoch,
            members: keys.map { ValidatorIdentity(id: $0.key, publicKey: $0.value.publicKey) })
        self.keys = keys
    }

    static let effects = Effects(
        sender: Address(repeating: 1), recipient: Address(repeating: 2), amount: 10,
        asset: Address(repeating: 3), nonce: Nonce2D(key: .demo, sequence: 7))
    static let txHash = TxHash(repeating: 0x7a)

    /// A certificate as an honest member makes it, unless something is given.
    func certificate(
        by number: UInt8, txHash: TxHash = Self.txHash, effects: Effects = Self.effects,
        epoch: UInt64? = nil, chainID: UInt64 = Self.chainID
    ) throws -> Certificate {
        let id = ValidatorID(repeating: number)
        let key = try keys[id] ?? ValidatorSigningKey(seed: Bytes32(repeating: number))
        let epoch = epoch ?? committee.epoch
        return Certificate(
            signer: ValidatorReference(id: id, publicKey: key.publicKey),
            txHash: txHash, effectsHash: effects.hash, effects: effects,
            signature: key.signCertificate(
                chainID: chainID, epoch: epoch, txHash: txHash, effectsHash: effects.hash),
            createdUnixMillis: 1_700_000_000_000 + UInt64(number), epoch: epoch)
    }

    /// What the members with these numbers agree on.
    func quorumCertificate(by numbers: some Sequence<UInt8>) throws -> QuorumCertificate {
        QuorumCertificate(
            txHash: Self.txHash, effectsHash: Self.effects.hash,
            certificates: try numbers.map { try certificate(by: $0) }, threshold: 1)
    }
}
