/// A seeded random number generator; the same numbers on every machine.
///
/// The algorithm is Steele, Lea and Flood's SplitMix64 ("Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// A number from 0 up to, not including, `bound`; 0 when that is 0.
    package mutating func below(_ bound: Int) -> Int {
        bound <= 0 ? 0 : Int(next() % UInt64(bound))
    }

    /// A number within bounds, both included.
    package mutating func within(_ bounds: ClosedRange<Int>) -> Int {
        bounds.lowerBound + below(bounds.count)
    }

    /// True in so many cases of a hundred.
    package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// One of the elements; nil of none.
    package mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[below(elements.count)]
    }

    /// Some of the elements, as many as asked for or all, in random order.
    package mutating func sample<Element>(_ elements: [Element], _ count: Int) -> [Element] {
        var rest = elements
        var sample: [Element] = []
        while sample.count < count, !rest.isEmpty {
            sample.append(rest.remove(at: below(rest.count)))
        }
        return sample
    }
}
