internal import AllegroModels
internal import Foundation
internal import SidecarCore

/// The file by which one store hands the guard over to another (docs/decisions/0010).
struct GuardFile {
    static let format = "allegro-guard"
    static let version = 1

    /// Whose guard it is, and since when another store may sign.
    struct Origin: Hashable {
        var owner: StoreOwner
        var exportedUnixMillis: UInt64
    }

    var origin: Origin
    var accounts: [AccountGuard]

    /// Reads and checks a file.
    ///
    /// - Throws: one line on what is wrong with it; nothing of a damaged file is ever used.
    init(path: String) throws(FileError) {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch {
            throw .unusable(path: path, problem: "cannot be read")
        }
        do {
            self = try JSONDecoder().decode(GuardFileContent.self, from: data).file
        } catch let error as DecodingError {
            throw .unusable(path: path, problem: "is no guard file: \(Self.line(error))")
        } catch let error as GuardFileContent.Problem {
            throw .unusable(path: path, problem: error.text)
        } catch {
            throw .unusable(path: path, problem: "is no guard file")
        }
    }

    private static func line(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "\(place(context)) has no \(key.stringValue)"
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            "\(place(context)) is no \(type)"
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "it is not JSON"
        case .dataCorrupted(let context): "\(place(context)) \(context.debugDescription)"
        @unknown default: "it is not what is expected"
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        context.codingPath.isEmpty
            ? "the file"
            : context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
                .joined(separator: ".")
    }
}

/// Writes a guard file account by account, so that memory holds only one.
struct GuardFileWriter {
    private let file: OutputFile
    private let encoder = JSONEncoder()
    private var digest: GuardDigest
    private var isFirst = true

    init(_ file: OutputFile, _ origin: GuardFile.Origin) throws {
        self.file = file
        digest = GuardDigest(origin)
        encoder.outputFormatting = [.sortedKeys]
        // The object goes on with its accounts.
        try file.write(Array(try encoder.encode(GuardFileHeader(origin)).dropLast()))
        try file.write(Array(",\"accounts\":[\n".utf8))
    }

    mutating func add(_ records: AccountGuard) throws {
        if !isFirst { try file.write(Array(",\n".utf8)) }
        isFirst = false
        try file.write(Array(try encoder.encode(GuardFileAccount(records))))
        digest.add(records)
    }

    /// Syncs the file and gives it its name.
    func finish() throws {
        try file.write(Array("\n],\"checksum\":\"\(digest.value)\"}\n".utf8))
        try file.finish()
    }
}
