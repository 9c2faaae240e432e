/// The byte strings whose SHA-256 the protocol's hashes are (docs/01-architecture.md, encodings).
///
/// Integers are big-endian and of fixed width; a field of variable length has a `UInt32` count
/// before it.
public enum CanonicalEncoding {
    /// The domain tag of every certificate.
    public static let certificateDomainTag = "tempo.fastpay.cert.v1"
    /// The protocol version that certificates are made for.
    public static let protocolVersion: UInt16 = 1

    /// The preimage of ``TxHash``.
    public static func txPreimage(_ transaction: FastPayTransaction) -> [UInt8] {
        var output = [UInt8](
            beginningWith: "tempo.fastpay.tx.v1", capacity: 160 + transaction.tempoTx.count)
        output.append(bigEndian: transaction.chainID)
        output.append(lengthPrefixed: transaction.tempoTx)
        transaction.nonce.key.append(to: &output)
        output.append(bigEndian: transaction.nonce.sequence)
        switch transaction.expiry {
        case .maxBlockHeight(let height):
            output.append(0)
            output.append(bigEndian: height)
        case .unixMillis(let millis):
            output.append(1)
            output.append(bigEndian: millis)
        }
        if let parent = transaction.parentQCHash {
            output.append(1)
            parent.append(to: &output)
        } else {
            output.append(0)
        }
        return output
    }

    /// The preimage of ``EffectsHash``.
    public static func effectsPreimage(_ effects: Effects) -> [UInt8] {
        var output = [UInt8](beginningWith: "tempo.fastpay.effects.v1", capacity: 160)
        effects.sender.append(to: &output)
        effects.recipient.append(to: &output)
        output.append(bigEndian: effects.amount)
        effects.asset.append(to: &output)
        effects.nonce.key.append(to: &output)
        output.append(bigEndian: effects.nonce.sequence)
        return output
    }

    /// The preimage of the 32-byte certificate digest that a validator signs.
    public static func certificatePreimage(
        chainID: UInt64, epoch: UInt64, txHash: TxHash, effectsHash: EffectsHash
    ) -> [UInt8] {
        var output = [UInt8](beginningWith: "tempo.fastpay.cert.preimage.v1", capacity: 160)
        output.append(lengthPrefixed: certificateDomainTag.utf8)
        output.append(bigEndian: protocolVersion)
        output.append(bigEndian: chainID)
        output.append(bigEndian: epoch)
        txHash.append(to: &output)
        effectsHash.append(to: &output)
        return output
    }

    /// The preimage of ``QCHash``; certificates enter in order of their signers' ids.
    public static func quorumCertificatePreimage(_ qc: QuorumCertificate) -> [UInt8] {
        var output = [UInt8](
            beginningWith: "tempo.fastpay.qc.v1", capacity: 100 + qc.certificates.count * 112)
        qc.txHash.append(to: &output)
        qc.effectsHash.append(to: &output)
        output.append(bigEndian: qc.threshold)
        output.append(bigEndian: UInt32(qc.certificates.count))
        for certificate in qc.certificates.sorted(by: { $0.signer.id < $1.signer.id }) {
            certificate.signer.id.append(to: &output)
            output.append(lengthPrefixed: certificate.signature.bytes)
            output.append(bigEndian: certificate.createdUnixMillis)
        }
        return output
    }
}

extension [UInt8] {
    /// The name of an encoding, with room for what it encodes.
    fileprivate init(beginningWith name: String, capacity: Int) {
        self = []
        reserveCapacity(capacity)
        append(contentsOf: name.utf8)
    }
}
