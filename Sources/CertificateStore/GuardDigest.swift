internal import AllegroCrypto
internal import AllegroModels
internal import SidecarCore

/// A hash over everything in a guard file, in order.
///
/// It finds what a damaged disk or an editor changed: one digit of a signing hash that is another one
/// would let a rival of a signed payment be signed.
struct GuardDigest {
    private(set) var value: Bytes32

    init(_ origin: GuardFile.Origin) {
        var bytes = Array("allegro-guard.v1".utf8)
        bytes.append(bigEndian: origin.owner.identity.chainID)
        origin.owner.identity.validator.append(to: &bytes)
        origin.owner.identity.publicKey.append(to: &bytes)
        origin.owner.base.append(to: &bytes)
        bytes.append(bigEndian: origin.exportedUnixMillis)
        value = sha256(bytes)
    }

    mutating func add(_ records: AccountGuard) {
        var bytes = value.bytes
        records.account.append(to: &bytes)
        bytes.append(bigEndian: UInt32(records.overlays.count))
        for (asset, overlay) in records.sortedOverlays {
            asset.append(to: &bytes)
            bytes.append(lengthPrefixed: overlay.row)
        }
        bytes.append(bigEndian: UInt32(records.lanes.count))
        for (key, lane) in records.sortedLanes {
            key.append(to: &bytes)
            bytes.append(lengthPrefixed: lane.row)
        }
        bytes.append(bigEndian: UInt32(records.claims.count))
        for (sequence, key) in records.sortedClaims {
            bytes.append(bigEndian: sequence)
            key.append(to: &bytes)
        }
        bytes.append(bigEndian: UInt32(records.slots.count))
        for (nonce, slot) in records.sortedSlots {
            let place = NonceSlot(account: records.account, nonce: nonce)
            bytes.append(contentsOf: LedgerTable.place(of: nonce))
            bytes.append(lengthPrefixed: StoredSlot(state: slot.state).row(of: place))
            bytes.append(slot.signedBytes == nil ? 0 : 1)
            bytes.append(lengthPrefixed: slot.signedBytes ?? [])
        }
        value = sha256(bytes)
    }
}

extension AccountGuard {
    var sortedOverlays: [(key: Address, value: OverlayBalance)] {
        overlays.sorted { $0.key < $1.key }
    }

    var sortedLanes: [(key: NonceKey, value: LaneState)] { lanes.sorted { $0.key < $1.key } }

    var sortedClaims: [(key: UInt64, value: NonceKey)] { claims.sorted { $0.key < $1.key } }

    var sortedSlots: [(key: Nonce2D, value: Slot)] {
        slots.sorted { ($0.key.key, $0.key.sequence) < ($1.key.key, $1.key.sequence) }
    }
}
