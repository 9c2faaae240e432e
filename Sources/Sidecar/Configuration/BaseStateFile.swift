package import AllegroModels
package import SidecarCore

/// What accounts hold and have used on the chain, for a sidecar without a node.
///
/// ```json
/// {"balances": [{"account": "0x19e7…", "asset": "0x20c0…", "amount": "1000000"}],
///  "nonces": [{"account": "0x19e7…", "nonce_key": "00…", "next_sequence": 5}]}
/// ```
/// Amounts are decimal strings in the token's smallest unit. `nonces` may be left out; key 0 is the
/// account nonce.
enum BaseStateFile {
    private struct Content: Decodable {
        struct Balance: Decodable {
            var account: String
            var asset: String
            var amount: String
        }
        struct Nonce: Decodable {
            var account: String
            var nonce_key: String
            var next_sequence: UInt64
        }

        var balances: [Balance]
        var nonces: [Nonce]?
    }

    static func base(_ options: SidecarOptions) throws(ConfigurationError) -> BaseState {
        var base = options.demoBalances ? DemoState.base : BaseState()
        guard let path = options.baseState else { return base }
        let content: Content = try JSONFile.read(path, flag: "--base-state")
        for (index, balance) in content.balances.enumerated() {
            guard let account = Address(hex: balance.account),
                let asset = Address(hex: balance.asset), let amount = UInt128(balance.amount)
            else {
                throw ConfigurationError(
                    "--base-state",
                    "balances[\(index)] needs 20-byte account and asset and a decimal amount")
            }
            base.balances[AccountAsset(account: account, asset: asset)] = amount
        }
        for (index, nonce) in (content.nonces ?? []).enumerated() {
            guard let account = Address(hex: nonce.account),
                let key = NonceKey(hex: nonce.nonce_key)
            else {
                throw ConfigurationError(
                    "--base-state", "nonces[\(index)] needs a 20-byte account and a 32-byte key")
            }
            base.sequences[NonceLane(account: account, key: key)] = nonce.next_sequence
        }
        return base
    }
}

/// The balances of the demo: Alice 15, Bob 5 and Carol 5 of one token.
package enum DemoState {
    /// The demo's token, 0x20c0…00aaaaaaaaaaaaaaaa.
    package static let asset = address("20c000000000000000000000aaaaaaaaaaaaaaaa")
    /// The address of the secp256k1 key 0x11 × 32.
    package static let alice = address("19e7e376e7c213b7e7e7e46cc70a5dd086daff2a")
    /// The address of the secp256k1 key 0x22 × 32.
    package static let bob = address("1563915e194d8cfba1943570603f7606a3115508")
    /// The address of the secp256k1 key 0x33 × 32.
    package static let carol = address("5cbdd86a2fa8dc4bddd8a8f69dba48572eec07fb")

    /// What the three hold before any payment.
    package static let base = BaseState(balances: [
        AccountAsset(account: alice, asset: asset): 15,
        AccountAsset(account: bob, asset: asset): 5,
        AccountAsset(account: carol, asset: asset): 5,
    ])

    private static func address(_ hex: String) -> Address {
        guard let address = Address(hex: hex) else {
            preconditionFailure("\(hex) is 20 bytes of hex")
        }
        return address
    }
}
