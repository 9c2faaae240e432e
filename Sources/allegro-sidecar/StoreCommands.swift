internal import ArgumentParser
internal import CertificateStore
internal import Sidecar

/// Everything that the program does; without the name of a command it is the daemon.
struct AllegroSidecar: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allegro-sidecar",
        abstract: "Certifies payments beside a Tempo validator.",
        discussion: """
            With flags alone it is the daemon; its flags are under 'allegro-sidecar run --help'.

            Exit codes: 0 when it did what it was asked to, 64 for wrong flags or files, 69 when the \
            address cannot be listened on, 78 when the store cannot be used, 1 otherwise.
            """,
        subcommands: [Command.self, EvidenceCommand.self, BackupCommand.self, GuardCommand.self],
        defaultSubcommand: Command.self)
}

/// A command that works on a store and ends.
protocol StoreCommand: ParsableCommand {
    /// Does it; gives the lines for standard output.
    func perform() throws -> [String]
}

/// The directory of the store that a command works on.
struct StoreOption: ParsableArguments {
    @Option(help: "Directory of the store.")
    var dataDir: String
}

/// Lists what proves that senders signed two payments for one nonce.
struct EvidenceCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "List senders that signed two payments for one nonce.",
        discussion: "Reads only; the daemon may run.")

    @OptionGroup var store: StoreOption

    @Option(help: "File to write both signed transactions of each to, as JSON; must not exist.")
    var export: String?

    func perform() throws -> [String] {
        let report = try EvidenceReport(storeIn: store.dataDir)
        if let export { try report.export(to: export) }
        return report.lines
    }
}

/// Copies a store.
struct BackupCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the store to one file; the daemon may run.",
        discussion: """
            The copy is marked as one: a daemon refuses to sign with it, because what was signed \
            after it was taken is unknown.
            """)

    @OptionGroup var store: StoreOption

    @Option(help: "File to make; must not exist.")
    var to: String

    func perform() throws -> [String] {
        try Backup.make(
            ofStoreIn: store.dataDir, to: to, unixMillis: WallClock.unixMillis())
        return ["backed up to \(to)"]
    }
}

/// Takes the right to sign from one store to another.
struct GuardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract: "Hand over to another store what was signed, and with it the right to sign.",
        subcommands: [GuardExportCommand.self, GuardImportCommand.self])
}

/// Gives the guard away.
struct GuardExportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the guard to a file; the daemon must be stopped.",
        discussion: """
            The store is marked as handed over first, and a daemon refuses to sign with it from then \
            on. Exporting it again gives the same file.
            """)

    @OptionGroup var store: StoreOption

    @Option(help: "File to make; must not exist.")
    var to: String

    func perform() throws -> [String] {
        let summary = try HandOver.export(
            storeIn: store.dataDir, to: to, unixMillis: WallClock.unixMillis())
        return ["handed over \(summary.text) to \(to)"]
    }
}

/// Takes the guard over.
struct GuardImportCommand: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a new store from an exported guard.",
        discussion:
            "Import a file once only: two stores of it could sign two payments for one nonce.")

    @OptionGroup var store: StoreOption

    @Option(help: "File that guard export wrote.")
    var from: String

    func perform() throws -> [String] {
        let summary = try HandOver.makeStore(in: store.dataDir, from: from)
        return ["took over \(summary.text) from \(from)"]
    }
}

extension HandOver.Summary {
    fileprivate var text: String {
        "\(accounts) accounts with \(lanes) lanes and \(slots) slots"
    }
}
