import AllegroModels
import Testing

/// The bound on what the chain can charge.
struct FeeOfferTests {
    @Test(
        arguments: [
            (0, 0, 0),
            (1, 1, 1),
            (1_000_000, 1_000_000, 1),
            (1_000_000, 1_000_001, 2),
            (400_000, 20_000_000_000, 8_000),
            (1, .max, UInt128.max / 1_000_000_000_000 + 1),
            (1_000_000_000_000, .max, .max),
        ] as [(UInt64, UInt128, UInt128)])
    func theBoundIsRoundedUp(gasLimit: UInt64, maxFeePerGas: UInt128, units: UInt128) {
        let fee = FeeOffer(
            payer: .zero, token: nil, gasLimit: gasLimit, maxFeePerGas: maxFeePerGas)
        #expect(fee.maxTokenUnits == units)
    }

    @Test(arguments: [1_000_000_000_001, UInt64.max])
    func aBoundThatNoBalanceCouldCoverIsNone(gasLimit: UInt64) {
        let fee = FeeOffer(payer: .zero, token: nil, gasLimit: gasLimit, maxFeePerGas: .max)
        #expect(fee.maxTokenUnits == nil)
    }
}
