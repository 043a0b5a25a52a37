// SPDX-License-Identifier: Apache-2.0
// The first instructions of the armhf program. Debian's start-up code and libstdc++ are made for ARMv7, so an older
// processor dies of SIGILL long before main; here it is refused with a sentence instead.
//
// Compiled for ARMv6 in ARM state, alone: nothing of libc may be called, no global may need relocating.
#include <asm/unistd.h>
#include <elf.h>

namespace {

constexpr unsigned long hwcap_vfpv3 = 1UL << 13U;  // <asm/hwcap.h>; never set before ARMv7
constexpr int refused = 2;

long system_call(long number, long first, const void* second, unsigned long third) {
    register long r7 __asm__("r7") = number;
    register long r0 __asm__("r0") = first;
    register const void* r1 __asm__("r1") = second;
    register unsigned long r2 __asm__("r2") = third;
    __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
    return r0;
}

void say(const char* text) {
    unsigned long size = 0;
    // The asm keeps the compiler from making a call of strlen of it.
    for (; text[size] != '\0'; ++size) __asm__ volatile("");
    (void)system_call(__NR_write, 2, text, size);
}

[[noreturn]] void refuse(const char* platform) {
    say("gup-agent: this is the armhf build, for ARMv7 and newer; this processor is ");
    if (platform == nullptr) {
        say("older");
    } else {
        const char version[] = {'A', 'R', 'M', 'v', platform[1], '\0'};
        say(version);
        if (platform[1] >= '7') say(" without VFPv3");
    }
    say(": install the armv6 build\n");
    for (;;) (void)system_call(__NR_exit_group, refused, nullptr, 0);
}

// `platform`: "v6l", "v7l", "v8l"; nullptr if the kernel does not say. Every ARMv8 has what the build uses.
bool is_served(const char* platform, unsigned long hwcap) {
    if (platform != nullptr && platform[1] != '7') return platform[1] > '7';
    return (hwcap & hwcap_vfpv3) != 0;
}

}  // namespace

// `stack` is the kernel's initial stack: argc, argv, nullptr, environment, nullptr, auxiliary vector.
extern "C" void gup_check_processor(const unsigned long* stack) {
    const unsigned long* word = stack + 1 + stack[0] + 1;
    while (*word != 0) ++word;
    const char* platform = nullptr;
    unsigned long hwcap = 0;
    for (++word; word[0] != AT_NULL; word += 2) {
        if (word[0] == AT_PLATFORM) platform = reinterpret_cast<const char*>(word[1]);
        if (word[0] == AT_HWCAP) hwcap = word[1];
    }
    if (platform != nullptr && platform[0] != 'v') platform = nullptr;
    if (!is_served(platform, hwcap)) refuse(platform);
}

// The program's entry. It continues with libc's entry, with the kernel's stack and r0.
__asm__(
    ".text\n"
    ".arm\n"
    ".global gup_entry\n"
    ".type gup_entry, %function\n"
    "gup_entry:\n"
    "    mov r4, r0\n"
    "    mov r5, sp\n"
    "    mov r0, sp\n"
    "    bic sp, sp, #7\n"
    "    bl gup_check_processor\n"
    "    mov r0, r4\n"
    "    mov sp, r5\n"
    "    mov r4, #0\n"
    "    mov r5, #0\n"
    "    b _start\n"
    ".size gup_entry, . - gup_entry\n");
