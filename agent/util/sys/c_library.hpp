// SPDX-License-Identifier: Apache-2.0
// Settings of the C library. Call both once, before anything else.
#pragma once

namespace gup {

// With glibc's defaults the poll of 200 connectors takes half as much memory again: freed memory of one connector is
// between blocks that wait for another answer. Such holes return to the system only when larger blocks have their own
// pages.
void configure_allocator() noexcept;

// Keeps glibc to its built-in name service modules (hosts: files, dns; users and groups: files). Otherwise a static
// binary loads the system's modules, made for another glibc, and crashes. A dynamic one (GUP_SYSTEM_LIBRARIES) keeps all.
void configure_name_service() noexcept;

}  // namespace gup
