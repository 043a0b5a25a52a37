# SPDX-License-Identifier: Apache-2.0
# gup::curl, gup::git2, gup::sodium, gup::cctz, gup::yaml, gup::z and fmt are static and from the project's own recipe. They are built now if
# the cache lacks them. The header-only gup::headers and gup::doctest are from the machine's -dev packages. All of their headers
# are system headers.

execute_process(COMMAND ${CMAKE_CURRENT_LIST_DIR}/build ${GUP_TARGET}
                OUTPUT_VARIABLE GUP_PREFIX OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE result)
if(NOT result EQUAL 0)
    message(FATAL_ERROR "the native libraries for ${GUP_TARGET} cannot be built (see above)\n"
                        "hint: .ci/install-packages installs the packages of the build")
endif()
message(STATUS "Native libraries: ${GUP_PREFIX}")
# The link has the same name in every build tree and for every version of the libraries. So ccache keeps the files that do not
# include a changed library.
set(GUP_LIBRARIES ${PROJECT_BINARY_DIR}/libraries)
file(CREATE_LINK ${GUP_PREFIX} ${GUP_LIBRARIES} SYMBOLIC)
set(GUP_LIBRARY_MAP -ffile-prefix-map=${GUP_LIBRARIES}=libraries)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             ${CMAKE_CURRENT_LIST_DIR}/libraries.lock ${CMAKE_CURRENT_LIST_DIR}/build)

set(headers boost/process/v2.hpp boost/asio.hpp toml++/toml.h spdlog/spdlog.h CLI/CLI.hpp nlohmann/json.hpp)
if(NOT DEFINED BUILD_TESTING OR BUILD_TESTING)
    list(APPEND headers doctest/doctest.h)
endif()
foreach(header IN LISTS headers)
    if(NOT EXISTS ${GUP_PREFIX}/headers/${header})
        message(FATAL_ERROR "the header ${header} is missing\nhint: .ci/install-packages installs the packages of the build")
    endif()
endforeach()

find_package(Threads REQUIRED)

function(gup_import name)
    add_library(gup_native_${name} STATIC IMPORTED GLOBAL)
    set_target_properties(gup_native_${name} PROPERTIES
        IMPORTED_LOCATION ${GUP_LIBRARIES}/lib/lib${name}.a
        INTERFACE_INCLUDE_DIRECTORIES ${GUP_LIBRARIES}/include
        INTERFACE_LINK_LIBRARIES "${ARGN}")
endfunction()

gup_import(fmt)
gup_import(z)
gup_import(mbedcrypto Threads::Threads)
gup_import(mbedx509 gup_native_mbedcrypto)
gup_import(mbedtls gup_native_mbedx509)
gup_import(nghttp2)
gup_import(curl gup_native_mbedtls gup_native_nghttp2 gup_native_z Threads::Threads)
gup_import(git2 gup_native_z Threads::Threads)
gup_import(sodium)
gup_import(cctz)
gup_import(yaml)
set_property(TARGET gup_native_yaml PROPERTY INTERFACE_COMPILE_DEFINITIONS YAML_DECLARE_STATIC)
set_property(TARGET gup_native_sodium PROPERTY INTERFACE_COMPILE_DEFINITIONS SODIUM_STATIC)
set_property(TARGET gup_native_curl PROPERTY INTERFACE_COMPILE_DEFINITIONS CURL_STATICLIB)
add_library(gup::curl ALIAS gup_native_curl)
add_library(gup::git2 ALIAS gup_native_git2)
add_library(gup::sodium ALIAS gup_native_sodium)
add_library(gup::cctz ALIAS gup_native_cctz)
add_library(gup::yaml ALIAS gup_native_yaml)
add_library(gup::z ALIAS gup_native_z)

add_library(gup_headers INTERFACE)
target_include_directories(gup_headers SYSTEM INTERFACE ${GUP_LIBRARIES}/headers)
target_compile_definitions(gup_headers INTERFACE
    SPDLOG_HEADER_ONLY SPDLOG_FMT_EXTERNAL TOML_HEADER_ONLY=1
    BOOST_ALL_NO_LIB BOOST_PROCESS_USE_STD_FS BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(gup_headers INTERFACE gup_native_fmt Threads::Threads)
add_library(gup::headers ALIAS gup_headers)

add_library(gup_doctest INTERFACE)
target_include_directories(gup_doctest SYSTEM INTERFACE ${GUP_LIBRARIES}/headers)
add_library(gup::doctest ALIAS gup_doctest)
