// Tells the thread sanitizer of the half of Swift's Mutex that it cannot see.
//
// The uncontended ways of Synchronization.Mutex are compiled into the code that uses it, where the
// sanitizer follows their atomics. A contended lock and its unlock go into libswiftSynchronization,
// which is not built for the sanitizer, and from there to the kernel: without help, every value
// behind a contended Mutex is reported as a race. A suppression would hide real races behind the same
// lock, so this library stands before the two functions, does what they do, and says which way the
// ordering goes. Scripts/test preloads it; programs without the sanitizer are left as they are.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#define SWIFT_METHOD __attribute__((swiftcall))
#define SWIFT_SELF __attribute__((swift_context))

// Synchronization._MutexHandle._lockSlow(UInt32) and ._unlockSlow(); self is the lock's address.
#define LOCK_SLOW $s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF
#define UNLOCK_SLOW $s15Synchronization12_MutexHandleV11_unlockSlowyyF

typedef SWIFT_METHOD void (*lock_function)(uint32_t thread, SWIFT_SELF void *lock);
typedef SWIFT_METHOD void (*unlock_function)(SWIFT_SELF void *lock);
typedef void (*order_function)(void *address);

// What follows this library in the order of lookup, which must be there.
static void *next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

static void order(const char *name, void *lock) {
    order_function function = (order_function)dlsym(RTLD_DEFAULT, name);
    if (function) function(lock);
}

#define NAME(symbol) NAME_OF(symbol)
#define NAME_OF(symbol) #symbol

SWIFT_METHOD void LOCK_SLOW(uint32_t thread, SWIFT_SELF void *lock) {
    ((lock_function)next(NAME(LOCK_SLOW)))(thread, lock);
    order("__tsan_acquire", lock);
}

SWIFT_METHOD void UNLOCK_SLOW(SWIFT_SELF void *lock) {
    order("__tsan_release", lock);
    ((unlock_function)next(NAME(UNLOCK_SLOW)))(lock);
}
