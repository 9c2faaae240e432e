#if canImport(Glibc)
    internal import Glibc
#endif

/// The check that a write-ahead log still holds what was committed to it (rule S13).
///
/// SQLite takes a log to end before the first frame whose checksum is wrong: after a loss of power
/// the unsynced part begins there. Damage to a synced frame would drop guard rows in the same way,
/// without a word. But a process that dies leaves the log's index behind, and the index counts a
/// frame only once it is synced. So the log must have that many good frames, before SQLite makes the
/// index anew. An index of an earlier log, which a loss of power can leave, says nothing.
///
/// Both formats are SQLite's "WAL-mode File Format" (sqlite.org/walformat.html).
enum WriteAheadLog {
    private static let headerBytes = 32
    private static let frameHeaderBytes = 24

    /// Checks the log beside a database that no connection has open.
    static func check(databasePath: String) throws(StoreError) {
        guard let index = Index(readingFrom: databasePath + "-shm"), index.copied < index.frames
        else { return }
        let logPath = databasePath + "-wal"
        let file = open(logPath, O_RDONLY | O_CLOEXEC)
        defer { if file >= 0 { close(file) } }
        let header = file < 0 ? nil : Header(readingFrom: file)
        if let header, header.salts != index.salts { return }
        let good = header.map { goodFrames(in: file, after: $0, countMax: index.frames) } ?? 0
        guard good == index.frames else {
            throw .corrupted("\(logPath) has \(good) of the \(index.frames) synced frames")
        }
    }

    /// How many frames from the beginning have the checksums that they should.
    private static func goodFrames(in file: CInt, after header: Header, countMax: Int) -> Int {
        var checksum = header.checksum
        let frameBytes = frameHeaderBytes + header.pageBytes
        for frame in 0..<countMax {
            let offset = headerBytes + frame * frameBytes
            guard let bytes = read(frameBytes, at: offset, from: file) else { return frame }
            bytes.withUnsafeBytes {
                checksum.add(UnsafeRawBufferPointer(rebasing: $0[..<8]))
                checksum.add(UnsafeRawBufferPointer(rebasing: $0[frameHeaderBytes...]))
            }
            guard Array(bytes[8..<16]) == header.salts, checksum.isStored(in: bytes[16..<24])
            else { return frame }
        }
        return countMax
    }

    private static func read(_ count: Int, at offset: Int, from file: CInt) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return pread(file, &bytes, count, offset) == count ? bytes : nil
    }

    /// What the index says about its log.
    private struct Index {
        private static let headerBytes = 48

        /// Tells one use of the log from the next.
        let salts: [UInt8]
        /// Synced frames.
        let frames: Int
        /// How many of them are in the database, synced.
        let copied: Int

        /// nil where there is no index that can be believed.
        init?(readingFrom path: String) {
            let file = open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return nil }
            defer { close(file) }
            let size = Self.headerBytes
            guard let bytes = read(2 * size + 4, at: 0, from: file) else { return nil }
            // Written twice, so that one that was being written can be told.
            guard bytes[..<size] == bytes[size..<2 * size] else { return nil }
            var checksum = Checksum(isBigEndian: Checksum.isHostBigEndian)
            let isGood = bytes.withUnsafeBytes {
                checksum.add(UnsafeRawBufferPointer(rebasing: $0[..<40]))
                return checksum.first == $0.loadUnaligned(fromByteOffset: 40, as: UInt32.self)
                    && checksum.second == $0.loadUnaligned(fromByteOffset: 44, as: UInt32.self)
            }
            guard isGood else { return nil }
            (frames, copied) = bytes.withUnsafeBytes {
                (
                    Int($0.loadUnaligned(fromByteOffset: 16, as: UInt32.self)),
                    Int($0.loadUnaligned(fromByteOffset: 2 * size, as: UInt32.self))
                )
            }
            salts = Array(bytes[32..<40])
        }
    }

    /// The log's first bytes.
    private struct Header {
        let salts: [UInt8]
        let pageBytes: Int
        /// Where the checksums of the frames go on from.
        let checksum: Checksum

        /// nil where there is no good header.
        init?(readingFrom file: CInt) {
            guard let bytes = read(headerBytes, at: 0, from: file) else { return nil }
            let words = bytes.withUnsafeBytes { bytes in
                stride(from: 0, to: headerBytes, by: 4).map {
                    UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
                }
            }
            guard words[0] & ~1 == 0x377f_0682 else { return nil }
            var checksum = Checksum(isBigEndian: words[0] & 1 == 1)
            bytes.withUnsafeBytes { checksum.add(UnsafeRawBufferPointer(rebasing: $0[..<24])) }
            guard checksum.isStored(in: bytes[24...]) else { return nil }
            self.checksum = checksum
            pageBytes = Int(words[2])
            salts = Array(bytes[16..<24])
        }
    }

    /// The running checksum of the format.
    private struct Checksum {
        static let isHostBigEndian = UInt32(1).bigEndian == 1

        /// How the words are read that are added.
        let isBigEndian: Bool
        private(set) var first: UInt32 = 0
        private(set) var second: UInt32 = 0

        init(isBigEndian: Bool) {
            self.isBigEndian = isBigEndian
        }

        /// Adds bytes, a multiple of eight.
        mutating func add(_ bytes: UnsafeRawBufferPointer) {
            let isSwapped = isBigEndian != Self.isHostBigEndian
            for offset in stride(from: 0, to: bytes.count, by: 8) {
                let left = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                let right = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
                first &+= (isSwapped ? left.byteSwapped : left) &+ second
                second &+= (isSwapped ? right.byteSwapped : right) &+ first
            }
        }

        /// Whether these eight bytes are this checksum, as the log stores one.
        func isStored(in bytes: ArraySlice<UInt8>) -> Bool {
            bytes.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: 0, as: UInt32.self).bigEndian == first
                    && $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self).bigEndian == second
            }
        }
    }
}
