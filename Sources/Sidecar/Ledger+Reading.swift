internal import AllegroCrypto
internal import AllegroModels
internal import CertificateStore
internal import SidecarCore

/// What others ask the ledger about; it answers between its batches.
extension Ledger {
    /// The payments on the board; `byOthers` leaves out those that only this validator signed.
    func txHashesOnBoard(byOthers: Bool) throws -> [TxHash] {
        try store.txHashesOnBoard(byOthers: byOthers)
    }

    /// Those of the certificates that are not stored yet.
    func unknown(_ certificates: [Certificate]) throws -> [Certificate] {
        try certificates.filter { try !store.holds($0.txHash, of: $0.signer.id) }
    }

    /// Certificates for the same payment and effects, of each that no quorum certificate is known for.
    func unconfirmedCertificates(for txHashes: [TxHash]) throws -> [[Certificate]] {
        var groups: [[Certificate]] = []
        for txHash in txHashes {
            let query = BoardQuery(
                filter: .txHash(txHash), sinceUnixMillis: 0, after: 0,
                countMax: limits.certificatesPerPaymentMax)
            let page = try store.read(query)
            let unconfirmed = try Set(page.entries.map(\.effects)).filter {
                try store.slot(NonceSlot($0))?.confirmed == nil
            }
            if unconfirmed.isEmpty { continue }
            // A faulty validator may have signed other effects; they must not hide the right ones.
            let byEffects = Dictionary(
                grouping: signer.certificates(of: page), by: \.effects)
            groups += byEffects.filter { unconfirmed.contains($0.key) }.values
        }
        return groups
    }

    /// A page of an account, and where the next one begins; nil after the last.
    func account(
        _ query: AccountQuery
    ) throws -> (page: AccountView, next: AccountPosition?) {
        let (records, next) = try store.read(query)
        return (try core.view(of: records, on: store), next)
    }

    /// A page of the bulletin board, whose certificates the caller makes.
    func board(_ query: BoardQuery) throws -> BoardPage { try store.read(query) }

    /// The store's random number, which cursors carry.
    var storeInstance: UInt64 { store.instance }
}
