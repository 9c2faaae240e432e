/// A map that forgets its oldest entries when it is full.
///
/// It has two generations; the older is dropped as a whole when the younger has half the entries.
package struct RecentMap<Key: Hashable, Value> {
    private let generationCountMax: Int
    private var younger: [Key: Value] = [:]
    private var older: [Key: Value] = [:]

    package init(countMax: Int) {
        generationCountMax = max(1, countMax / 2)
    }

    /// Forgets everything.
    package mutating func removeAll() {
        younger = [:]
        older = [:]
    }

    /// The value, if it is still remembered; setting nil forgets it.
    package subscript(key: Key) -> Value? {
        get { younger[key] ?? older[key] }
        set {
            guard let newValue else {
                younger[key] = nil
                older[key] = nil
                return
            }
            if younger.count >= generationCountMax {
                // The storage of the one that goes serves again, so that no map grows anew.
                swap(&younger, &older)
                younger.removeAll(keepingCapacity: true)
            }
            younger[key] = newValue
        }
    }
}

extension RecentMap: Sendable where Key: Sendable, Value: Sendable {}
