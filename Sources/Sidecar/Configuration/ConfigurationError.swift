/// A flag, or a file that a flag names, that the daemon cannot be started with.
///
/// One line that names the flag and what was wrong; the process exits with code 64 (EX_USAGE).
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    package var flag: String
    package var problem: String

    package init(_ flag: String, _ problem: String) {
        self.flag = flag
        self.problem = problem
    }

    package var description: String { "\(flag): \(problem)" }
}
