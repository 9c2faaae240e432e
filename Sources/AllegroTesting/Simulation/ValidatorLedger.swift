internal import AllegroCrypto
internal import AllegroModels
package import SidecarCore

/// A validator's state as it is in memory and as it would be found after a crash.
package protocol ValidatorLedger {
    /// What decisions are made on, with all that is staged.
    var facts: any LedgerFacts { get }

    /// The same for those who look at everything.
    var view: MemoryLedger { get }

    /// Takes what a decision changed; later decisions see it.
    mutating func stage(_ changes: [LedgerChange], _ certificate: OwnCertificate?) throws

    /// Makes durable what was staged.
    mutating func sync() throws

    /// Loses what was staged since the last sync, and starts again from what is durable.
    ///
    /// - Returns: in what the state differs from the one of the last sync; nil for nothing.
    mutating func restart() throws -> String?
}

/// A ledger in memory whose disk is the list of all changes that were synced.
package struct MemoryValidatorLedger: ValidatorLedger {
    private let base: BaseState
    private var staged: [LedgerChange] = []
    private var durable: [LedgerChange] = []
    private var atLastSync: MemoryLedger
    package private(set) var view: MemoryLedger

    package init(base: BaseState) {
        self.base = base
        view = MemoryLedger(base: base)
        atLastSync = view
    }

    package var facts: any LedgerFacts { view }

    package mutating func stage(_ changes: [LedgerChange], _: OwnCertificate?) {
        staged.append(contentsOf: changes)
        view.apply(changes)
    }

    package mutating func sync() {
        durable.append(contentsOf: staged)
        staged = []
        atLastSync = view
    }

    package mutating func restart() throws -> String? {
        staged = []
        view = MemoryLedger(base: base)
        view.apply(durable)
        return try LedgerQuestions(about: durable).difference(between: view, and: atLastSync)
    }
}

/// Everything that can be asked about a state which these changes made.
package struct LedgerQuestions {
    private var slots: Set<NonceSlot> = []
    private var claims: Set<AccountNonce> = []
    private var lanes: Set<NonceLane> = []
    private var accounts: Set<AccountAsset> = []
    private var certificates: Set<QCHash> = []
    private var envelopes: Set<TxHash> = []
    private var requests: Set<ClientRequest> = []

    package init(about changes: [LedgerChange]) {
        for change in changes {
            switch change {
            case .slot(let slot, _, _): slots.insert(slot)
            case .claim(let nonce, _): claims.insert(nonce)
            case .lane(let lane, _): lanes.insert(lane)
            case .overlay(let account, _): accounts.insert(account)
            case .ownCertificate(let certificate): envelopes.insert(certificate.txHash)
            case .quorumCertificate(_, let qc): certificates.insert(qc.hash)
            case .quorumCertificateHash(let hash): certificates.insert(hash)
            case .clientRequest(let request, _): requests.insert(request)
            }
        }
    }

    /// The first question that two states answer differently; nil when there is none.
    package func difference(
        between left: any LedgerFacts, and right: any LedgerFacts
    ) throws -> String? {
        var (left, right) = (left, right)
        for slot in slots where try left.slot(slot) != right.slot(slot) {
            return "slot \(slot.nonce.key.short)/\(slot.nonce.sequence)"
        }
        for nonce in claims where try left.claim(of: nonce) != right.claim(of: nonce) {
            return "claim of account nonce \(nonce.sequence)"
        }
        for lane in lanes where try left.lane(lane) != right.lane(lane) {
            return "lane \(lane.key.short)"
        }
        for account in accounts where try left.overlay(of: account) != right.overlay(of: account) {
            return "overlay of \(account.account.short)"
        }
        for hash in certificates
        where try left.knowsQuorumCertificate(hash) != right.knowsQuorumCertificate(hash) {
            return "quorum certificate \(hash.short)"
        }
        for txHash in envelopes
        where try left.hasOwnCertificate(txHash) != right.hasOwnCertificate(txHash) {
            return "own certificate \(txHash.short)"
        }
        for request in requests
        where try left.clientRequest(request) != right.clientRequest(request) {
            return "client request \(request.id)"
        }
        return nil
    }
}
