#include <sqlite3.h>

// sqlite3_config is variadic, which Swift cannot call.

/// Stops SQLite from counting its memory under a lock; to be called before anything else of it.
static inline int allegro_sqlite3_count_no_memory(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
