internal import GRPC
internal import NIOPosix

extension ValidatorClient {
    /// A client of the sidecar at a URL like `http://127.0.0.1:50051`.
    ///
    /// The connection is made with the first call, kept, and made again when it breaks.
    ///
    /// - Parameter timeout: how long one call may take.
    /// - Throws: a description of what is wrong with the URL.
    public init(url: String, timeout: Duration = .seconds(10)) throws {
        self.init(
            try RPCClient.http2(
                url: url, eventLoopGroup: MultiThreadedEventLoopGroup.singleton),
            timeout: timeout)
    }
}
