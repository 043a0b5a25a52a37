// SPDX-License-Identifier: Apache-2.0
#include "python/site_reader.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "fixture.hpp"
#include "python/installed_record.hpp"

namespace gup {
namespace {

using test::put;
using Row = SiteReader::Row;

constexpr std::size_t block = 64U << 10U;

struct Site : test::Folder {
    SiteReader reader = SiteReader::open(folder.path()).value();

    Row row_of(const std::string& content, std::string_view start) {
        put(folder.path() / "RECORD", content);
        return reader.find_row("RECORD", start);
    }
};

}  // namespace

TEST_CASE("SiteReader: a missing folder cannot be opened") {
    const auto reader = SiteReader::open("/nonexistent/site-packages");
    REQUIRE_FALSE(reader.ok());
    CHECK(reader.error().message.find("/nonexistent/site-packages") != std::string::npos);
}

TEST_CASE("head: a file shorter than a block is complete, a longer one is cut") {
    Site site;
    put(site / "short", "Name: x");
    const FileHead small = site.reader.head("short");
    CHECK(small.state == ReadState::read);
    CHECK(small.text == "Name: x");
    CHECK(small.whole);
    put(site / "empty", "");
    CHECK(site.reader.head("empty").text.empty());
    CHECK(site.reader.head("empty").state == ReadState::read);
    put(site / "long", std::string(block + 1, 'x'));
    const FileHead large = site.reader.head("long");
    CHECK(large.text.size() == block);
    CHECK_FALSE(large.whole);
}

TEST_CASE("fields: read on when the empty line is not in the first block, but not without end") {
    Site site;
    const auto size_of = [&](const std::string& content) {
        put(site / "METADATA", content);
        const FileHead head = site.reader.fields("METADATA");
        return std::pair{head.text.size(), head.whole};
    };
    const std::string long_field = "Name: " + std::string(block, 'x') + "\n";
    CHECK(size_of("Name: x\n\n" + std::string(block, 'y')) == std::pair{block, false});
    CHECK(size_of(long_field + "\ntext") == std::pair{long_field.size() + 5, true});
    CHECK(size_of(std::string(5 * block, 'x')) == std::pair{4 * block, false});
    CHECK(size_of("short") == std::pair{std::size_t{5}, true});
    CHECK(site.reader.head("METADATA").text == "short");
}

TEST_CASE("head: a missing file is missing, an unreadable one has failed") {
    Site site;
    fs::create_directory(site / "folder");
    put(site / "file", "x");
    CHECK(site.reader.head("none").state == ReadState::missing);
    CHECK(site.reader.head("file/METADATA").state == ReadState::missing);
    const FileHead failed = site.reader.head("folder");
    CHECK(failed.state == ReadState::failed);
    CHECK(failed.whole);
    CHECK(failed.problem.find("folder: ") != std::string::npos);
    fs::create_symlink("loop", site / "loop");
    CHECK(site.reader.head("loop").state == ReadState::failed);
    CHECK(site.reader.head("loop").problem.find("loop: ") != std::string::npos);
}

TEST_CASE("find_row: only a line's beginning matches") {
    Site site;
    CHECK(site.row_of("a/INSTALLER,\n", "a/INSTALLER,") == Row::found);
    CHECK(site.row_of("b\na/INSTALLER,", "a/INSTALLER,") == Row::found);
    CHECK(site.row_of("xa/INSTALLER,\n", "a/INSTALLER,") == Row::absent);
    CHECK(site.row_of("xa,\na,", "a,") == Row::found);
    CHECK(site.row_of("a,a\nb", "b") == Row::found);
    CHECK(site.row_of("", "a") == Row::absent);
    CHECK(site.reader.find_row("none", "a") == Row::no_file);
    fs::create_directory(site / "folder");
    CHECK(site.reader.find_row("folder", "a") == Row::failed);
    fs::create_symlink("loop", site / "loop");
    CHECK(site.reader.find_row("loop", "a") == Row::failed);
}

TEST_CASE("find_row: a row is found with any cut of the blocks, and no cut makes one") {
    Site site;
    const std::string row = "one.dist-info/INSTALLER,";
    for (std::size_t before = block - row.size() - 2; before <= block + 2; ++before) {
        CAPTURE(before);
        const std::string filling(before - 1, 'x');
        CHECK(site.row_of(filling + "\n" + row + "\n", row) == Row::found);
        CHECK(site.row_of(filling + "x" + row + "\n", row) == Row::absent);
    }
    CHECK(site.row_of(std::string(block, 'x'), row) == Row::absent);
    CHECK(site.row_of(std::string(3 * block, 'x') + "\n" + row, row) == Row::found);
}

TEST_CASE("find_row: a row is found at either end and between, whichever part of the file is read first") {
    Site site;
    const std::string row = "one.dist-info/INSTALLER,";
    constexpr std::size_t part = 8U << 10U;
    for (const std::size_t around : {part, block - part}) {
        for (std::size_t before = around - row.size() - 2; before <= around + 2; ++before) {
            CAPTURE(before);
            const std::string start(before - 1, 'x');
            const std::string end(block - before - row.size() - 1, 'y');
            CHECK(site.row_of(start + "\n" + row + "\n" + end, row) == Row::found);
            CHECK(site.row_of(start + "x" + row + "\n" + end, row) == Row::absent);
            CHECK(site.row_of(start + "\n" + row.substr(1) + "\n" + end, row) == Row::absent);
        }
    }
    for (std::size_t size = part - 2; size <= part + row.size() + 2; ++size) {
        CAPTURE(size);
        const std::string filling(size - row.size() - 1, 'x');
        CHECK(site.row_of(filling + "\n" + row, row) == Row::found);
        CHECK(site.row_of(filling + "x" + row, row) == Row::absent);
        CHECK(site.row_of(row + "\n" + filling, row) == Row::found);
    }
}

TEST_CASE("find_row: a file longer than what is read has no row at its end") {
    Site site;
    const std::string row = "one.dist-info/INSTALLER,";
    put(site / "RECORD", std::string(block, 'x'));
    fs::resize_file(site / "RECORD", longest_record);
    std::ofstream(site / "RECORD", std::ios::app) << "\n" << row << "\n";
    CHECK(site.reader.find_row("RECORD", row) == Row::too_long);
    fs::resize_file(site / "RECORD", longest_record - row.size() - 1);
    std::ofstream(site / "RECORD", std::ios::app) << "\n" << row;
    CHECK(site.reader.find_row("RECORD", row) == Row::found);
}

TEST_CASE("SiteReader: a copy reads the same folder into a buffer of its own") {
    Site site;
    put(site / "one", "Name: one");
    put(site / "two", "Name: two");
    SiteReader copy = site.reader;
    const FileHead one = site.reader.head("one");
    const FileHead two = copy.head("two");
    CHECK(one.text == "Name: one");
    CHECK(two.text == "Name: two");
}

}  // namespace gup
