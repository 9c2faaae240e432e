internal import AllegroModels
internal import FoundationEssentials

extension BulletinBoardRequest {
    /// - Throws: ``WireError`` for a hash or an address of another size and too long a cursor.
    init(_ message: PBGetBulletinBoardRequest) throws(WireError) {
        let filter: Filter =
            switch message.filter {
            case .txHash(let bytes): .txHash(try parse(bytes, "tx_hash"))
            case .address(let address):
                .address(try within("address", address, Address.init(_:)))
            case nil: .all
            }
        self.init(
            filter: filter, sinceUnixMillis: message.sinceUnixMillis, limit: message.limit,
            cursor: try parse(message.cursor, bytesMax: WireLimits.cursorBytesMax, "cursor"))
    }
}

extension PBGetBulletinBoardRequest {
    init(_ request: BulletinBoardRequest) {
        switch request.filter {
        case .all: break
        case .txHash(let hash): txHash = Data(hash)
        case .address(let account): address = PBAddress(account)
        }
        sinceUnixMillis = request.sinceUnixMillis
        limit = request.limit
        cursor = request.cursor
    }
}

extension BulletinBoardResponse {
    /// - Throws: ``WireError`` for a certificate whose fields are of another size.
    init(_ message: PBGetBulletinBoardResponse) throws(WireError) {
        self.init(
            certificates: try parseEach(message.certs, "certs", Certificate.init(_:)),
            nextCursor: try parse(
                message.nextCursor, bytesMax: WireLimits.cursorBytesMax, "next_cursor"))
    }
}

extension PBGetBulletinBoardResponse {
    init(_ response: BulletinBoardResponse) {
        certs = response.certificates.map(PBValidatorCertificate.init(_:))
        nextCursor = response.nextCursor
    }
}

extension ValidatorInfo {
    /// - Throws: ``WireError`` when the id or the key has not 32 bytes or a limit is exceeded.
    init(_ message: PBGetValidatorInfoResponse) throws(WireError) {
        self.init(
            validator: try required(
                "validator", isSet: message.hasValidator, message.validator,
                ValidatorIdentity.init(_:)),
            gossipPeers: try parseEach(
                message.gossipPeers, "gossip_peers", countMax: WireLimits.gossipPeerCountMax
            ) { (peer) throws(WireError) in
                try parse(peer, bytesMax: WireLimits.gossipPeerBytesMax, "")
            })
    }
}

extension PBGetValidatorInfoResponse {
    init(_ info: ValidatorInfo) {
        validator = PBValidatorId(ValidatorReference(info.validator))
        gossipPeers = info.gossipPeers
    }
}

extension ChainHead {
    /// - Throws: ``WireError`` unless the hash has 32 bytes.
    init(_ message: PBGetChainHeadResponse) throws(WireError) {
        self.init(
            blockHeight: message.blockHeight, blockHash: try parse(message.blockHash, "block_hash"),
            unixMillis: message.unixMillis)
    }
}

extension PBGetChainHeadResponse {
    init(_ head: ChainHead) {
        blockHeight = head.blockHeight
        blockHash = Data(head.blockHash)
        unixMillis = head.unixMillis
    }
}
