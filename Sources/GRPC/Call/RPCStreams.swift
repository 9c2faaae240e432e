/// The requests of a streaming call, as its handler reads them: one reader, once.
///
/// Throws the ``RPCError`` that the call failed with: CANCELLED, DEADLINE_EXCEEDED, or what was wrong with
/// a message.
package struct RPCRequestStream<Request: Sendable>: AsyncSequence, Sendable {
    package typealias Element = Request
    package typealias Failure = RPCError

    let queue: MessageQueue
    let decode: @Sendable ([UInt8]) throws(RPCError) -> Request

    package struct AsyncIterator: AsyncIteratorProtocol {
        let stream: RPCRequestStream

        package mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(RPCError) -> Request? {
            let queue = stream.queue
            let result = await withTaskCancellationHandler {
                await queue.next()
            } onCancel: {
                queue.abort(RPCError(.cancelled, "the reader was cancelled"))
            }
            guard let message = try result.get() else { return nil }
            return try stream.decode(message)
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}

/// Where the handler of a streaming call sends its responses.
package struct RPCResponseWriter<Response: Sendable>: Sendable {
    let sink: any MessageSink
    let encode: @Sendable (Response) throws(RPCError) -> [UInt8]

    /// Sends a response; waits while the peer is behind in reading.
    ///
    /// Throws what the call failed with, CANCELLED among it, or RESOURCE_EXHAUSTED for a response that is
    /// larger than a message may be.
    package func write(_ response: Response) async throws(RPCError) {
        try await sink.write(encode(response))
    }
}
