// Shows the Thread Sanitizer the locks of Synchronization.Mutex; `scripts/sanitize thread` links it into what it builds.
//
// Where nobody else wants the lock, it is taken and given back by atomic operations that the compiler puts into our own
// code, and the sanitizer sees them. Where threads meet, the Swift runtime, which is not instrumented, has the kernel hand
// the lock on (FUTEX_LOCK_PI), and what one thread did before would seem to race with what the next does. So the three
// functions of the runtime for that are called through these of the same names, which say what they mean.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>
#include <stdbool.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *mutex

SWIFT void lock(uint32_t thread, SELF) __asm__(LOCK);
SWIFT bool tryLock(SELF) __asm__(TRY_LOCK);
SWIFT void unlock(SELF) __asm__(UNLOCK);

static SWIFT void (*runtimeLock)(uint32_t thread, SELF);
static SWIFT bool (*runtimeTryLock)(SELF);
static SWIFT void (*runtimeUnlock)(SELF);

__attribute__((constructor)) static void findRuntime(void) {
    runtimeLock = dlsym(RTLD_NEXT, LOCK);
    runtimeTryLock = dlsym(RTLD_NEXT, TRY_LOCK);
    runtimeUnlock = dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void lock(uint32_t thread, SELF) {
    runtimeLock(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT bool tryLock(SELF) {
    bool isLocked = runtimeTryLock(mutex);
    if (isLocked) __tsan_acquire(mutex);
    return isLocked;
}

SWIFT void unlock(SELF) {
    __tsan_release(mutex);
    runtimeUnlock(mutex);
}
