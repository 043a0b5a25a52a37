// SPDX-License-Identifier: Apache-2.0
// Only in sanitized builds. AddressSanitizer stores the stack of every allocation under locks that a fork does not hand
// over, and Boost.Process allocates in a new child. Once in some thousand starts that child would wait forever. Without
// stacks there is no such lock. For a report with stacks: ASAN_OPTIONS=malloc_context_size=30.
// https://github.com/google/sanitizers/wiki/AddressSanitizerFlags
extern "C" const char* __asan_default_options();  // NOLINT(bugprone-reserved-identifier): its name is given

extern "C" const char* __asan_default_options() {  // NOLINT(bugprone-reserved-identifier)
    return "malloc_context_size=0";
}
