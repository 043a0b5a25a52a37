# SPDX-License-Identifier: Apache-2.0
# Writes OUTPUT from INPUT with the commit of SOURCE. An OUTPUT with the same content is not written.
set(GUP_FOUND_COMMIT "${GIVEN}")
if(NOT GUP_FOUND_COMMIT)
    execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                    OUTPUT_VARIABLE GUP_FOUND_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        set(GUP_FOUND_COMMIT unknown)
    endif()
endif()
# The time of the commit in seconds since 1970, so that it is the same in every build. 0: unknown.
set(GUP_FOUND_TIME "$ENV{SOURCE_DATE_EPOCH}")
if(NOT GUP_FOUND_TIME MATCHES "^[0-9]+$")
    execute_process(COMMAND git -C ${SOURCE} log -1 --format=%ct
                    OUTPUT_VARIABLE GUP_FOUND_TIME OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        set(GUP_FOUND_TIME 0)
    endif()
endif()
configure_file(${INPUT} ${OUTPUT} @ONLY)
