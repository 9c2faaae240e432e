internal import AllegroCrypto
internal import AllegroModels

/// One of the load's accounts; its key follows from its number, so that nothing need be stored.
struct LoadAccount {
    /// The token that all accounts pay with.
    static let asset = Address.tip20(suffix: 0xbbbb_bbbb)

    /// Whom all payments go to.
    static let recipient = Address(repeating: 0xcc)

    let key: Secp256k1PrivateKey

    var address: Address { key.address }

    init(_ index: Int) {
        var seed = Array("allegro-bench account".utf8)
        seed.append(bigEndian: UInt64(index))
        guard let key = Secp256k1PrivateKey(bytes: Keccak256.hash(seed).bytes) else {
            preconditionFailure("a hash is below the group's order but for one in 2^127")
        }
        self.key = key
    }
}

extension Address {
    /// The TIP-20 address with this suffix.
    fileprivate static func tip20(suffix: UInt64) -> Address {
        var bytes = Tip20.addressPrefix
        bytes.append(bigEndian: suffix)
        guard let address = Address(bytes: bytes) else {
            preconditionFailure("12 bytes and 8 make an address")
        }
        return address
    }
}
