#include "util/sys/allocator.hpp"

#include <malloc.h>

namespace gup {

void configure_allocator() noexcept {
    constexpr int arenas = 2;  // one for the I/O thread's share, where glibc makes one for each thread
    constexpr int own_pages_from = 32 << 10;
    constexpr int kept_at_most = 64 << 10;
    ::mallopt(M_ARENA_MAX, arenas);
    ::mallopt(M_MMAP_THRESHOLD, own_pages_from);
    ::mallopt(M_TRIM_THRESHOLD, kept_at_most);
}

}  // namespace gup
