# gup_small_runtime: what keeps a static program from carrying parts of libstdc++ and glibc that it never uses. It is linked into
# the agent and into the unit tests.

add_library(gup_small_runtime INTERFACE)

# Only for the libstdc++ that it was made for: see the file. An object, for nothing names it, and outside of link-time
# optimization, which does not see what the assembler defines.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12
        AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    add_library(gup_small_runtime_object OBJECT ${PROJECT_SOURCE_DIR}/agent/platform/small_runtime.cpp)
    target_link_libraries(gup_small_runtime_object PRIVATE gup_options)
    target_compile_options(gup_small_runtime_object PRIVATE -fno-lto)
    target_link_libraries(gup_small_runtime INTERFACE $<TARGET_OBJECTS:gup_small_runtime_object>)
    target_compile_definitions(gup_small_runtime INTERFACE GUP_SMALL_RUNTIME)
endif()

# glibc without its unwind tables (2 % of the program; on 32-bit ARM there are next to none): no exception passes through a
# function of libc, for no callback that it is given (of qsort, pthread_once, atexit) throws, and no thread is cancelled.
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^arm")
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libc.a
                    OUTPUT_VARIABLE archive OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    set(folder ${PROJECT_BINARY_DIR}/libc)
    file(MAKE_DIRECTORY ${folder})
    execute_process(COMMAND ${CMAKE_OBJCOPY} -D --remove-section=.eh_frame --remove-section=.rela.eh_frame
                            ${archive} ${folder}/libc.a COMMAND_ERROR_IS_FATAL ANY)
    target_link_options(gup_small_runtime INTERFACE -L${folder})
endif()
