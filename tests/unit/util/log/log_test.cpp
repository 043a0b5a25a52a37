// SPDX-License-Identifier: Apache-2.0
#include "util/log/log.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

namespace fs = gup::fs;
namespace log_ = gup::log;

namespace {

// Restores the log of the program's start after the test.
struct Log {
    gup::TemporaryFolder folder = gup::TemporaryFolder::make().value();
    log_::Options options{.file = folder.path() / "logs" / "gup.log", .stderr_level = log_::Level::error};

    void open() const { log_::open(options); }
    ~Log() { log_::open({}); }

    [[nodiscard]] std::string text(const char* name = "gup.log") const {
        return gup::read_file(options.file.parent_path() / name).value_or("(unreadable)");
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        std::istringstream stream(text());
        std::vector<std::string> result;
        for (std::string line; std::getline(stream, line);) result.push_back(line);
        return result;
    }
    // Without the time.
    [[nodiscard]] std::vector<std::string> sentences() const {
        std::vector<std::string> result = lines();
        for (std::string& line : result) line.erase(0, line.find("] ") + 2);
        return result;
    }
};

// The output of `body` on stderr.
template <class Body>
std::string on_stderr(const Body& body) {
    const gup::TemporaryFolder folder = gup::TemporaryFolder::make().value();
    const fs::path path = folder.path() / "stderr";
    std::fflush(stderr);
    const gup::UniqueFd saved(::dup(STDERR_FILENO));
    std::FILE* file = std::fopen(path.c_str(), "we");
    REQUIRE(file != nullptr);
    ::dup2(::fileno(file), STDERR_FILENO);
    body();
    std::fflush(stderr);
    ::dup2(saved.get(), STDERR_FILENO);
    std::fclose(file);
    return gup::read_file(path).value_or("(unreadable)");
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("log: a line is time, level, connector in brackets, sentence") {
    Log log;
    log.open();
    log_::info("smart-meter", "updated code 1a2b3c4 → e9b167f (main, 3 commits)");
    log_::warning("", "the clock is not set");
    CHECK(log.sentences() ==
          Lines{"info (smart-meter) updated code 1a2b3c4 → e9b167f (main, 3 commits)", "warning the clock is not set"});
    std::string form = log.lines().at(1);
    for (char& c : form) {
        if (c >= '0' && c <= '9') c = '0';
    }
    form.replace(form.find_first_of("+-", 12), 1, "+");
    CHECK(form == "[0000-00-00T00:00:00+0000] warning the clock is not set");
}

TEST_CASE("log: every line of a message has the prefix, and newlines at its end make no line") {
    Log log;
    log.open();
    log_::warning("smart-meter", "pip failed:\r\n\n  no such version\n\n");
    CHECK(log.sentences() == Lines{"warning (smart-meter) pip failed:", "warning (smart-meter)",
                                   "warning (smart-meter)   no such version"});
}

TEST_CASE("log: control characters and broken UTF-8 are escaped, other text stays unchanged") {
    Log log;
    log.open();
    log_::info("", "a\x1b[2Jb\tc\rd\x7f Zähler → ok \xff\xc0\x80 \xc2\x9b end");
    CHECK(log.sentences() == Lines{R"(info a\x1b[2Jb\tc\rd\x7f Zähler → ok \xff\xc0\x80 \x9b end)"});
}

TEST_CASE("log: passwords in URLs are masked") {
    Log log;
    log.open();
    log_::info("", "fetch https://joe:geheim@example.org/x.git");
    CHECK(log.text().find("geheim") == std::string::npos);
    CHECK(log.text().find("example.org/x.git") != std::string::npos);
}

TEST_CASE("log: levels decide about the file and stderr") {
    Log log;
    log.options.stderr_level = log_::Level::warning;
    log.open();
    const std::string shown = on_stderr([] {
        log_::debug("", "one");
        log_::info("", "two");
        log_::warning("", "three");
        log_::set_stderr_level(log_::Level::error);
        log_::warning("", "four");
        log_::error("", "five");
    });
    CHECK(log.sentences() == Lines{"info two", "warning three", "warning four", "error five"});
    CHECK(shown.find("two") == std::string::npos);
    CHECK(shown.find("] warning three\n") != std::string::npos);
    CHECK(shown.find("four") == std::string::npos);
    CHECK(shown.find("] error five\n") != std::string::npos);
}

TEST_CASE("log: only the level is coloured, and only on stderr") {
    Log log;
    log.options.colour = true;
    log.open();
    const std::string shown = on_stderr([] { log_::error("smart-meter", "broken"); });
    CHECK(shown.find("\x1b[31m\x1b[1merror\x1b[m (smart-meter) broken\n") != std::string::npos);
    CHECK(log.sentences() == Lines{"error (smart-meter) broken"});
}

TEST_CASE("log::record: to the file only") {
    Log log;
    log.open();
    CHECK(on_stderr([] { log_::record(log_::Level::error, "smart-meter", "said"); }).empty());
    CHECK(log.sentences() == Lines{"error (smart-meter) said"});
}

TEST_CASE("log::with_hint: the hint on a separate line, no line without a hint") {
    CHECK(gup::log::with_hint("it failed", "try again") == "it failed\nhint: try again");
    CHECK(gup::log::with_hint("it failed", "") == "it failed");
}

TEST_CASE("log: a silent run writes nothing") {
    Log log;
    log.open();
    log_::debug("", "not wanted");
    CHECK_FALSE(gup::is_folder(log.options.file.parent_path()));
}

TEST_CASE("log: appends to an existing file") {
    Log log;
    log.open();
    log_::info("", "one");
    log.open();
    log_::info("", "two");
    CHECK(log.sentences() == Lines{"info one", "info two"});
}

TEST_CASE("log: rotates by size, and keeps max_files of them with gup.log") {
    Log log;
    log.options.max_size = 200;
    log.options.max_files = 3;
    log.open();
    for (int number = 0; number < 40; ++number) log_::info("", "message " + std::to_string(number));
    CHECK(gup::list_folder(log.options.file.parent_path()).value() == Lines{"gup.1.log", "gup.2.log", "gup.log"});
    CHECK(log.sentences().back() == "info message 39");
    for (const char* name : {"gup.log", "gup.1.log", "gup.2.log"}) {
        CHECK(log.text(name).size() <= 200);
        CHECK(log.text(name).size() > 20);
    }
    CHECK(log.text("gup.1.log").find("message 39") == std::string::npos);
}

TEST_CASE("log: only one file if max_files is one") {
    Log log;
    log.options.max_size = 200;
    log.options.max_files = 1;
    log.open();
    for (int number = 0; number < 40; ++number) log_::info("", "message " + std::to_string(number));
    CHECK(gup::list_folder(log.options.file.parent_path()).value() == Lines{"gup.log"});
    CHECK(log.sentences().back() == "info message 39");
}

TEST_CASE("log: a file that cannot be written is reported once on stderr, and the program continues") {
    Log log;
    REQUIRE(gup::write_file_atomically(log.folder.path() / "file", "").ok());
    log.options.file = log.folder.path() / "file" / "gup.log";
    log.open();
    const std::string shown = on_stderr([] {
        log_::info("", "one");
        log_::info("", "two");
    });
    const std::string words = "cannot write the log " + log.options.file.native();
    const std::size_t first = shown.find(words);
    CHECK(first != std::string::npos);
    CHECK(shown.find(words, first + 1) == std::string::npos);
}

TEST_CASE("log: a file that a person moved away is created again") {
    Log log;
    log.open();
    log_::info("", "one");
    fs::rename(log.options.file, log.options.file.parent_path() / "moved");
    log_::info("", "two");
    CHECK(log.sentences() == Lines{"info two"});
}

TEST_CASE("ConnectorScope: names the thread's messages that have no connector") {
    Log log;
    log.open();
    {
        const log_::ConnectorScope outer("outer");
        log_::info("", "a");
        {
            const log_::ConnectorScope inner("inner");
            log_::info("", "b");
            log_::info("given", "c");
        }
        log_::info("", "d");
        std::thread([] { log_::info("", "e"); }).join();
    }
    log_::info("", "f");
    CHECK(log.sentences() ==
          Lines{"info (outer) a", "info (inner) b", "info (given) c", "info (outer) d", "info e", "info f"});
}

TEST_CASE("log: lines of several threads do not mix") {
    Log log;
    log.options.max_size = 1U << 24U;
    log.open();
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([] {
            for (int number = 0; number < 100; ++number) log_::info("", "first\nsecond");
        });
    }
    for (std::thread& thread : threads) thread.join();
    const Lines sentences = log.sentences();
    REQUIRE(sentences.size() == 800);
    bool whole = true;
    for (std::size_t at = 0; at < sentences.size(); at += 2) {
        whole = whole && sentences[at] == "info first" && sentences[at + 1] == "info second";
    }
    CHECK(whole);
}
