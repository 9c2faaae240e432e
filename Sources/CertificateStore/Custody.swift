internal import AllegroCrypto
package import AllegroModels

/// Who may sign with a store: it is the promise of one key, and only one store at a time may hold it.
package enum Custody: Hashable, Sendable {
    /// The daemon that opens this store may sign.
    case held
    /// `guard export` gave the promise away, so that another store may have signed since.
    case handedOver(unixMillis: UInt64)
    /// A copy, which does not know what was signed after it was taken.
    case backup(unixMillis: UInt64)
    /// The key has signed a payment of which this store has no record.
    case contradicted(by: TxHash, unixMillis: UInt64)
}

extension Custody {
    /// The value in the store's meta table.
    var text: String {
        switch self {
        case .held: "held"
        case .handedOver(let millis): "handed-over \(millis)"
        case .backup(let millis): "backup \(millis)"
        case .contradicted(let txHash, let millis): "contradicted \(millis) \(txHash)"
        }
    }

    init?(text: String) {
        let words = text.split(separator: " ")
        switch (words.first, words.count) {
        case ("held", 1): self = .held
        case ("handed-over", 2):
            guard let millis = UInt64(words[1]) else { return nil }
            self = .handedOver(unixMillis: millis)
        case ("backup", 2):
            guard let millis = UInt64(words[1]) else { return nil }
            self = .backup(unixMillis: millis)
        case ("contradicted", 3):
            guard let millis = UInt64(words[1]), let txHash = TxHash(hex: words[2]) else {
                return nil
            }
            self = .contradicted(by: txHash, unixMillis: millis)
        default: return nil
        }
    }
}

extension Custody {
    /// What an operator has to name to sign with a store all the same: 8 digits that a refusal shows.
    ///
    /// Every mark has another one, so that a flag that was left in place takes no later mark off.
    func reclaimCode(instance: UInt64) -> String {
        let digest = sha256(Array("allegro-reclaim.v1 \(instance) \(text)".utf8))
        return String(digest.description.prefix(8))
    }
}

extension Custody: CustomStringConvertible {
    /// What became of the store, as the end of a sentence about it.
    package var description: String {
        switch self {
        case .held: "is held"
        case .handedOver(let millis):
            """
            was handed over by guard export at \(Timestamp.text(millis)): another store may have \
            signed since
            """
        case .backup(let millis):
            """
            is a backup that was taken at \(Timestamp.text(millis)): what was signed since is \
            unknown
            """
        case .contradicted(let txHash, let millis):
            """
            does not hold payment \(txHash), which its key has signed (seen at \
            \(Timestamp.text(millis))): it is an older copy, or the key is used elsewhere
            """
        }
    }
}
