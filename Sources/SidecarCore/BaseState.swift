internal import AllegroModels

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
}
