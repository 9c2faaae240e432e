package import AllegroModels

/// Keccak-256 with the padding that Ethereum uses: the one of before FIPS 202.
package enum Keccak256 {
    /// Hashes a whole message.
    package static func hash(_ message: [UInt8]) -> Bytes32 {
        var state = KeccakState()
        message.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while rest.count >= KeccakState.rateBytes {
                state.absorb(UnsafeRawBufferPointer(rebasing: rest.prefix(KeccakState.rateBytes)))
                rest = rest.dropFirst(KeccakState.rateBytes)
            }
            // The last block: what is left, a 1 bit behind it and a 1 bit at the block's end.
            withUnsafeTemporaryAllocation(
                byteCount: KeccakState.rateBytes, alignment: MemoryLayout<UInt64>.alignment
            ) { block in
                block.initializeMemory(as: UInt8.self, repeating: 0)
                block.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest))
                block[rest.count] ^= 0x01
                block[KeccakState.rateBytes - 1] ^= 0x80
                state.absorb(UnsafeRawBufferPointer(block))
            }
        }
        return state.squeezed
    }
}

/// The 1600 bits that the permutation keccak-f works on, as lanes of 64 in little-endian order.
private struct KeccakState {
    /// How many bytes a block has where 256 bits are wanted: 1600 bits less twice 256.
    static let rateBytes = 136

    private var s0: UInt64 = 0, s1: UInt64 = 0, s2: UInt64 = 0, s3: UInt64 = 0, s4: UInt64 = 0
    private var s5: UInt64 = 0, s6: UInt64 = 0, s7: UInt64 = 0, s8: UInt64 = 0, s9: UInt64 = 0
    private var s10: UInt64 = 0, s11: UInt64 = 0, s12: UInt64 = 0, s13: UInt64 = 0, s14: UInt64 = 0
    private var s15: UInt64 = 0, s16: UInt64 = 0, s17: UInt64 = 0, s18: UInt64 = 0, s19: UInt64 = 0
    private var s20: UInt64 = 0, s21: UInt64 = 0, s22: UInt64 = 0, s23: UInt64 = 0, s24: UInt64 = 0

    /// The first 256 bits.
    var squeezed: Bytes32 {
        Bytes32(words: (s0.byteSwapped, s1.byteSwapped, s2.byteSwapped, s3.byteSwapped))
    }

    /// Takes in a block of ``rateBytes``.
    mutating func absorb(_ block: UnsafeRawBufferPointer) {
        func lane(_ index: Int) -> UInt64 {
            UInt64(littleEndian: block.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }

        s0 ^= lane(0)
        s1 ^= lane(1)
        s2 ^= lane(2)
        s3 ^= lane(3)
        s4 ^= lane(4)
        s5 ^= lane(5)
        s6 ^= lane(6)
        s7 ^= lane(7)
        s8 ^= lane(8)
        s9 ^= lane(9)
        s10 ^= lane(10)
        s11 ^= lane(11)
        s12 ^= lane(12)
        s13 ^= lane(13)
        s14 ^= lane(14)
        s15 ^= lane(15)
        s16 ^= lane(16)
        permute()
    }

    /// keccak-f[1600], FIPS 202 section 3.3.
    ///
    /// Longer than a function should be: the lanes are kept in registers only when they are named,
    /// which makes this several times as fast as a loop over an array.
    private mutating func permute() {
        for round in Self.roundConstants.indices {
            let roundConstant = Self.roundConstants[round]
            // θ: the parity of two neighbouring columns goes into every lane.
            let c0 = s0 ^ s5 ^ s10 ^ s15 ^ s20
            let c1 = s1 ^ s6 ^ s11 ^ s16 ^ s21
            let c2 = s2 ^ s7 ^ s12 ^ s17 ^ s22
            let c3 = s3 ^ s8 ^ s13 ^ s18 ^ s23
            let c4 = s4 ^ s9 ^ s14 ^ s19 ^ s24
            let d0 = c4 ^ rotated(c1, 1)
            let d1 = c0 ^ rotated(c2, 1)
            let d2 = c1 ^ rotated(c3, 1)
            let d3 = c2 ^ rotated(c4, 1)
            let d4 = c3 ^ rotated(c0, 1)

            // ρ and π: lanes are rotated and change places.
            let b0 = s0 ^ d0
            let b1 = rotated(s6 ^ d1, 44)
            let b2 = rotated(s12 ^ d2, 43)
            let b3 = rotated(s18 ^ d3, 21)
            let b4 = rotated(s24 ^ d4, 14)
            let b5 = rotated(s3 ^ d3, 28)
            let b6 = rotated(s9 ^ d4, 20)
            let b7 = rotated(s10 ^ d0, 3)
            let b8 = rotated(s16 ^ d1, 45)
            let b9 = rotated(s22 ^ d2, 61)
            let b10 = rotated(s1 ^ d1, 1)
            let b11 = rotated(s7 ^ d2, 6)
            let b12 = rotated(s13 ^ d3, 25)
            let b13 = rotated(s19 ^ d4, 8)
            let b14 = rotated(s20 ^ d0, 18)
            let b15 = rotated(s4 ^ d4, 27)
            let b16 = rotated(s5 ^ d0, 36)
            let b17 = rotated(s11 ^ d1, 10)
            let b18 = rotated(s17 ^ d2, 15)
            let b19 = rotated(s23 ^ d3, 56)
            let b20 = rotated(s2 ^ d2, 62)
            let b21 = rotated(s8 ^ d3, 55)
            let b22 = rotated(s14 ^ d4, 39)
            let b23 = rotated(s15 ^ d0, 41)
            let b24 = rotated(s21 ^ d1, 2)

            // χ, the step that is not linear; ι breaks the rounds' symmetry.
            s0 = b0 ^ (~b1 & b2) ^ roundConstant
            s1 = b1 ^ (~b2 & b3)
            s2 = b2 ^ (~b3 & b4)
            s3 = b3 ^ (~b4 & b0)
            s4 = b4 ^ (~b0 & b1)
            s5 = b5 ^ (~b6 & b7)
            s6 = b6 ^ (~b7 & b8)
            s7 = b7 ^ (~b8 & b9)
            s8 = b8 ^ (~b9 & b5)
            s9 = b9 ^ (~b5 & b6)
            s10 = b10 ^ (~b11 & b12)
            s11 = b11 ^ (~b12 & b13)
            s12 = b12 ^ (~b13 & b14)
            s13 = b13 ^ (~b14 & b10)
            s14 = b14 ^ (~b10 & b11)
            s15 = b15 ^ (~b16 & b17)
            s16 = b16 ^ (~b17 & b18)
            s17 = b17 ^ (~b18 & b19)
            s18 = b18 ^ (~b19 & b15)
            s19 = b19 ^ (~b15 & b16)
            s20 = b20 ^ (~b21 & b22)
            s21 = b21 ^ (~b22 & b23)
            s22 = b22 ^ (~b23 & b24)
            s23 = b23 ^ (~b24 & b20)
            s24 = b24 ^ (~b20 & b21)
        }
    }

    private static let roundConstants: InlineArray<24, UInt64> = [
        0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808a,
        0x8000_0000_8000_8000, 0x0000_0000_0000_808b, 0x0000_0000_8000_0001,
        0x8000_0000_8000_8081, 0x8000_0000_0000_8009, 0x0000_0000_0000_008a,
        0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000a,
        0x0000_0000_8000_808b, 0x8000_0000_0000_008b, 0x8000_0000_0000_8089,
        0x8000_0000_0000_8003, 0x8000_0000_0000_8002, 0x8000_0000_0000_0080,
        0x0000_0000_0000_800a, 0x8000_0000_8000_000a, 0x8000_0000_8000_8081,
        0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
    ]
}

@inline(__always)
private func rotated(_ lane: UInt64, _ count: UInt64) -> UInt64 {
    lane << count | lane >> (64 - count)
}
