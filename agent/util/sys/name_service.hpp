// Look-ups of hosts and users in a static program.
#pragma once

namespace gup {

// Keeps glibc to its built-in name service modules (hosts: files, dns; users and groups: files). Must be the first call
// in main: otherwise a static binary loads the system's modules, made for another glibc, and crashes.
void configure_name_service() noexcept;

}  // namespace gup
