package import AllegroModels

/// Which account to read, and from where on.
package struct AccountRequest: Hashable, Sendable {
    package var address: Address
    /// Only what is under this key; nil for all keys.
    package var key: NonceKey?
    /// How long each list may be; 0 stands for the server's own limit, which always holds.
    package var limit: UInt32
    /// An ``AccountPage/nextCursor`` of the same server; empty for the beginning.
    package var cursor: String

    package init(
        address: Address, key: NonceKey? = nil, limit: UInt32 = 0, cursor: String = ""
    ) {
        self.address = address
        self.key = key
        self.limit = limit
        self.cursor = cursor
    }

    /// Where to continue; nil for the beginning.
    ///
    /// ``SidecarAPI/account`` refuses requests whose cursor is neither empty nor a position, so a
    /// sidecar may take nil at its word.
    package var position: AccountPosition? { AccountPosition(cursor: cursor) }
}
