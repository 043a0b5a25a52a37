// SPDX-License-Identifier: Apache-2.0
#include "python/installer/hash_checking.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/packaging/specifier.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr const char* without_hash = "it has no hash, and other packages of the declaration have hashes";
constexpr std::string_view mismatch_of_pip = "DO NOT MATCH THE HASHES";
constexpr std::string_view mismatch_of_uv = "Hash mismatch for `";

// Not held back: another line of the declaration may mend it.
InstallerCause refused(std::string reason) {
    return {PinFailureKind::conflict, std::move(reason)};
}

bool has_hash(const Requirement& requirement) {
    constexpr std::array<std::string_view, 3> fragments{"#sha256=", "#sha384=", "#sha512="};
    return !requirement.hashes.empty() || std::any_of(fragments.begin(), fragments.end(), [&](std::string_view mark) {
        return contains(requirement.source, mark);
    });
}

bool is_exact(const Requirement& requirement) {
    if (!requirement.version.empty() || !requirement.source.empty()) return true;
    const auto range = SpecifierSet::parse(requirement.range);
    return range.ok() && range->exact();
}

std::string_view after_mark(std::string_view text, std::string_view mark) {
    const auto at = text.find(mark);
    return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
}

// "gup-one" of "gup-one[x]==1.0 from https://…".
std::string_view leading_name(std::string_view text) {
    const auto end =
        std::find_if_not(text.begin(), text.end(), [](char c) { return is_letter_or_digit(c) || is_separator(c); });
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

class HashReader {
public:
    HashReader(const std::vector<std::string>& lines, const std::vector<Requirement>& pins)
        : lines_(lines), pins_(pins) {}

    std::vector<Blame> read() {
        for (at_ = 0; at_ < lines_.size(); ++at_) {
            const std::string_view line = trimmed(lines_[at_]);
            if (contains(line, mismatch_of_pip)) {
                read_mismatches_of_pip();
            } else if (contains(line, mismatch_of_uv)) {
                read_mismatch_of_uv(line);
            } else if (contains(line, "--require-hashes mode, all requirements must have their versions pinned")) {
                read_unpinned_of_pip();
            } else if (contains(line, "Hashes are required in --require-hashes mode")) {
                read_without_hash_of_pip();
            } else if (contains(line, "Hash-checking is required, but no trusted hash was provided for")) {
                blame_only(quoted(line));
            }
        }
        return std::move(blames_);
    }

private:
    struct Mismatch {
        std::string_view requirement;  // "gup-one==1.0"
        std::string file;
        std::vector<std::string> expected;
        std::string got;
    };

    [[nodiscard]] bool is_indented() const { return at_ < lines_.size() && lines_[at_].starts_with("    "); }

    static std::string_view quoted(std::string_view line) {
        std::string_view rest = after_mark(line, "`");
        return take_until(rest, '`');
    }

    // Lines of the requirements file are in the order of the pins.
    [[nodiscard]] std::optional<std::size_t> find_pin(std::string_view text) const {
        for (std::size_t pin = 0; pin < pins_.size(); ++pin) {
            if (is_same_name(pins_[pin].name, leading_name(text))) return pin;
        }
        for (std::size_t pin = 0; pin < pins_.size(); ++pin) {
            if (contains(text, fmt::format("(line {})", pin + 1))) return pin;
        }
        return std::nullopt;
    }

    void blame(std::optional<std::size_t> pin, InstallerCause cause) {
        if (!pin) return;
        for (const Blame& known : blames_) {
            if (known.pin == *pin) return;
        }
        blames_.push_back({std::move(cause), *pin});
    }

    void blame_mismatch(const Mismatch& found) {
        blame(find_pin(found.requirement),
              {PinFailureKind::not_available, fmt::format("{} has the hash {}, but the declaration names {}",
                                                          found.file, found.got, fmt::join(found.expected, " or "))});
    }

    // "gup-one==1.0 from https://…/gup_one-1.0-py3-none-any.whl (from -r requirements.txt (line 1)):", then the hashes.
    void read_mismatches_of_pip() {
        ++at_;
        while (is_indented()) {
            Mismatch found;
            found.requirement = trimmed(lines_[at_]);
            found.file = file_in(found.requirement);
            std::string algorithm;
            for (++at_; is_indented() && lines_[at_].starts_with("        "); ++at_) {
                const auto words = words_in(lines_[at_]);
                if (words.size() == 3 && words[0] == "Expected") {
                    if (words[1] != "or") algorithm = words[1];
                    found.expected.push_back(fmt::format("{}:{}", algorithm, words[2]));
                } else if (words.size() == 2 && words[0] == "Got") {
                    found.got = fmt::format("{}:{}", algorithm, words[1]);
                }
            }
            blame_mismatch(found);
        }
    }

    static std::string file_in(std::string_view line) {
        std::string_view url = after_mark(line, " from ");
        url = url.substr(0, url.find(' '));
        url = url.substr(0, url.find('#'));
        return percent_decoded(url.substr(url.rfind('/') + 1));
    }

    // uv names no file: that is the archive's URL, or the package.
    void read_mismatch_of_uv(std::string_view line) {
        Mismatch found;
        found.requirement = quoted(line);
        const std::string_view url = after_mark(found.requirement, " @ ");
        found.file = url.empty() ? fmt::format("the archive of {}", found.requirement)
                                 : percent_decoded(url.substr(url.rfind('/') + 1));
        bool is_computed = false;
        for (++at_; at_ < lines_.size(); ++at_) {
            const std::string_view text = trimmed(lines_[at_]);
            if (text == "Expected:" || text == "Computed:") {
                is_computed = text == "Computed:";
            } else if (contains(text, ":") && leading_name(text).starts_with("sha")) {
                if (is_computed) {
                    found.got = text;
                } else {
                    found.expected.emplace_back(text);
                }
            } else if (!text.empty()) {
                break;
            }
        }
        --at_;
        blame_mismatch(found);
    }

    // "gup-base>=1.0 from https://… (from gup-app==1.0->-r requirements.txt (line 1))".
    void read_unpinned_of_pip() {
        for (++at_; is_indented(); ++at_) {
            const std::string_view line = trimmed(lines_[at_]);
            blame(find_pin(after_mark(line, "(from ")),
                  refused(fmt::format("it needs {}, for which the declaration names no version and hash",
                                      line.substr(0, line.find(' ')))));
        }
        --at_;
    }

    // "gup-base==1.5 --hash=sha256:…": the hash is that of the archive that was downloaded.
    void read_without_hash_of_pip() {
        for (++at_; is_indented(); ++at_) {
            const std::string_view line = trimmed(lines_[at_]);
            const std::string_view package = line.substr(0, line.find(' '));
            if (const auto pin = find_pin(package)) {
                blame(pin, refused(without_hash));
            } else {
                blame_only(package);
            }
        }
        --at_;
    }

    void blame_only(std::string_view needed) {
        if (pins_.size() != 1) return;
        blame(0, refused(fmt::format("it needs {}, for which the declaration names no hash", needed)));
    }

    const std::vector<std::string>& lines_;
    const std::vector<Requirement>& pins_;
    std::size_t at_ = 0;
    std::vector<Blame> blames_;
};

}  // namespace

bool has_hashes(const InstallJob& job) {
    const auto of_request = [](const InstallRequest& one) { return !one.requirement.hashes.empty(); };
    return std::any_of(job.requests.begin(), job.requests.end(), of_request) ||
           std::any_of(job.satisfied.begin(), job.satisfied.end(), of_request) ||
           std::any_of(job.constraints.begin(), job.constraints.end(),
                       [](const Requirement& one) { return !one.hashes.empty(); });
}

bool is_archive(const InstallRequest& request) {
    return request.folder.empty() && git_url_of(request.requirement.source).empty();
}

std::optional<InstallerCause> reason_against_checking(const InstallRequest& request) {
    const Requirement& requirement = request.requirement;
    if (!is_archive(request)) return refused("it is no archive");
    if (!has_hash(requirement)) return refused(without_hash);
    if (!is_exact(requirement)) {
        return refused(fmt::format("it has a hash, but no exact version: {}",
                                   requirement.range.empty() ? "any would do" : requirement.range));
    }
    return std::nullopt;
}

bool tells_of_mismatch(const std::vector<std::string>& lines) {
    return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
        return contains(line, mismatch_of_pip) || contains(line, mismatch_of_uv);
    });
}

std::vector<Blame> read_hash_failures(const std::vector<std::string>& lines, const std::vector<Requirement>& pins) {
    return HashReader(lines, pins).read();
}

}  // namespace gup
