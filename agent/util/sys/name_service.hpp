// Look-ups of hosts and users in a static program.
#pragma once

namespace gup {

// Keeps glibc to its built-in name service modules (hosts: files, dns; users and groups: files). Must come first in
// main: a static binary would else load the system's modules, made for another glibc, and crash.
void configure_name_service() noexcept;

}  // namespace gup
