internal import AllegroModels

/// A position in one sidecar's bulletin board, in the order in which certificates were appended.
///
/// The board's number is part of it: a position of a board that is gone (a sidecar that keeps its
/// state in memory and was restarted) would otherwise skip certificates of the new one.
package struct BulletinCursor: Hashable, Sendable, LosslessStringConvertible {
    /// A number that the board was given, at random, when it was made.
    package let board: UInt64
    /// How many certificates come before; 0 is the beginning.
    package let position: UInt64

    package init(board: UInt64, position: UInt64) {
        self.board = board
        self.position = position
    }

    /// Parses what ``description`` gives; nil for anything else, other spellings included.
    package init?(_ description: String) {
        guard let bytes = Hex.decode(description), bytes.count == 16 else { return nil }
        board = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        position = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
        guard self.description == description else { return nil }
    }

    /// 32 lower-case hex digits: the board's number, then the position.
    package var description: String {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: board)
        bytes.append(bigEndian: position)
        return Hex.encode(bytes)
    }
}

extension BulletinBoardRequest {
    /// Where to continue, for a sidecar's board; nil for the beginning.
    ///
    /// ``SidecarAPI/bulletinBoard`` refuses requests whose cursor is neither empty nor one of
    /// these, so a sidecar may take nil at its word.
    package var position: BulletinCursor? { BulletinCursor(cursor) }
}
