/// The daemon's flags as they were written, before anything is checked.
///
/// ``SidecarConfiguration`` is made of them. The defaults are the command line's.
package struct SidecarOptions: Hashable, Sendable {
    package var listen = "127.0.0.1:50051"
    package var name = "validator"
    package var seed: String?
    package var validatorKey: String?
    package var validatorID: String?
    package var chainID: UInt64 = 1337
    package var epoch: UInt64 = 1
    package var blockHeight: UInt64 = 1
    package var peers: [String] = []
    package var committee: String?
    package var dataDirectory: String?
    package var reclaimCode: String?
    package var demoBalances = false
    package var baseState: String?
    package var lane = "auto"
    package var gossipIntervalMillis: UInt64 = 1_000
    package var gossipPullLimit: UInt32 = 512
    package var maxTotalCerts = 10_000
    package var maxKnownQCs = 4_096
    package var maxRequestCache = 8_192
    package var maxBulletinBoardResponse = 1_000
    package var rethWebSocketURL: String?
    package var maxPendingEVMTxs: Int?
    package var maxReceiptBatch: Int?
    package var predecessorWaitMillis: UInt64 = 500
    package var shutdownGraceMillis: UInt64 = 5_000
    /// Event loops; 0 for one a core.
    package var threads = 0

    package init() {}
}
