package import AllegroModels

/// What to read from a bulletin board.
package struct BulletinBoardRequest: Hashable, Sendable {
    /// Which certificates are meant.
    package enum Filter: Hashable, Sendable {
        case all
        case txHash(TxHash)
        /// Those of payments that this account sends or receives.
        case address(Address)
    }

    package var filter: Filter
    /// Only certificates that say to be made then or later; milliseconds since 1970.
    package var sinceUnixMillis: UInt64
    /// How many certificates at most; 0 stands for the server's own limit, which always holds.
    package var limit: UInt32
    /// A ``BulletinBoardResponse/nextCursor`` of the same server; empty for the beginning.
    package var cursor: String

    package init(
        filter: Filter = .all, sinceUnixMillis: UInt64 = 0, limit: UInt32 = 0, cursor: String = ""
    ) {
        self.filter = filter
        self.sinceUnixMillis = sinceUnixMillis
        self.limit = limit
        self.cursor = cursor
    }
}

/// A page of a bulletin board.
package struct BulletinBoardResponse: Hashable, Sendable {
    /// In the order in which the server came to hold them.
    package var certificates: [Certificate]
    /// Where the next page begins; opaque, and meaningful to the same server only.
    package var nextCursor: String

    package init(certificates: [Certificate], nextCursor: String) {
        self.certificates = certificates
        self.nextCursor = nextCursor
    }
}

/// Who a validator is and whom it gossips with.
package struct ValidatorInfo: Hashable, Sendable {
    package var validator: ValidatorIdentity
    /// URLs of the sidecars that it pulls from.
    package var gossipPeers: [String]

    package init(validator: ValidatorIdentity, gossipPeers: [String]) {
        self.validator = validator
        self.gossipPeers = gossipPeers
    }
}

/// The head of the chain.
package struct ChainHead: Hashable, Sendable {
    package var blockHeight: UInt64
    package var blockHash: Bytes32
    /// The block's time, in milliseconds since 1970.
    package var unixMillis: UInt64

    package init(blockHeight: UInt64, blockHash: Bytes32, unixMillis: UInt64) {
        self.blockHeight = blockHeight
        self.blockHash = blockHash
        self.unixMillis = unixMillis
    }
}
