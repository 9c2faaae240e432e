import Foundation

/// The protocol's vector files, one type for the cases of each.
package enum Vectors {
    package static let canonical: [CanonicalCase] = load("canonical", as: CanonicalFile.self).cases
    package static let transactions: [TransactionCase] = load("tempo_transactions")
    package static let badTransactions: [BadTransactionCase] = load("tempo_bad_transactions")

    private struct CanonicalFile: Decodable {
        var cases: [CanonicalCase]
    }

    private static func load<Content: Decodable>(
        _ name: String, as: Content.Type = Content.self
    ) -> Content {
        do {
            guard let url = Bundle.module.url(forResource: name, withExtension: "json") else {
                throw CocoaError(.fileNoSuchFile)
            }
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            return try decoder.decode(Content.self, from: Data(contentsOf: url))
        } catch {
            preconditionFailure("\(name).json: \(error)")
        }
    }
}

/// A payment with everything that is hashed and signed about it; hex without `0x`, decimal integers.
package struct CanonicalCase: Decodable, Sendable, CustomStringConvertible {
    package struct Expiry: Decodable, Sendable {
        package var maxBlockHeight: String?
        package var unixMillis: String?
    }

    package struct Effects: Decodable, Sendable {
        package var sender: String
        package var recipient: String
        package var amount: String
        package var asset: String
    }

    package struct Member: Decodable, Sendable {
        package var id: String
        package var seed: String
        package var pubkey: String
    }

    package struct Signature: Decodable, Sendable {
        package var signer: String
        package var signature: String
        package var createdUnixMillis: String
    }

    package var chainId: String
    package var epoch: String
    package var tempoTx: String
    package var nonceKey: String
    package var nonceSeq: String
    package var expiry: Expiry
    package var parentQcHash: String?
    package var effects: Effects
    package var txHash: String
    package var effectsHash: String
    package var certPreimage: String
    package var certDigest: String
    package var committee: [Member]
    package var threshold: UInt32
    package var certs: [Signature]
    package var qcHash: String

    package var description: String { "tx \(txHash.prefix(8))" }
}

/// A signed transaction and what it says; hex with `0x`.
package struct TransactionCase: Decodable, Sendable, CustomStringConvertible {
    package struct Call: Decodable, Sendable {
        package var to: String?
        package var value: String
        package var input: String
    }

    package struct Payment: Decodable, Sendable {
        package var asset: String
        package var recipient: String
        package var amount: String
    }

    package var name: String
    package var rawHex: String
    package var chainId: UInt64
    package var type: String
    package var sender: String
    package var nonceKey: String
    package var nonce: UInt64
    package var calls: [Call]
    package var validBefore: UInt64?
    package var validAfter: UInt64?
    package var feeToken: String?
    package var txHash: String
    package var signingHash: String
    package var decodedPayment: Payment?
    package var gasLimit: UInt64
    package var maxFeePerGas: UInt64
    package var maxPriorityFeePerGas: UInt64?
    package var maxFeeTokenUnits: String
    package var signature: String
    package var accessKey: String?
    package var feePayer: String
    package var feePayerSigningHash: String?
    package var replayId: String
    package var paymentLaneV1: Bool
    package var paymentLaneV2: Bool

    package var description: String { name }
}

/// Bytes that must be refused, and where.
package struct BadTransactionCase: Decodable, Sendable, CustomStringConvertible {
    package enum Stage: String, Decodable, Sendable {
        case decode
        case signature
        case nodeRules = "node_rules"
        case acceptedByNode = "accepted_by_node"
    }

    package var name: String
    package var rawHex: String
    package var stage: Stage
    package var reason: String

    package var description: String { name }
}
