internal import AllegroModels
internal import SidecarCore

/// The head of a guard file.
struct GuardFileHeader: Codable {
    var format: String
    var version: Int
    var chain_id: UInt64
    var validator_id: Hexed<ValidatorID>
    var public_key: Hexed<ValidatorPublicKey>
    /// The fingerprint of the base state that overlays count on.
    var base_state: Hexed<Bytes32>
    var exported_unix_millis: UInt64

    init(_ origin: GuardFile.Origin) {
        format = GuardFile.format
        version = GuardFile.version
        chain_id = origin.owner.identity.chainID
        validator_id = Hexed(origin.owner.identity.validator)
        public_key = Hexed(origin.owner.identity.publicKey)
        base_state = Hexed(origin.owner.base)
        exported_unix_millis = origin.exportedUnixMillis
    }

    var origin: GuardFile.Origin {
        GuardFile.Origin(
            owner: StoreOwner(
                identity: StoreIdentity(
                    chainID: chain_id, validator: validator_id.value,
                    publicKey: public_key.value),
                base: base_state.value),
            exportedUnixMillis: exported_unix_millis)
    }
}

/// A whole guard file, read and checked.
struct GuardFileContent: Decodable {
    /// What is wrong with a file that is JSON of the right form.
    struct Problem: Error {
        var text: String
    }

    private struct Probe: Decodable {
        var format: String
        var version: Int
    }

    private enum Keys: String, CodingKey {
        case accounts, checksum
    }

    let file: GuardFile

    init(from decoder: any Decoder) throws {
        let probe = try Probe(from: decoder)
        guard probe.format == GuardFile.format else {
            throw Problem(text: "is no guard file, but '\(probe.format)'")
        }
        guard probe.version == GuardFile.version else {
            throw Problem(
                text: """
                    is a guard file of version \(probe.version), this release knows \
                    \(GuardFile.version)
                    """)
        }
        let origin = try GuardFileHeader(from: decoder).origin
        let container = try decoder.container(keyedBy: Keys.self)
        var list = try container.nestedUnkeyedContainer(forKey: .accounts)
        var accounts: [AccountGuard] = []
        accounts.reserveCapacity(list.count ?? 0)
        var seen: Set<Address> = []
        var digest = GuardDigest(origin)
        while !list.isAtEnd {
            let records = try list.decode(GuardFileAccount.self).records()
            guard seen.insert(records.account).inserted else {
                throw Problem(text: "lists account \(records.account) twice")
            }
            if let problem = records.problem {
                throw Problem(text: "has an account \(records.account) whose \(problem)")
            }
            digest.add(records)
            accounts.append(records)
        }
        let checksum = try container.decode(Hexed<Bytes32>.self, forKey: .checksum)
        guard checksum.value == digest.value else {
            throw Problem(text: "is damaged: its checksum is another one")
        }
        file = GuardFile(origin: origin, accounts: accounts)
    }
}

extension GuardFile {
    init(origin: Origin, accounts: [AccountGuard]) {
        self.origin = origin
        self.accounts = accounts
    }
}

/// Bytes of a fixed number, as hex.
struct Hexed<Value: FixedBytes>: Codable {
    var value: Value

    init(_ value: Value) {
        self.value = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Value(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "is not \(Value.byteCount) bytes of hex")
        }
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value.description)
    }
}

/// Bytes of any number, as hex.
struct HexedBytes: Codable {
    var value: [UInt8]

    init(_ value: [UInt8]) {
        self.value = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Hex.decode(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "is not hex")
        }
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Hex.encode(value))
    }
}

/// An amount as a decimal string, which no JSON reader rounds.
struct DecimalText: Codable {
    var value: UInt128

    init(_ value: UInt128) {
        self.value = value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = UInt128(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "is not a decimal amount")
        }
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(String(value))
    }
}
