/// A map that forgets its oldest entries when it is full.
///
/// It has two generations; the older is dropped as a whole when the younger has half the entries.
struct RecentMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let generationCountMax: Int
    private var younger: [Key: Value] = [:]
    private var older: [Key: Value] = [:]

    init(countMax: Int) {
        generationCountMax = max(1, countMax / 2)
    }

    /// The value, if it is still remembered; setting nil forgets it.
    subscript(key: Key) -> Value? {
        get { younger[key] ?? older[key] }
        set {
            if newValue == nil { older[key] = nil }
            if younger.count >= generationCountMax {
                older = younger
                younger = [:]
            }
            younger[key] = newValue
        }
    }
}

/// A set that forgets its oldest members when it is full.
struct RecentSet<Member: Hashable & Sendable>: Sendable {
    private var members: RecentMap<Member, Bool>

    init(countMax: Int) {
        members = RecentMap(countMax: countMax)
    }

    mutating func insert(_ member: Member) { members[member] = true }

    func contains(_ member: Member) -> Bool { members[member] != nil }
}
