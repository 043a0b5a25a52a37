// SPDX-License-Identifier: Apache-2.0
#include "app/output/live_block.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "app/output/asking_line.hpp"
#include "app/output/live_lines.hpp"
#include "util/text_width.hpp"

using namespace gup;

namespace {

class HandMovedClock final : public Clock {
public:
    [[nodiscard]] UnixTime now() const override { return 0; }
    [[nodiscard]] Milliseconds monotonic() const override { return time_; }
    void pass(int milliseconds) { time_ += Milliseconds{milliseconds}; }

private:
    Milliseconds time_{5'000};
};

using Frame = std::vector<std::string>;

Activity fetched(std::uint64_t bytes) {
    return {"fetching", bytes, Milliseconds{0}};
}

Activity said(const char* what) {
    return {what, 0, Milliseconds{0}};
}

Activity waits(const char* what, int milliseconds) {
    return {what, 0, Milliseconds{milliseconds}};
}

// What was written to it since the last call.
class Written {
public:
    Written() : file_(std::tmpfile()) {}
    ~Written() { (void)std::fclose(file_); }
    Written(const Written&) = delete;
    Written& operator=(const Written&) = delete;
    [[nodiscard]] std::FILE* file() const { return file_; }
    std::string take() {
        (void)std::fseek(file_, at_, SEEK_SET);
        std::string text;
        for (int c = 0; (c = std::fgetc(file_)) != EOF;) text += static_cast<char>(c);
        at_ = std::ftell(file_);
        (void)std::fseek(file_, 0, SEEK_END);
        return text;
    }

private:
    std::FILE* file_;
    long at_ = 0;
};

}  // namespace

TEST_CASE("LiveBlock: a line for each connector that something is done with, and the number of the others") {
    HandMovedClock clock;
    LiveBlock block(clock);
    CHECK(block.frame({}).empty());
    block.start({"a", "b", "c"});
    CHECK(block.frame({}).empty());
    block.set("a", said(asking_remote));
    CHECK(block.frame({}) == Frame{"a: asking its remote", "… and 2 others"});
    block.set("b", said(waiting_for_turn));
    CHECK(block.frame({}) == Frame{"a: asking its remote", "b: waiting for its turn", "… and 1 other"});
    block.set("a", said(""));
    block.set("unknown", said("fetching"));
    CHECK(block.frame({}) == Frame{"b: waiting for its turn", "… and 2 others"});
    block.finish("b");
    CHECK(block.frame({}).empty());
    CHECK_FALSE(block.empty());
    block.start({"a", "a"});
    block.finish("a");
    block.finish("c");
    CHECK(block.empty());
}

TEST_CASE("LiveBlock: a step that takes time tells how much") {
    HandMovedClock clock;
    LiveBlock block(clock);
    block.start({"a"});
    block.set("a", said("creating its virtualenv"));
    clock.pass(1'999);
    CHECK(block.frame({}) == Frame{"a: creating its virtualenv"});
    clock.pass(1);
    CHECK(block.frame({}) == Frame{"a: creating its virtualenv (2 s)"});
    clock.pass(63'000);
    CHECK(block.frame({}) == Frame{"a: creating its virtualenv (1 min 5 s)"});
    block.set("a", said("installing: Collecting six"));
    CHECK(block.frame({}) == Frame{"a: installing: Collecting six"});
    clock.pass(3'000);
    block.set("a", said("installing: Downloading six"));  // the same step
    CHECK(block.frame({}) == Frame{"a: installing: Downloading six (3 s)"});
    block.set("a", fetched(2048));
    clock.pass(2'000);
    block.set("a", fetched(4096));
    CHECK(block.frame({}) == Frame{"a: fetching 4.0 KiB (2 s)"});
}

TEST_CASE("LiveBlock: what is waited for is counted down") {
    HandMovedClock clock;
    LiveBlock block(clock);
    block.start({"a"});
    block.set("a", waits("no answer, try 2 of 4", 3'000));
    CHECK(block.frame({}) == Frame{"a: no answer, try 2 of 4 in 3 s"});
    clock.pass(1'500);
    CHECK(block.frame({}) == Frame{"a: no answer, try 2 of 4 in 2 s"});
    clock.pass(9'000);
    CHECK(block.frame({}) == Frame{"a: no answer, try 2 of 4 in 1 s"});
    block.set("a", said(asking_remote));
    CHECK(block.frame({}) == Frame{"a: asking its remote"});
}

TEST_CASE("LiveBlock: the cost is the time of its own steps and the bytes of all of them") {
    HandMovedClock clock;
    LiveBlock block(clock);
    block.start({"a"});
    clock.pass(1'000);  // nothing is done with it
    block.set("a", fetched(0));
    clock.pass(1'000);
    block.set("a", fetched(1'000));
    clock.pass(1'000);
    block.set("a", fetched(3'000));
    block.set("a", fetched(200));  // told by another thread
    block.set("a", said(waiting_for_turn));
    clock.pass(60'000);
    block.set("a", Activity{"fetching submodules", 500, Milliseconds{0}});
    clock.pass(2'000);
    const Cost cost = block.finish("a");
    CHECK(cost.time == Milliseconds{4'000});
    CHECK(cost.bytes == 3'500);
    CHECK(block.finish("a").bytes == 0);
}

TEST_CASE("LiveBlock: never more lines and columns than the screen has, and those that wait go first") {
    HandMovedClock clock;
    LiveBlock block(clock);
    std::vector<std::string> names;
    for (int i = 0; i < 50; ++i) names.push_back("connector-" + std::to_string(i));
    block.start(names);
    for (const std::string& name : names) block.set(name, said(waiting_for_turn));
    block.set("connector-49",
              said("fetching \xE4\xB8\x80\xE4\xB8\x80\xE4\xB8\x80\xE4\xB8\x80 and a very long text \x1b[31m"));
    for (const std::size_t rows : {1, 2, 3, 4, 10, 24}) {
        for (const std::size_t columns : {1, 2, 10, 40, 80}) {
            const Frame frame = block.frame({columns, rows});
            CAPTURE(rows);
            CAPTURE(columns);
            CHECK(frame.size() <= std::max<std::size_t>(1, rows > 3 ? rows - 2 : 1));
            for (const std::string& line : frame) CHECK(text_width(line) <= std::max<std::size_t>(1, columns - 1));
        }
    }
    const Frame frame = block.frame({80, 10});
    REQUIRE(frame.size() == 8);
    CHECK(frame.front().starts_with("connector-49: fetching"));
    CHECK(frame.back() == "… and 43 others");
}

TEST_CASE("LiveLines: a text that came soon after the last drawing is drawn by the next tick") {
    HandMovedClock clock;
    Written written;
    std::string text = "one";
    LiveLines lines(
        written.file(), [&](const ScreenSize&) { return Frame{text}; }, clock);
    lines.changed();
    CHECK(written.take() == "one\n");
    text = "two";
    clock.pass(50);
    lines.changed();
    CHECK(written.take().empty());
    CHECK(lines.tick() == Milliseconds{50});
    clock.pass(50);
    CHECK(lines.tick() == Milliseconds{1'000});
    CHECK(written.take() == "\x1b[1A\r\x1b[Jtwo\n");
    clock.pass(999);
    CHECK(lines.tick() == Milliseconds{1});
    text = "two (1 s)";  // by time alone
    clock.pass(1);
    (void)lines.tick();
    CHECK(written.take() == "\x1b[1A\r\x1b[Jtwo (1 s)\n");
    clock.pass(1'000);
    (void)lines.tick();
    CHECK(written.take().empty());  // nothing has changed
    lines.print_above("done\n");
    CHECK(written.take() == "\x1b[1A\r\x1b[Jdone\ntwo (1 s)\n");
    lines.stop();
    CHECK(written.take() == "\x1b[1A\r\x1b[J");
    lines.stop();
    CHECK(written.take().empty());
}

TEST_CASE("AskingText: how many remotes are asked, how many are left, and the one that takes longest") {
    HandMovedClock clock;
    AskingText asking(clock);
    CHECK(asking.text().empty());
    asking.set("a", said(asking_remote));
    CHECK(asking.text() == "asking 1 remote (a)");
    clock.pass(1'000);
    asking.set("b", said(asking_remote));
    asking.set("c", said(asking_remote));
    CHECK(asking.text() == "asking 3 remotes, 3 left (a 1 s)");
    asking.set("a", said(waiting_for_turn));
    asking.set("c", said(""));
    clock.pass(34'000);
    CHECK(asking.text() == "asking 3 remotes, 1 left (b 34 s)");
    asking.set("b", waits("no answer, try 2 of 4", 3'000));
    CHECK(asking.text() == "asking 3 remotes, 1 left (b: no answer, try 2 of 4 in 3 s)");
    clock.pass(3'000);
    asking.set("b", said(asking_remote));
    CHECK(asking.text() == "asking 3 remotes, 1 left (b 37 s)");
    asking.set("b", said("no answer"));
    CHECK(asking.text().empty());
    asking.set("a", fetched(2048));
    clock.pass(2'000);
    CHECK(asking.text() == "a: fetching 2.0 KiB (2 s)");
}
