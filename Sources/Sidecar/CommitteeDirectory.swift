internal import AllegroModels
internal import Synchronization

/// The committee as this validator knows it now.
///
/// With a committee file it never changes. In the demo mode its seats are known from the start, and
/// its members fill them as they introduce themselves.
final class CommitteeDirectory: Sendable {
    /// Why an introduction was not accepted.
    enum Refusal: Error, Hashable, CustomStringConvertible {
        /// The committee comes from a file.
        case fixed
        /// The id or the key belongs to another member, or every seat is taken.
        case taken(String)

        var description: String {
            switch self {
            case .fixed: "the committee is configured"
            case .taken(let why): why
            }
        }
    }

    private let committee: Mutex<Committee>
    /// Whether members become known by introducing themselves.
    let acceptsIntroductions: Bool

    /// A configured committee.
    init(_ committee: Committee) {
        self.committee = Mutex(committee)
        acceptsIntroductions = false
    }

    /// The demo's committee: this validator and as many others as it has peers.
    init(introducing own: ValidatorIdentity, epoch: UInt64, peers: Int) {
        do {
            committee = Mutex(
                try Committee(epoch: epoch, members: [own], seats: peers + 1))
        } catch {
            preconditionFailure("one member has a seat among at least one: \(error)")
        }
        acceptsIntroductions = true
    }

    var current: Committee { committee.withLock { $0 } }

    /// Gives a peer that introduced itself its seat.
    ///
    /// - Returns: whether it is new; the same introduction again changes nothing.
    func introduce(_ validator: ValidatorIdentity) throws(Refusal) -> Bool {
        guard acceptsIntroductions else { throw .fixed }
        let current = current
        if let known = current.member(validator.id) {
            guard known.publicKey == validator.publicKey else {
                throw .taken("validator \(validator.id) introduced itself with another key before")
            }
            return false
        }
        let extended: Committee
        do {
            extended = try Committee(
                epoch: current.epoch, members: current.members + [validator],
                seats: current.seats)
        } catch {
            throw .taken("no seat for validator \(validator.id): \(error)")
        }
        // Another peer's introduction in between shows as a changed committee, and then this one is
        // simply tried again at the next pull.
        return committee.withLock { committee in
            guard committee == current else { return false }
            committee = extended
            return true
        }
    }
}
