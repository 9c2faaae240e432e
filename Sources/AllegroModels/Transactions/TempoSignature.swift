/// An ECDSA signature over P-256 with the key that it is said to be made by.
public struct P256Signature: Hashable, Sendable {
    /// The length of r, s, x and y.
    static let byteCount = 128

    public var r: Bytes32
    public var s: Bytes32
    /// The public key's coordinates.
    public var x: Bytes32
    public var y: Bytes32

    public init(r: Bytes32, s: Bytes32, x: Bytes32, y: Bytes32) {
        self.r = r
        self.s = s
        self.x = x
        self.y = y
    }

    fileprivate init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.byteCount,
            let r = Bytes32(bytes: bytes.prefix(32)),
            let s = Bytes32(bytes: bytes.dropFirst(32).prefix(32)),
            let x = Bytes32(bytes: bytes.dropFirst(64).prefix(32)),
            let y = Bytes32(bytes: bytes.dropFirst(96))
        else { return nil }
        self.init(r: r, s: s, x: x, y: y)
    }

    fileprivate func append(to output: inout [UInt8]) {
        r.append(to: &output)
        s.append(to: &output)
        x.append(to: &output)
        y.append(to: &output)
    }
}

/// A passkey's signature (WebAuthn): a P-256 signature over data that holds the signing hash.
public struct WebAuthnSignature: Hashable, Sendable {
    /// What a node takes, in bytes: ``clientData`` and the 128 bytes of the signature.
    static let byteCounts = 128...2048

    /// authenticatorData (37 bytes) and, after it, clientDataJSON.
    public var clientData: [UInt8]
    public var signature: P256Signature

    public init(clientData: [UInt8], signature: P256Signature) {
        self.clientData = clientData
        self.signature = signature
    }
}

/// A signature by one key.
public enum PrimitiveSignature: Hashable, Sendable {
    case secp256k1(Secp256k1Signature)
    /// `prehashed` says that the signed digest is the SHA-256 of the signing hash.
    case p256(P256Signature, prehashed: Bool)
    case webAuthn(WebAuthnSignature)
}

/// How an access key's signature is bound to the account.
public enum KeychainVersion: UInt8, Hashable, Sendable {
    /// Signs the bare signing hash; the chain refuses it since its fork T1C.
    case v1 = 0x03
    /// Signs the signing hash together with the account.
    case v2 = 0x04
}

/// The signature of a Tempo transaction's sender (docs: tempo, signatures in 0x76).
public enum TempoSignature: Hashable, Sendable {
    case primitive(PrimitiveSignature)
    /// By an access key of `account`; that the key is the account's only the chain knows.
    case keychain(KeychainVersion, account: Address, PrimitiveSignature)
}

/// The first bytes that tell the kinds of signatures apart; secp256k1 is told by its length.
private enum SignatureType {
    static let p256: UInt8 = 0x01
    static let webAuthn: UInt8 = 0x02
}

extension PrimitiveSignature {
    /// Parses a signature string, which may not be a keychain's.
    init(bytes: ArraySlice<UInt8>) throws(TransactionError) {
        guard let type = bytes.first else { throw .signatureMissing }
        if bytes.count == Secp256k1Signature.byteCount {
            self = .secp256k1(try Secp256k1Signature(bytes: bytes))
            return
        }
        let body = bytes.dropFirst()
        switch type {
        case SignatureType.p256:
            guard let flag = body.last, let signature = P256Signature(bytes: body.dropLast()) else {
                throw .signatureLength(bytes: bytes.count)
            }
            self = .p256(signature, prehashed: flag != 0)
        case SignatureType.webAuthn:
            guard WebAuthnSignature.byteCounts.contains(body.count),
                let signature = P256Signature(bytes: body.suffix(P256Signature.byteCount))
            else { throw .signatureLength(bytes: bytes.count) }
            self = .webAuthn(
                WebAuthnSignature(
                    clientData: Array(body.dropLast(P256Signature.byteCount)),
                    signature: signature))
        case KeychainVersion.v1.rawValue, KeychainVersion.v2.rawValue:
            throw .nestedKeychainSignature
        default:
            throw .signatureKindUnknown(type)
        }
    }

    func append(to output: inout [UInt8]) {
        switch self {
        case .secp256k1(let signature):
            output.append(contentsOf: signature.bytes)
        case .p256(let signature, let prehashed):
            output.append(SignatureType.p256)
            signature.append(to: &output)
            output.append(prehashed ? 1 : 0)
        case .webAuthn(let signature):
            output.append(SignatureType.webAuthn)
            output.append(contentsOf: signature.clientData)
            signature.signature.append(to: &output)
        }
    }

    /// The signature string.
    var bytes: [UInt8] {
        var output: [UInt8] = []
        append(to: &output)
        return output
    }
}

extension TempoSignature {
    /// Parses a signature string.
    init(bytes: ArraySlice<UInt8>) throws(TransactionError) {
        guard let type = bytes.first else { throw .signatureMissing }
        // The order of these tests is the chain's: 65 bytes are secp256k1, whatever the first is.
        guard let version = KeychainVersion(rawValue: type), bytes.count > 1,
            bytes.count != Secp256k1Signature.byteCount
        else {
            self = .primitive(try PrimitiveSignature(bytes: bytes))
            return
        }
        let body = bytes.dropFirst()
        guard let account = Address(bytes: body.prefix(Address.byteCount)) else {
            throw .signatureLength(bytes: bytes.count)
        }
        self = .keychain(
            version, account: account,
            try PrimitiveSignature(bytes: body.dropFirst(Address.byteCount)))
    }

    /// The signature string, in its canonical form.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        switch self {
        case .primitive(let signature):
            signature.append(to: &output)
        case .keychain(let version, let account, let signature):
            output.append(version.rawValue)
            account.append(to: &output)
            signature.append(to: &output)
        }
        return output
    }
}
