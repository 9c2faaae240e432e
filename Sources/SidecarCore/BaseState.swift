internal import AllegroCrypto
package import AllegroModels

/// What accounts held and had used on the chain when the overlay was empty.
package struct BaseState: Hashable, Sendable {
    /// In the token's smallest unit; 0 for accounts that are not listed.
    package var balances: [AccountAsset: UInt128]
    /// The first sequence that the chain had not used; 0 for lanes that are not listed.
    package var sequences: [NonceLane: UInt64]

    package init(
        balances: [AccountAsset: UInt128] = [:], sequences: [NonceLane: UInt64] = [:]
    ) {
        self.balances = balances
        self.sequences = sequences
    }

    /// A hash of all balances and sequences.
    ///
    /// An overlay counts payments on top of one base; on another, what has settled since would count
    /// twice.
    package var fingerprint: Bytes32 {
        var bytes: [UInt8] = []
        let accounts = balances.sorted {
            ($0.key.account, $0.key.asset) < ($1.key.account, $1.key.asset)
        }
        for (account, amount) in accounts {
            account.account.append(to: &bytes)
            account.asset.append(to: &bytes)
            bytes.append(bigEndian: amount)
        }
        bytes.append(bigEndian: UInt64(accounts.count))
        let lanes = sequences.sorted {
            ($0.key.account, $0.key.key) < ($1.key.account, $1.key.key)
        }
        for (lane, sequence) in lanes {
            lane.account.append(to: &bytes)
            lane.key.append(to: &bytes)
            bytes.append(bigEndian: sequence)
        }
        return sha256(bytes)
    }
}
