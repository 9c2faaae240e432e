/// Where a server is.
struct ServerTarget: Hashable, Sendable, CustomStringConvertible {
    /// Why a URL was refused.
    struct Invalid: Error, Hashable, CustomStringConvertible {
        let url: String
        let reason: String

        var description: String { "\"\(url)\" is not http://host:port: \(reason)" }
    }

    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `http://host:port`, with an IPv6 address in brackets.
    init(url: String) throws(Invalid) {
        let scheme = "http://"
        guard url.hasPrefix(scheme) else {
            throw Invalid(url: url, reason: "it does not begin with http://")
        }
        var rest = url.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard let colon = rest.lastIndex(of: ":") else {
            throw Invalid(url: url, reason: "the port is missing")
        }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(where: { ":/@?#[]".contains($0) }) {
            throw Invalid(url: url, reason: "\(host) is not a host")
        }
        guard !host.isEmpty else { throw Invalid(url: url, reason: "the host is missing") }
        let digits = rest[rest.index(after: colon)...]
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits),
            (1...65_535).contains(port)
        else { throw Invalid(url: url, reason: "\(digits) is not a port") }
        self.host = String(host)
        self.port = port
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
