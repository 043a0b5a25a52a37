// SPDX-License-Identifier: Apache-2.0
#include "core/journal_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::string_view header_word = "gup-journal ";
constexpr std::string_view begin_word = "begin ";
constexpr std::string_view step_word = "step ";

// All of ASCII that is printable, but space, '=' and '%', which have a meaning in a line.
constexpr std::string_view plain_marks = "!\"#$&'()*+,-./:;<>?@[\\]^_`{|}~";

std::string encoded(std::string_view text) {
    return percent_encoded(text, plain_marks);
}

// Nullopt for texts that encoded() never gives.
std::optional<std::string> decoded(std::string_view text) {
    std::string out = percent_decoded(text);
    if (encoded(out) != text) return std::nullopt;
    return out;
}

std::string_view take_word(std::string_view& rest) {
    const auto space = rest.find(' ');
    const std::string_view word = rest.substr(0, space);
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    return word;
}

std::optional<JournalStep> parse_step(std::string_view rest) {
    const auto kind = decoded(take_word(rest));
    if (!kind || kind->empty()) return std::nullopt;
    JournalStep step{*kind, {}};
    while (!rest.empty()) {
        const std::string_view pair = take_word(rest);
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos || equals == 0) return std::nullopt;
        const auto key = decoded(pair.substr(0, equals));
        const auto value = decoded(pair.substr(equals + 1));
        if (!key || !value || !step.values.emplace(*key, *value).second) return std::nullopt;
    }
    return step;
}

bool is_version(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

Error corrupt(int line, std::string_view what) {
    return {ErrorCode::corrupt, fmt::format("the journal is damaged in line {}: {}", line, what), {}};
}

Status check_header(std::string_view line) {
    if (line == journal_header.substr(0, journal_header.size() - 1)) return {};
    if (line.starts_with(header_word) && is_version(line.substr(header_word.size()))) {
        return Error{ErrorCode::unsupported,
                     fmt::format("the journal is of version {}, and this program knows version 1",
                                 line.substr(header_word.size(), 10)),
                     "finish it with the version of gup-agent that wrote it"};
    }
    return corrupt(1, "it does not begin like a journal");
}

// Reads the lines after the header, each in the state of the lines before it.
class Reader {
public:
    [[nodiscard]] Status read(std::string_view line, int number) {
        if (record_ && record_->ended) return corrupt(number, "something follows the end");
        if (line.starts_with(begin_word)) return begin(line.substr(begin_word.size()), number);
        if (!record_) return corrupt(number, "no transaction was begun");
        if (line.starts_with(step_word)) return step(line.substr(step_word.size()), number);
        if (line == journal_commit.substr(0, journal_commit.size() - 1)) {
            if (record_->committed) return corrupt(number, "it is committed twice");
            if (record_->undone > 0) return corrupt(number, "it is committed after an undone step");
            record_->committed = true;
            return {};
        }
        if (line == journal_undone.substr(0, journal_undone.size() - 1)) {
            if (record_->committed) return corrupt(number, "a step is undone after the commit");
            if (record_->undone < record_->steps.size()) ++record_->undone;
            return {};
        }
        if (line == journal_end.substr(0, journal_end.size() - 1)) {
            record_->ended = true;
            return {};
        }
        return corrupt(number, "the line is none of begin, step, undone, commit, end");
    }

    [[nodiscard]] std::optional<JournalRecord> take() { return std::move(record_); }

private:
    [[nodiscard]] Status begin(std::string_view rest, int number) {
        if (record_) return corrupt(number, "a second transaction begins");
        const auto id = decoded(take_word(rest));
        const auto connector = decoded(rest);
        if (!id || !connector || id->empty() || connector->empty())
            return corrupt(number, "begin needs an id and a connector");
        record_ = JournalRecord{*id, *connector, {}, 0, false, false};
        return {};
    }

    [[nodiscard]] Status step(std::string_view rest, int number) {
        auto parsed = parse_step(rest);
        if (!parsed) return corrupt(number, "the step cannot be read");
        // Committed steps are not undone, and no step starts after the commit.
        if (record_->committed) return corrupt(number, "a step follows the commit");
        if (record_->undone > 0) return corrupt(number, "a step follows an undone one");
        record_->steps.push_back(std::move(*parsed));
        return {};
    }

    std::optional<JournalRecord> record_;
};

}  // namespace

Result<std::string> value_of(const JournalStep& step, const char* key) {
    const auto found = step.values.find(key);
    if (found != step.values.end()) return found->second;
    return Error{ErrorCode::corrupt, fmt::format("the journal has a step {} without {}", step.kind, key), {}};
}

std::string format_begin(std::string_view id, std::string_view connector) {
    return fmt::format("{}{} {}\n", begin_word, encoded(id), encoded(connector));
}

std::string format_step(const JournalStep& step) {
    std::string line = fmt::format("{}{}", step_word, encoded(step.kind));
    for (const auto& [key, value] : step.values) line += fmt::format(" {}={}", encoded(key), encoded(value));
    line += '\n';
    return line;
}

std::optional<JournalStep> parse_step_line(std::string_view line) {
    if (!line.starts_with(step_word) || !line.ends_with('\n')) return std::nullopt;
    line.remove_suffix(1);
    return line.find('\n') == std::string_view::npos ? parse_step(line.substr(step_word.size())) : std::nullopt;
}

Result<std::optional<JournalRecord>> parse_journal(std::string_view text) {
    Reader reader;
    int number = 0;
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        ++number;
        GUP_CHECK(number == 1 ? check_header(line) : reader.read(line, number));
    }
    return reader.take();
}

Recovery plan_recovery(const JournalRecord& record) {
    if (record.ended) return {};
    if (record.committed) return {RecoveryAction::clean_up, record.steps};
    const auto undone = static_cast<std::ptrdiff_t>(std::min(record.undone, record.steps.size()));
    return {RecoveryAction::undo, {record.steps.rbegin() + undone, record.steps.rend()}};
}

}  // namespace gup
