internal import AllegroModels
internal import AllegroWire
internal import SidecarCore

/// Where the height and the time of the chain's head come from.
protocol ChainHeadSource: Sendable {
    /// The head, as `GetChainHead` tells it.
    var current: ChainHead { get }
}

extension ChainHeadSource {
    /// The moment by which a decision that is made now judges expiry.
    var moment: Moment {
        let head = current
        return Moment(unixMillis: head.unixMillis, blockHeight: head.blockHeight)
    }
}

/// The head where no node is attached: a configured height, and the wall clock for its time.
struct ConfiguredChainHead: ChainHeadSource {
    /// 32 zero bytes, since there is no block.
    private static let blockHash = Bytes32(repeating: 0)

    private let blockHeight: UInt64

    init(blockHeight: UInt64) {
        self.blockHeight = blockHeight
    }

    var current: ChainHead {
        ChainHead(
            blockHeight: blockHeight, blockHash: Self.blockHash,
            unixMillis: WallClock.unixMillis())
    }
}
