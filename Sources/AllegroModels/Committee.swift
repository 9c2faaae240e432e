/// The validators of one epoch and how many of them make a quorum.
///
/// With n validators f = ⌊(n − 1) / 3⌋ may be faulty and a quorum is n − f, so any two quorums share
/// an honest validator.
public struct Committee: Hashable, Sendable {
    /// Why a committee was refused.
    public enum Invalid: Error, Hashable {
        case empty
        case duplicateID(ValidatorID)
        case duplicateKey(ValidatorPublicKey)
        /// More members than the committee has seats.
        case moreMembersThanSeats(members: Int, seats: Int)
    }

    public let epoch: UInt64
    /// How many validators the committee has, whether or not all are known by key yet.
    public let seats: Int
    private let membersByID: [ValidatorID: ValidatorIdentity]

    /// Makes a committee of `members`.
    ///
    /// `seats` is larger than the number of members only while members have yet to introduce
    /// themselves (the demo mode); the quorum counts all seats from the start.
    public init(
        epoch: UInt64, members: [ValidatorIdentity], seats: Int? = nil
    ) throws(Invalid) {
        let seats = seats ?? members.count
        guard !members.isEmpty else { throw .empty }
        guard members.count <= seats else {
            throw .moreMembersThanSeats(members: members.count, seats: seats)
        }
        var byID: [ValidatorID: ValidatorIdentity] = [:]
        var keys: Set<ValidatorPublicKey> = []
        for member in members {
            guard byID.updateValue(member, forKey: member.id) == nil else {
                throw .duplicateID(member.id)
            }
            guard keys.insert(member.publicKey).inserted else {
                throw .duplicateKey(member.publicKey)
            }
        }
        self.epoch = epoch
        self.seats = seats
        self.membersByID = byID
    }

    /// f: how many validators may be faulty.
    public var faultsTolerated: Int { Self.faultsTolerated(of: seats) }

    /// q = n − f: how many distinct signers make a quorum certificate.
    public var quorum: Int { Self.quorum(of: seats) }

    /// f of a committee of `seats`.
    public static func faultsTolerated(of seats: Int) -> Int { (seats - 1) / 3 }

    /// q of a committee of `seats`.
    public static func quorum(of seats: Int) -> Int { seats - faultsTolerated(of: seats) }

    /// The known members, by id.
    public var members: [ValidatorIdentity] { membersByID.values.sorted { $0.id < $1.id } }

    /// The member with this id; nil for a stranger.
    public func member(_ id: ValidatorID) -> ValidatorIdentity? { membersByID[id] }

    /// Whether a certificate that says `epoch` is one of this committee's; 0 means the current one.
    public func covers(epoch: UInt64) -> Bool { epoch == 0 || epoch == self.epoch }
}
