// SPDX-License-Identifier: Apache-2.0
#include "app/command/identity.hpp"

#include <unistd.h>

#include <build_info.hpp>
#include <cstdlib>

#include "host/owner.hpp"
#include "util/printable.hpp"

namespace gup {

std::string calling_user() {
    constexpr std::size_t longest = 64;
    if (::geteuid() == 0) {
        const char* caller = std::getenv("SUDO_USER");  // NOLINT(concurrency-mt-unsafe): nobody sets it
        if (caller != nullptr && *caller != '\0') return printable(caller).substr(0, longest);
    }
    const Owner owner = owner_with(::getuid());
    return owner.name.empty() ? std::to_string(owner.uid) : owner.name;
}

std::string own_version() {
    return std::string(build_info::version);
}

}  // namespace gup
