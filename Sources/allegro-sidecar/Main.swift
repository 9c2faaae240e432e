internal import ArgumentParser
internal import CertificateStore
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import Sidecar
internal import UnixSignals

/// Flags in, a sidecar that runs until a signal or a command that works on its store, an exit code out.
@main
enum Main {
    /// Exit codes of sysexits.h, which operators' tools know.
    private enum ExitCode {
        static let failure: Int32 = 1
        static let usage: Int32 = 64
        static let unavailable: Int32 = 69
        static let configuration: Int32 = 78
    }

    static func main() async {
        switch parse() {
        case let daemon as Command: await run(daemon)
        case let command as any StoreCommand: perform(command)
        case let other: showHelp(other)
        }
    }

    /// Of the parser's own help command, or of a command that needs another one behind it.
    private static func showHelp(_ command: any ParsableCommand) -> Never {
        var command = command
        do {
            try command.run()
        } catch {
            AllegroSidecar.exit(withError: error)
        }
        AllegroSidecar.exit()
    }

    private static func parse() -> any ParsableCommand {
        do {
            return try AllegroSidecar.parseAsRoot()
        } catch {
            let code = AllegroSidecar.exitCode(for: error)
            if code.isSuccess { AllegroSidecar.exit(withError: error) }
            // The parser's own text goes on with usage; one line is what operators can grep.
            exit(ExitCode.usage, AllegroSidecar.message(for: error))
        }
    }

    private static func run(_ command: Command) async {
        let logger: Logger
        let configuration: SidecarConfiguration
        do {
            try CrashPoint.check()
            logger = try Log.make(level: command.logLevel, format: command.logFormat)
            configuration = try SidecarConfiguration(
                command.options, cores: System.coreCount)
        } catch {
            exit(ExitCode.usage, "\(error)")
        }
        await run(configuration, logger)
    }

    private static func perform(_ command: any StoreCommand) -> Never {
        do {
            for line in try command.perform() { print(line) }
        } catch let error as StoreError {
            exit(ExitCode.configuration, "\(error)")
        } catch let error as FileError {
            switch error {
            case .unusable: exit(ExitCode.usage, "\(error)")
            case .failed: exit(ExitCode.failure, "\(error)")
            }
        } catch {
            exit(ExitCode.failure, "\(error)")
        }
        Foundation.exit(0)
    }

    private static func run(
        _ configuration: SidecarConfiguration, _ logger: Logger
    ) async -> Never {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.threads)
        do {
            let sidecar = try Sidecar(configuration, eventLoopGroup: group, logger: logger)
            let services = ServiceGroup(
                services: [SidecarLifetime(sidecar: sidecar)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            try await services.run()
        } catch let error as ConfigurationError {
            exit(ExitCode.usage, "\(error)")
        } catch let error as StoreError {
            exit(ExitCode.configuration, "\(error)")
        } catch let error as ListenError {
            exit(ExitCode.unavailable, "--listen: \(error)")
        } catch {
            exit(ExitCode.failure, "\(error)")
        }
        Foundation.exit(0)
    }

    private static func exit(_ code: Int32, _ message: String) -> Never {
        let line = message.split(separator: "\n").joined(separator: " ")
        try? FileHandle.standardError.write(contentsOf: Data("allegro-sidecar: \(line)\n".utf8))
        Foundation.exit(code)
    }
}

/// The sidecar as a service that ends when the process is told to.
private struct SidecarLifetime: Service {
    let sidecar: Sidecar

    func run() async throws {
        try await sidecar.run { try? await gracefulShutdown() }
    }
}

/// The log of the process.
private enum Log {
    static func make(level: String?, format: String) throws(ConfigurationError) -> Logger {
        let name = level ?? ProcessInfo.processInfo.environment["ALLEGRO_LOG_LEVEL"] ?? "info"
        guard let level = Logger.Level(rawValue: name) else {
            throw ConfigurationError("--log-level", "'\(name)' is no log level")
        }
        switch format {
        case "text": LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        case "json": LoggingSystem.bootstrap { JSONLogHandler(label: $0) }
        default: throw ConfigurationError("--log-format", "'\(format)' is neither text nor json")
        }
        var logger = Logger(label: "allegro-sidecar")
        logger.logLevel = level
        return logger
    }
}
