# Writes OUTPUT from INPUT with the commit that SOURCE is at; an unchanged OUTPUT is left alone.
set(GUP_FOUND_COMMIT "${GIVEN}")
if(NOT GUP_FOUND_COMMIT)
    execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                    OUTPUT_VARIABLE GUP_FOUND_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        set(GUP_FOUND_COMMIT unknown)
    endif()
endif()
configure_file(${INPUT} ${OUTPUT} @ONLY)
