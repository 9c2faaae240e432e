import GRPC
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Both ways to reach a router; every test of behaviour runs over each.
enum TransportKind: CaseIterable, Sendable {
    case inProcess
    case http2
}

/// A decoder's complaint, of a type that the library does not know.
struct NotText: Error {}

/// Methods whose messages are text.
enum Text {
    static func method(_ name: String) -> RPCMethod<String, String> {
        RPCMethod(
            service: "test.Text", method: name,
            encodeRequest: { Array($0.utf8) }, decodeRequest: Text.decode,
            encodeResponse: { Array($0.utf8) }, decodeResponse: Text.decode)
    }

    static let echo = method("Echo")
    static let missing = method("Missing")

    @Sendable static func decode(_ bytes: [UInt8]) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw NotText() }
        return text
    }
}

/// Methods whose messages are bytes, as they are.
enum Bytes {
    static func method(_ name: String) -> RPCMethod<[UInt8], [UInt8]> {
        RPCMethod(
            service: "test.Text", method: name,
            encodeRequest: { $0 }, decodeRequest: { $0 },
            encodeResponse: { $0 }, decodeResponse: { $0 })
    }
}

/// A client of `router`, by way of a server where the kind has one; both are closed after `body`.
func withClient(
    _ kind: TransportKind, _ router: RPCRouter, limits: GRPCLimits = .init(),
    _ body: (RPCClient) async throws -> Void
) async throws {
    switch kind {
    case .inProcess:
        let client = RPCClient.inProcess(router, limits: limits)
        try await body(client)
        await client.close()
    case .http2:
        try await withServer(router, limits: limits) { port async throws in
            let client = RPCClient.http2(
                host: "127.0.0.1", port: port,
                eventLoopGroup: .singletonMultiThreadedEventLoopGroup,
                limits: limits)
            let result = await Result { try await body(client) }
            await client.close()
            try result.get()
        }
    }
}

/// A server of `router` on a port of its own, which is shut down after `body`.
func withServer(
    _ router: RPCRouter, limits: GRPCLimits = .init(), _ body: (Int) async throws -> Void
) async throws {
    let server = GRPCServer(
        router: router, limits: limits, eventLoopGroup: .singletonMultiThreadedEventLoopGroup)
    let address = try await server.start(host: "127.0.0.1", port: 0)
    let result = await Result { try await body(try #require(address.port)) }
    await server.shutdown(grace: .zero)
    try result.get()
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

/// The error that `body` throws; a test that expects one fails without it.
func rpcError<R>(_ body: () async throws -> R) async throws -> RPCError {
    do {
        let value = try await body()
        Issue.record("no error but \(value)")
        throw CancellationError()
    } catch let error as RPCError {
        return error
    }
}

/// Something that happens once and is waited for.
final class Signal: Sendable {
    private struct State {
        var isSet = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var waiterCount = 0
    }

    private let state = Mutex(State())

    func set() {
        let waiters = state.withLock { state in
            state.isSet = true
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    var isSet: Bool { state.withLock { $0.isSet } }

    /// Waits until this is set, or until the waiting task is cancelled.
    func wait() async {
        let id = state.withLock { state in
            state.waiterCount += 1
            return state.waiterCount
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard !state.isSet, !Task.isCancelled else { return false }
                    state.waiters[id] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// Waits until the caller's task is cancelled.
    static func cancellation() async { await Signal().wait() }
}

/// A number that several tasks count up.
final class Counter: Sendable {
    private let count = Atomic(0)

    func increment() { count.add(1, ordering: .relaxed) }

    var value: Int { count.load(ordering: .relaxed) }
}

/// Waits until `condition` holds; false when it does not within ten seconds.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<1000 {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
