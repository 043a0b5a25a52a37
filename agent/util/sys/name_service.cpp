#include "util/sys/name_service.hpp"

#include <nss.h>

#include <array>

namespace gup {

void configure_name_service() noexcept {
    constexpr std::array files_only{"passwd",   "group",    "shadow", "gshadow", "services", "protocols",
                                    "networks", "netgroup", "ethers", "rpc",     "aliases",  "publickey"};
    __nss_configure_lookup("hosts", "files dns");
    for (const char* database : files_only) __nss_configure_lookup(database, "files");
    __nss_configure_lookup("initgroups", "files");
}

}  // namespace gup
