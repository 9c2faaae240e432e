/// What a message may hold at most.
///
/// Constants rather than settings: clients and servers must agree on them.
package enum WireLimits {
    /// The signed transaction: 128 KiB, as large as the chain's nodes take one.
    package static let tempoTxBytesMax = 128 * 1024
    /// A client's own name for a request.
    package static let clientRequestIDBytesMax = 128
    /// Quorum certificates presented with one payment.
    package static let parentQCCountMax = 64
    /// Certificates in one quorum certificate: more than any committee has seats.
    package static let certificatesPerQCCountMax = 1024
    /// A validator's name.
    package static let validatorNameBytesMax = 256
    /// A position of the bulletin board.
    package static let cursorBytesMax = 64
    /// A position in an account's lists.
    package static let accountCursorBytesMax = 256
    /// Peers that a validator says to gossip with.
    package static let gossipPeerCountMax = 1024
    /// The URL of one of them.
    package static let gossipPeerBytesMax = 2048
    /// The line that explains a refusal.
    package static let rejectMessageBytesMax = 4096
}
