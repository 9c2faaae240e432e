package import AllegroModels

/// What a `ConfirmFastPayRequest` turned out to be.
///
/// As for a payment, a broken field is answered within the protocol, so decoding it is no error.
package enum ConfirmMessage: Hashable, Sendable {
    case wellFormed(QuorumCertificate)
    /// Always `INVALID_FORMAT`; the message names the field.
    case malformed(RejectReason)
}

/// What one validator answers to a quorum certificate.
package enum ConfirmResult: Hashable, Sendable {
    case confirmed(ConfirmedPayment)
    case rejected(RejectReason)
}
