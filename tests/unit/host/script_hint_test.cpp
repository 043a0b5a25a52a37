// SPDX-License-Identifier: Apache-2.0
#include "host/script_hint.hpp"

#include "fixture.hpp"

using namespace gup;
using namespace gup::test;

TEST_CASE("script_hint: the first line says what is wrong") {
    struct Row {
        const char* text;
        const char* hint;
    };
    const Row rows[] = {
        {"#!/bin/sh\r\necho x\r\n", "its lines end with CRLF"},
        {"#!/usr/bin/env sh\r\n", "its lines end with CRLF"},
        {"#!/no/such/python3\n", "its interpreter /no/such/python3 is missing"},
        {"#! /no/such/python3 -u\n", "its interpreter /no/such/python3 is missing"},
        {"#!/usr/bin/env no-such-python\n", "its interpreter no-such-python is missing"},
        {"#!/usr/bin/env -S no-such-python -u\n", "its interpreter no-such-python is missing"},
        {"\xEF\xBB\xBF#!/bin/sh\n", "a byte order mark is in front of its #!"},
        {"echo x\n", "its first line must name an installed interpreter"},
        {"#!\n", "its first line must name an installed interpreter"},
        {"#!/bin/sh\n", "its first line must name an installed interpreter"},
        {"", "its first line must name an installed interpreter"},
    };
    const Folder folder;
    for (const Row& row : rows) {
        CAPTURE(row.text);
        put(folder / "hook", row.text);
        const std::string hint = script_hint(folder / "hook");
        CHECK(holds(hint, row.hint));
        const bool is_of_first_line = !holds(hint, "its first line must");
        CHECK(script_hint_after(127, folder / "hook").empty() == !is_of_first_line);
        CHECK(script_hint_after(1, folder / "hook").empty());
    }
}
