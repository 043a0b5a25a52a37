# SPDX-License-Identifier: Apache-2.0
# gup_build_info: version, commit, target and linked libraries. It is a separate library, so that a new commit recompiles
# only one small file.

set(GUP_COMMIT "" CACHE STRING "The commit to report when the sources are not a git checkout")

# "name version" lines: the native libraries with Debian's revision, then the header-only ones.
if(GUP_SYSTEM_LIBRARIES)
    set(versions ${GUP_LIBRARY_VERSIONS})
    set(packages)
else()
    file(STRINGS ${GUP_PREFIX}/versions versions)
    set(packages libboost1.81-dev libtomlplusplus-dev libspdlog-dev libcli11-dev nlohmann-json3-dev)
endif()
foreach(package IN LISTS packages)
    execute_process(COMMAND dpkg-query -W "-f=\${source:Package} \${Version}" ${package}
                    OUTPUT_VARIABLE line ERROR_QUIET RESULT_VARIABLE result)
    if(result EQUAL 0)
        list(APPEND versions "${line}")
    endif()
endforeach()
set(GUP_LINKED "")
set(GUP_FOUND_COMMIT "@GUP_FOUND_COMMIT@")
set(GUP_FOUND_TIME "@GUP_FOUND_TIME@")
foreach(line IN LISTS versions)
    string(REGEX REPLACE "^([^ ]+) (.*)$" "    Library{\"\\1\", \"\\2\"},\n" entry "${line}")
    string(APPEND GUP_LINKED "${entry}")
endforeach()

set(GUP_REPORTED_TARGET ${CMAKE_CXX_LIBRARY_ARCHITECTURE})
set(GUP_PLATFORM ${GUP_TARGET})
if(GUP_TARGET STREQUAL native)
    set(GUP_PLATFORM ${CMAKE_SYSTEM_PROCESSOR})
endif()
if(GUP_SANITIZE)
    string(APPEND GUP_REPORTED_TARGET " (sanitized)")
endif()

set(generated ${PROJECT_BINARY_DIR}/generated)
configure_file(${CMAKE_CURRENT_LIST_DIR}/build_info.cpp.in ${generated}/build_info.cpp.stage2 @ONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/build_info.hpp ${generated}/include/build_info.hpp COPYONLY)
add_custom_target(gup_commit
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DINPUT=${generated}/build_info.cpp.stage2
            -DOUTPUT=${generated}/build_info.cpp -DGIVEN=${GUP_COMMIT} -P ${CMAKE_CURRENT_LIST_DIR}/commit.cmake
    BYPRODUCTS ${generated}/build_info.cpp
    COMMENT "" VERBATIM)

add_library(gup_build_info STATIC ${generated}/build_info.cpp)
add_dependencies(gup_build_info gup_commit)
target_include_directories(gup_build_info PUBLIC ${generated}/include)
target_link_libraries(gup_build_info PRIVATE gup_options)
