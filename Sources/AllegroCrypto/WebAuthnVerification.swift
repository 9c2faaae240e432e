internal import AllegroModels

extension WebAuthnSignature {
    /// The flags of authenticatorData (WebAuthn, section 6.1).
    private enum Flag {
        static let userPresent: UInt8 = 0x01
        static let userVerified: UInt8 = 0x04
        static let attestedData: UInt8 = 0x40
        static let extensionData: UInt8 = 0x80
    }

    /// The hash of the relying party, the flags and a counter; of these only the flags are checked.
    private static let authenticatorDataByteCount = 37
    private static let flagsOffset = 32
    /// The least that a node takes for authenticatorData and clientDataJSON together.
    private static let clientDataByteCountMin = 69

    /// Whether the passkey was used, by somebody present, to sign `hash`.
    func verifies(over hash: Bytes32) -> Bool {
        guard clientData.count >= Self.clientDataByteCountMin else { return false }
        let flags = clientData[Self.flagsOffset]
        guard flags & (Flag.userPresent | Flag.userVerified) != 0,
            flags & (Flag.attestedData | Flag.extensionData) == 0
        else { return false }
        let json = clientData[Self.authenticatorDataByteCount...]
        guard let data = ClientDataReader.read(json), data.type == "webauthn.get",
            data.challenge == Base64URL.encode(hash.bytes)
        else { return false }
        let authenticatorData = clientData[..<Self.authenticatorDataByteCount]
        return signature.verifies(
            over: sha256(authenticatorData + sha256(Array(json)).bytes))
    }
}

/// Base64 with the alphabet of URLs and without padding (RFC 4648, section 5).
enum Base64URL {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count * 4 + 2) / 3)
        var pending: UInt32 = 0
        var pendingBits = 0
        for byte in bytes {
            pending = pending << 8 | UInt32(byte)
            pendingBits += 8
            while pendingBits >= 6 {
                pendingBits -= 6
                output.append(alphabet[Int(pending >> pendingBits & 0x3f)])
            }
        }
        if pendingBits > 0 {
            output.append(alphabet[Int(pending << (6 - pendingBits) & 0x3f)])
        }
        return String(decoding: output, as: UTF8.self)
    }
}
