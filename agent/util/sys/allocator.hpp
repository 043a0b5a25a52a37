// How the C library's allocator keeps memory.
#pragma once

namespace gup {

// Called once, first of all: with glibc's defaults the poll of 200 connectors takes half as much memory again. What was
// read of one connector is freed between what waits for another one's answer, and such holes are given back only when
// larger blocks are pages of their own.
void configure_allocator() noexcept;

}  // namespace gup
