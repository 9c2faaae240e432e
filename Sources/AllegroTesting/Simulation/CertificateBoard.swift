internal import AllegroModels

/// The certificates that a validator stores: one of each signer for each envelope.
struct CertificateBoard {
    private struct Place: Hashable {
        var txHash: TxHash
        var signer: ValidatorID
    }

    private var places: Set<Place> = []
    private var byEnvelope: [TxHash: [Certificate]] = [:]
    /// All of them, in the order in which they came.
    private(set) var certificates: [Certificate] = []

    /// - Returns: false if the signer's certificate for the envelope was there already.
    mutating func add(_ certificate: Certificate) -> Bool {
        let place = Place(txHash: certificate.txHash, signer: certificate.signer.id)
        guard places.insert(place).inserted else { return false }
        byEnvelope[certificate.txHash, default: []].append(certificate)
        certificates.append(certificate)
        return true
    }

    /// What another board lacks.
    func missing(in other: CertificateBoard) -> [Certificate] {
        certificates.filter {
            !other.places.contains(Place(txHash: $0.txHash, signer: $0.signer.id))
        }
    }

    /// The certificates for an envelope and these effects.
    func certificates(for txHash: TxHash, _ effects: Effects) -> [Certificate] {
        (byEnvelope[txHash] ?? []).filter { $0.effects == effects }
    }
}
