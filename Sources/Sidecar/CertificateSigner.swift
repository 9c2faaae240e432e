internal import AllegroCrypto
internal import AllegroModels
internal import CertificateStore
internal import SidecarCore
internal import Synchronization

/// Makes this validator's certificates, each from the permit that its durable record gave.
final class CertificateSigner: Sendable {
    /// Who signs.
    let identity: ValidatorIdentity

    private let key: ValidatorSigningKey
    private let chainID: UInt64
    private let signatures: Mutex<RecentMap<TxHash, Ed25519Signature>>

    /// - Parameter signaturesMax: how many signatures are remembered; any can be made again.
    init(
        key: ValidatorSigningKey, id: ValidatorID, name: String, chainID: UInt64,
        signaturesMax: Int
    ) {
        self.key = key
        self.chainID = chainID
        identity = ValidatorIdentity(id: id, publicKey: key.publicKey, name: name)
        signatures = Mutex(RecentMap(countMax: signaturesMax))
    }

    /// The certificates of a page of the board.
    func certificates(of page: borrowing BoardPage) -> [Certificate] {
        var certificates: [Certificate] = []
        certificates.reserveCapacity(page.entries.count)
        for (index, entry) in page.entries.enumerated() {
            if let signature = entry.signature {
                certificates.append(
                    Certificate(
                        signer: ValidatorReference(id: entry.signer), txHash: entry.txHash,
                        effectsHash: entry.effects.hash, effects: entry.effects,
                        signature: signature, createdUnixMillis: entry.createdUnixMillis,
                        epoch: entry.epoch))
            } else {
                certificates.append(sign(page.permit(for: index)))
            }
        }
        return certificates
    }

    /// Signs what the permit permits; the same certificate every time (RFC 8032 is deterministic).
    func sign(_ permit: consuming SigningPermit) -> Certificate {
        let certificate = permit.certificate
        let signature: Ed25519Signature
        if let known = signatures.withLock({ $0[certificate.txHash] }) {
            signature = known
        } else {
            signature = key.signCertificate(
                chainID: chainID, epoch: certificate.epoch, txHash: certificate.txHash,
                effectsHash: certificate.effectsHash)
            signatures.withLock { $0[certificate.txHash] = signature }
        }
        return Certificate(
            signer: ValidatorReference(identity), txHash: certificate.txHash,
            effectsHash: certificate.effectsHash, effects: certificate.effects,
            signature: signature, createdUnixMillis: certificate.createdUnixMillis,
            epoch: certificate.epoch)
    }
}
