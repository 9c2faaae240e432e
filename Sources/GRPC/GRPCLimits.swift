package import HTTP2

/// What calls and connections may cost a server or a client.
package struct GRPCLimits: Hashable, Sendable {
    /// The limits of each HTTP/2 connection.
    package var http2 = HTTP2Limits()

    /// One message, to be sent or received, without its prefix.
    package var messageBytesMax = 4 * 1024 * 1024
    /// Messages of one call that wait for their reader, or for the connection, before the sender waits.
    package var callBufferBytesMax = 64 * 1024

    // MARK: One connection of a server

    /// Request bytes that a connection holds: incomplete, waiting or being handled.
    package var connectionInboundBytesMax = 32 * 1024 * 1024
    /// Response bytes that wait for a peer to read them.
    package var connectionOutboundBytesMax = 64 * 1024 * 1024
    /// Handlers at work, those of calls that were cancelled and have not stopped yet included.
    package var connectionHandlersMax = 2048

    // MARK: The whole server

    package var connectionsMax = 1024
    package var connectionsPerAddressMax = 256
    /// Bytes of requests and responses that all connections hold together.
    package var serverBufferedBytesMax = 512 * 1024 * 1024
    /// Handlers at work, of all connections.
    package var serverHandlersMax = 64 * 1024

    // MARK: Times

    /// From the connection to the peer's first SETTINGS, in milliseconds.
    package var handshakeMillisecondsMax = 10_000
    /// Without any call, in milliseconds; for servers.
    package var idleMillisecondsMax = 300_000
    /// From the head of a unary request to its end, in milliseconds.
    package var requestMillisecondsMax = 30_000
    /// How long a peer may leave its receive buffer full, in milliseconds.
    package var writeStallMillisecondsMax = 20_000
    /// How long a peer may keep the window of a stream with waiting bytes shut, in milliseconds.
    package var streamStallMillisecondsMax = 60_000
    /// After this time without a byte from the peer it is sent a PING, in milliseconds; 0 means never.
    package var keepaliveIntervalMilliseconds = 60_000
    /// How long the answer to that PING may take, in milliseconds.
    package var keepaliveMillisecondsMax = 20_000

    // MARK: Clients

    /// How long a connection may take, up to the server's SETTINGS, in milliseconds.
    package var connectMillisecondsMax = 5_000
    /// The pause after the first failed connection; each further one multiplies it by 1.6.
    package var backoffMilliseconds = 100
    package var backoffMillisecondsMax = 10_000
    /// Calls of one client that are begun and not ended.
    package var clientCallsMax = 16 * 1024

    package init() {}

    /// What is wrong with these limits, one sentence each; empty when they can be used.
    package var problems: [String] {
        let positives = [
            "messageBytesMax": messageBytesMax, "callBufferBytesMax": callBufferBytesMax,
            "connectionInboundBytesMax": connectionInboundBytesMax,
            "connectionOutboundBytesMax": connectionOutboundBytesMax,
            "connectionHandlersMax": connectionHandlersMax, "connectionsMax": connectionsMax,
            "connectionsPerAddressMax": connectionsPerAddressMax,
            "serverBufferedBytesMax": serverBufferedBytesMax,
            "serverHandlersMax": serverHandlersMax,
            "handshakeMillisecondsMax": handshakeMillisecondsMax,
            "idleMillisecondsMax": idleMillisecondsMax,
            "requestMillisecondsMax": requestMillisecondsMax,
            "writeStallMillisecondsMax": writeStallMillisecondsMax,
            "streamStallMillisecondsMax": streamStallMillisecondsMax,
            "keepaliveMillisecondsMax": keepaliveMillisecondsMax,
            "connectMillisecondsMax": connectMillisecondsMax,
            "backoffMilliseconds": backoffMilliseconds,
            "backoffMillisecondsMax": backoffMillisecondsMax, "clientCallsMax": clientCallsMax,
        ]
        var problems = http2.problems
        for (name, value) in positives.sorted(by: { $0.key < $1.key }) where value <= 0 {
            problems.append("\(name) must be positive")
        }
        if messageBytesMax > Int(UInt32.max) { problems.append("messageBytesMax must fit 32 bits") }
        if connectionInboundBytesMax < messageBytesMax {
            problems.append("connectionInboundBytesMax must hold a message of messageBytesMax")
        }
        if connectionOutboundBytesMax < messageBytesMax {
            problems.append("connectionOutboundBytesMax must hold a message of messageBytesMax")
        }
        if keepaliveIntervalMilliseconds < 0 {
            problems.append("keepaliveIntervalMilliseconds must not be negative")
        }
        return problems
    }
}

extension GRPCLimits: CustomStringConvertible {
    /// `name=value` of every limit, in the order of declaration.
    package var description: String {
        Mirror(reflecting: self).children
            .map { child in
                child.label == "http2" ? "\(child.value)" : "\(child.label ?? "")=\(child.value)"
            }
            .joined(separator: " ")
    }
}
