import Glibc

/// The files and connections that the process may have open at once.
///
/// It must not come to the last of them: libdispatch reads `/proc` to count its threads, and where it can open
/// nothing it ends the process (`_dispatch_workq_count_runnable_workers`).
enum Descriptors {
    /// Raises the limit to what the system lets the process have, and returns it.
    static func raiseLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return 1024 }
        var most = limit
        most.rlim_cur = most.rlim_max
        if unsafe setrlimit(resource, &most) == 0 { limit = most }
        return Int(clamping: limit.rlim_cur)
    }

    /// How many of `limit` the clients of the API may hold; the rest are for sources, receivers and files.
    static func clients(of limit: Int) -> Int { min(1024, max(limit / 2, 8)) }
}
