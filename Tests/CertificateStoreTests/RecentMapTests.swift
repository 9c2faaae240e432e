import Testing

@testable import CertificateStore

/// A cache never says what was true earlier.
struct RecentMapTests {
    @Test(arguments: [1, 2, 3, 8]) func theNewestValueOfAKeyIsRead(countMax: Int) {
        var map = RecentMap<Int, Int>(countMax: countMax)
        for round in 0..<20 {
            for key in 0..<4 {
                map[key] = round
                #expect(map[key] == round)
            }
            for key in 0..<4 { #expect(map[key] == nil || map[key] == round) }
        }
    }

    @Test(arguments: [1, 2, 3, 8]) func whatIsSetToNilIsForgotten(countMax: Int) {
        for others in 0..<8 {
            var map = RecentMap<Int, Int>(countMax: countMax)
            map[-1] = 1
            for key in 0..<others { map[key] = 1 }
            map[-1] = nil
            for key in 0..<8 {
                #expect(map[-1] == nil)
                map[key] = 2
            }
        }
    }

    @Test func itKeepsAsManyAsAllowedAndNoMore() {
        var map = RecentMap<Int, Int>(countMax: 8)
        for key in 0..<100 { map[key] = key }
        let kept = (0..<100).filter { map[$0] != nil }
        #expect((4...8).contains(kept.count))
        #expect(kept.last == 99)
        map.removeAll()
        #expect((0..<100).allSatisfy { map[$0] == nil })
    }
}
