internal import AllegroModels
internal import Foundation

/// The committee as an operator writes it down: JSON of an epoch and its validators.
///
/// ```json
/// {"epoch": 1, "threshold": 3, "validators": [
///   {"id": "d1…", "public_key": "21…", "name": "Dave", "endpoint": "http://10.0.0.1:50051"}]}
/// ```
/// `threshold`, `name` and `endpoint` may be left out.
enum CommitteeFile {
    private struct Content: Decodable {
        struct Validator: Decodable {
            var id: String
            var public_key: String
            var name: String?
            var endpoint: String?
        }

        var epoch: UInt64
        var threshold: Int?
        var validators: [Validator]
    }

    static func committee(
        at path: String, epoch: UInt64
    ) throws(ConfigurationError) -> Committee {
        let content: Content = try JSONFile.read(path, flag: "--committee")
        guard content.epoch == epoch else {
            throw ConfigurationError(
                "--committee", "is of epoch \(content.epoch), --epoch is \(epoch)")
        }
        var members: [ValidatorIdentity] = []
        for (index, validator) in content.validators.enumerated() {
            guard let id = ValidatorID(hex: validator.id) else {
                throw ConfigurationError(
                    "--committee", "validators[\(index)].id is not 32 bytes of hex")
            }
            guard let key = ValidatorPublicKey(hex: validator.public_key) else {
                throw ConfigurationError(
                    "--committee", "validators[\(index)].public_key is not 32 bytes of hex")
            }
            members.append(
                ValidatorIdentity(id: id, publicKey: key, name: validator.name ?? ""))
        }
        let committee: Committee
        do {
            committee = try Committee(epoch: epoch, members: members)
        } catch {
            throw ConfigurationError("--committee", "\(error)")
        }
        // A smaller quorum would let two certificates contradict each other.
        guard content.threshold ?? committee.quorum >= committee.quorum else {
            throw ConfigurationError(
                "--committee",
                "threshold \(content.threshold ?? 0) is below the quorum of "
                    + "\(committee.quorum) of \(committee.seats)")
        }
        guard content.threshold ?? committee.quorum == committee.quorum else {
            throw ConfigurationError(
                "--committee",
                "threshold \(content.threshold ?? 0) is not the quorum, which is "
                    + "\(committee.quorum) of \(committee.seats)")
        }
        return committee
    }
}

/// A JSON file that a flag names.
enum JSONFile {
    static func read<Content: Decodable>(
        _ path: String, flag: String
    ) throws(ConfigurationError) -> Content {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw ConfigurationError(flag, "\(path) cannot be read")
        }
        do {
            return try JSONDecoder().decode(Content.self, from: data)
        } catch let DecodingError.keyNotFound(key, context) {
            throw ConfigurationError(
                flag, "\(path): \(place(context.codingPath)) has no \(key.stringValue)")
        } catch let DecodingError.typeMismatch(type, context) {
            throw ConfigurationError(
                flag, "\(path): \(place(context.codingPath)) is no \(type)")
        } catch {
            throw ConfigurationError(flag, "\(path) is not the JSON that is expected")
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.isEmpty
            ? "the file"
            : path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
}
