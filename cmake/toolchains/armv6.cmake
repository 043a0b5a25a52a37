# SPDX-License-Identifier: Apache-2.0
# Raspberry Pi 1 and Zero (ARMv6), cross-compiled with Debian's g++-arm-linux-gnueabi. Debian's armhf libraries are ARMv7 and
# die there with SIGILL, whatever the flags; those of armel are ARMv5, with floating point in software.
# 64-bit time_t in our code and in the C libraries, so that nothing breaks in 2038.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv6l)
set(CMAKE_C_COMPILER arm-linux-gnueabi-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabi-g++)
set(CMAKE_STRIP arm-linux-gnueabi-strip)
set(CMAKE_C_FLAGS_INIT "-march=armv6 -marm -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64")
# -Wno-psabi: a note about a change of GCC 7, of no concern to a program that is built by one compiler.
set(CMAKE_CXX_FLAGS_INIT "-march=armv6 -marm -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -Wno-psabi")
# ARMv6 has no instruction for atomic 64-bit values.
set(CMAKE_C_STANDARD_LIBRARIES_INIT "-latomic")
set(CMAKE_CXX_STANDARD_LIBRARIES_INIT "-latomic")

# Found programs are the build machine's; libraries and headers are only those that are named by full path.
set(CMAKE_FIND_ROOT_PATH /usr/arm-linux-gnueabi)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-arm-static -cpu arm1176)
