# SPDX-License-Identifier: Apache-2.0
# GUP_SYSTEM_LIBRARIES: the same targets as libraries.cmake, from the distribution's own libraries, linked dynamically. docs/packagers.md
# says what these lack.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED CONFIG)
find_package(fmt REQUIRED)
pkg_check_modules(gup_curl REQUIRED IMPORTED_TARGET GLOBAL libcurl>=7.88)
pkg_check_modules(gup_git2 REQUIRED IMPORTED_TARGET GLOBAL libgit2>=1.9)
pkg_check_modules(gup_sodium REQUIRED IMPORTED_TARGET GLOBAL libsodium)
pkg_check_modules(gup_yaml REQUIRED IMPORTED_TARGET GLOBAL yaml-0.1)
pkg_check_modules(gup_z REQUIRED IMPORTED_TARGET GLOBAL zlib)
pkg_check_modules(gup_mbedtls REQUIRED IMPORTED_TARGET GLOBAL mbedtls)
pkg_check_modules(gup_mbedx509 REQUIRED IMPORTED_TARGET GLOBAL mbedx509)
pkg_check_modules(gup_mbedcrypto REQUIRED IMPORTED_TARGET GLOBAL mbedcrypto)
pkg_check_modules(gup_absl REQUIRED IMPORTED_TARGET GLOBAL absl_time_zone)

foreach(name IN ITEMS git2 sodium yaml z)
    add_library(gup::${name} ALIAS PkgConfig::gup_${name})
endforeach()
add_library(gup_native_curl INTERFACE)
target_link_libraries(gup_native_curl INTERFACE PkgConfig::gup_curl PkgConfig::gup_mbedtls PkgConfig::gup_mbedx509 PkgConfig::gup_mbedcrypto)
add_library(gup::curl ALIAS gup_native_curl)
# cctz is a part of abseil, with its own name space.
add_library(gup::cctz ALIAS PkgConfig::gup_absl)

find_path(GUP_HEADERS NAMES toml++/toml.h REQUIRED)
set(headers boost/process/v2.hpp boost/asio.hpp toml++/toml.h spdlog/spdlog.h CLI/CLI.hpp nlohmann/json.hpp
    absl/time/internal/cctz/include/cctz/time_zone.h)
if(NOT DEFINED BUILD_TESTING OR BUILD_TESTING)
    list(APPEND headers doctest/doctest.h)
endif()
foreach(header IN LISTS headers)
    find_path(found NAMES ${header} NO_CACHE)
    if(NOT found)
        message(FATAL_ERROR "the header ${header} is missing\nhint: docs/packagers.md lists the libraries")
    endif()
    unset(found)
endforeach()

add_library(gup_headers INTERFACE)
target_compile_definitions(gup_headers INTERFACE
    SPDLOG_HEADER_ONLY SPDLOG_FMT_EXTERNAL TOML_HEADER_ONLY=1
    BOOST_ALL_NO_LIB BOOST_PROCESS_USE_STD_FS BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(gup_headers INTERFACE fmt::fmt Threads::Threads)
add_library(gup::headers ALIAS gup_headers)
add_library(gup_doctest INTERFACE)
add_library(gup::doctest ALIAS gup_doctest)

# For `gup-agent version`.
set(GUP_LIBRARY_VERSIONS "curl ${gup_curl_VERSION}" "libgit2 ${gup_git2_VERSION}" "libsodium ${gup_sodium_VERSION}" "libyaml ${gup_yaml_VERSION}" "zlib ${gup_z_VERSION}"
    "mbedtls ${gup_mbedcrypto_VERSION}" "abseil ${gup_absl_VERSION}" "fmtlib ${fmt_VERSION}" "boost ${Boost_VERSION_STRING}")
