/// A map of the few entries that one decision drafts, in the order in which they were first set.
///
/// A list that is gone through beats a hash table of one or two entries; sixty-four quorum certificates
/// with one request make it some two hundred, which is still nothing beside verifying them.
struct DraftMap<Key: Equatable, Value> {
    private(set) var entries: [(key: Key, value: Value)] = []

    subscript(key: Key) -> Value? {
        get { entries.first { $0.key == key }?.value }
        set {
            guard let newValue else {
                entries.removeAll { $0.key == key }
                return
            }
            if let index = entries.firstIndex(where: { $0.key == key }) {
                entries[index].value = newValue
            } else {
                entries.append((key, newValue))
            }
        }
    }
}
