/// An ECDSA signature over secp256k1 from which the signer's key can be recovered.
///
/// Parsed, not verified: r and s are whatever was written.
public struct Secp256k1Signature: Hashable, Sendable {
    /// The length of ``bytes``.
    public static let byteCount = 65

    public var r: Bytes32
    public var s: Bytes32
    /// Whether the signature's point has an odd y coordinate.
    public var yIsOdd: Bool

    public init(r: Bytes32, s: Bytes32, yIsOdd: Bool) {
        self.r = r
        self.s = s
        self.yIsOdd = yIsOdd
    }

    /// r, s and v: the form inside a Tempo transaction's signature string; v is 27 or 28.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(Self.byteCount)
        r.append(to: &output)
        s.append(to: &output)
        output.append(yIsOdd ? 28 : 27)
        return output
    }

    /// Parses the 65 bytes of ``bytes``.
    ///
    /// Of v, also 0, 1 and whatever from 35 on has the same parity are understood, as the chain does;
    /// a caller that wants the one canonical form compares the bytes.
    init(bytes: ArraySlice<UInt8>) throws(TransactionError) {
        guard bytes.count == Self.byteCount, let v = bytes.last,
            let r = Bytes32(bytes: bytes.prefix(32)),
            let s = Bytes32(bytes: bytes.dropFirst(32).prefix(32))
        else { throw .signatureLength(bytes: bytes.count) }
        switch v {
        case 0, 27: yIsOdd = false
        case 1, 28: yIsOdd = true
        case 35...: yIsOdd = v.isMultiple(of: 2)
        default: throw .recoveryIDOutOfRange(v)
        }
        self.r = r
        self.s = s
    }

    /// Reads the three items [yParity, r, s], as Ethereum's typed transactions have them.
    init(rlp items: inout RLPReader) throws(TransactionError) {
        yIsOdd = try items.readBool()
        r = try items.readWord()
        s = try items.readWord()
    }

    func appendRLPItems(to output: inout [UInt8]) {
        output.append(rlpInteger: UInt8(yIsOdd ? 1 : 0))
        output.append(rlpWord: r)
        output.append(rlpWord: s)
    }
}
