// SPDX-License-Identifier: Apache-2.0
#include "util/sys/c_library.hpp"

#include <malloc.h>
#include <nss.h>

#include <array>

namespace gup {

void configure_allocator() noexcept {
    constexpr int arenas = 2;  // one for the I/O thread's share, where glibc makes one for each thread
    constexpr int own_pages_from = 32 << 10;
    constexpr int kept_at_most = 64 << 10;
    ::mallopt(M_ARENA_MAX, arenas);
    ::mallopt(M_MMAP_THRESHOLD, own_pages_from);
    ::mallopt(M_TRIM_THRESHOLD, kept_at_most);
}

void configure_name_service() noexcept {
#ifndef GUP_SYSTEM_LIBRARIES
    constexpr std::array files_only{"passwd",   "group",    "shadow", "gshadow", "services", "protocols",
                                    "networks", "netgroup", "ethers", "rpc",     "aliases",  "publickey"};
    __nss_configure_lookup("hosts", "files dns");
    for (const char* database : files_only) __nss_configure_lookup(database, "files");
    __nss_configure_lookup("initgroups", "files");
#endif
}

}  // namespace gup
