import Testing

@testable import HTTP2

struct FloodGuardTests {
    @Test
    func aBucketGivesItsBurstAndThenItsRate() {
        var bucket = TokenBucket(burst: 3, perSecond: 10, now: 0)
        let first = (0..<4).map { _ in bucket.take(now: 0) }
        #expect(first == [true, true, true, false])
        let tooSoon = bucket.take(now: 99_999_999)
        #expect(!tooSoon)
        let later = (0..<3).map { _ in bucket.take(now: 250_000_000) }
        #expect(later == [true, true, false])
    }

    @Test
    func aBucketNeverHoldsMoreThanItsBurst() {
        var bucket = TokenBucket(burst: 2, perSecond: 1000, now: 0)
        bucket.grant(100)
        let taken = (0..<3).map { _ in bucket.take(now: 0) }
        #expect(taken == [true, true, false])
        let muchLater = (0..<3).map { _ in bucket.take(now: 3_600_000_000_000) }
        #expect(muchLater == [true, true, false])
    }
}
