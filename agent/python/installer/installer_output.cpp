#include "python/installer/installer_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "python/installer/git_askpass.hpp"
#include "python/installer/installer_symptoms.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr std::string_view name_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

// The distribution's name at the start of "paho-mqtt==1.3.1 (from …)".
std::string_view leading_name(std::string_view text) {
    return text.substr(0, std::min(text.find_first_not_of(name_characters), text.size()));
}

// "foo-1.0.tar.gz" of "./w/foo-1.0.tar.gz (from -r F (line 2))".
std::string_view file_name(std::string_view text) {
    const std::string_view path = text.substr(0, text.find(' '));
    return path.substr(path.rfind('/') + 1);
}

std::string_view after(std::string_view text, std::string_view mark) {
    const auto at = text.find(mark);
    return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
}

class OutputReader {
public:
    OutputReader(const std::vector<std::string>& lines, const std::vector<Requirement>& pins)
        : lines_(lines), pins_(pins) {
        for (std::size_t i = 0; i < pins.size(); ++i) origin_[normalized_name(pins[i].name)] = i;
    }

    Verdict read() {
        for (at_ = 0; at_ < lines_.size(); ++at_) {
            const std::string& line = lines_[at_];
            if (const auto hopeless = read_hopeless(line)) {
                return {true, hopeless->kind, hopeless->reason, {}};
            }
            read_progress(line);
            if (const auto git = read_git_failure(line)) blame(pin_of_url(), git->kind, git->reason);
            read_pip_error(line);
            read_failed_step(without_margins(line));
            read_uv_error(line);
        }
        if (!no_solution_.empty()) read_no_solution();
        return std::move(verdict_);
    }

private:
    using Pin = std::optional<std::size_t>;

    // The first thing said of a pin is the cause, the rest follows from it.
    void blame(Pin pin, PinFailureKind kind, std::string reason) {
        if (!pin) return;
        for (const Blame& earlier : verdict_.blames) {
            if (earlier.pin == *pin) return;
        }
        verdict_.blames.push_back({*pin, kind, std::move(reason)});
    }

    // A pin, or the pin that brought the dependency `name` in.
    [[nodiscard]] Pin pin_of_name(std::string_view name) const {
        const auto found = origin_.find(normalized_name(name));
        return found == origin_.end() ? Pin() : Pin(found->second);
    }

    [[nodiscard]] Pin pin_of_line_number(std::string_view text) const {
        for (const std::string_view mark : {"(line ", "(from line "}) {
            const std::string_view rest = after(text, mark);
            std::size_t number = 0;
            const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
            if (parsed.ec == std::errc() && number >= 1 && number <= pins_.size()) return number - 1;
        }
        return std::nullopt;
    }

    // Of "dep>=1 (from foo)", "foo==1 (from -r F (line 2))", "./w/foo-1.0.tar.gz".
    [[nodiscard]] Pin pin_of_requirement(std::string_view text) const {
        if (const Pin pin = pin_of_line_number(text)) return pin;
        if (const Pin pin = pin_of_name(leading_name(text))) return pin;
        if (const Pin pin = pin_of_name(leading_name(after(text, "(from ")))) return pin;
        const std::string_view file = file_name(text);
        for (auto dash = file.find('-'); dash != std::string_view::npos; dash = file.find('-', dash + 1)) {
            if (const Pin pin = pin_of_name(file.substr(0, dash))) return pin;
        }
        return std::nullopt;
    }

    // git's errors come without a name, but uv quotes its command and pip says which repository it has begun with.
    // Two pins of one repository cannot be told apart: then nobody is blamed, and each is tried alone.
    [[nodiscard]] Pin pin_of_url() const {
        for (std::size_t back = 0; back <= std::min<std::size_t>(at_, 3); ++back) {
            const std::string& line = lines_[at_ - back];
            if (!contains(line, "`")) continue;
            std::vector<std::size_t> candidates;
            for (std::size_t i = 0; i < pins_.size(); ++i) {
                const std::string url = without_password(git_url_of(pins_[i].source)).url;
                if (!url.empty() && contains(line, "'" + url + "'")) candidates.push_back(i);
            }
            if (candidates.size() > 1) return std::nullopt;
            if (candidates.size() == 1) return candidates.front();
        }
        return current_;
    }

    // Which pin is being worked on, and where a dependency comes from. What a child of pip says is indented.
    void read_progress(std::string_view line) {
        for (const std::string_view verb : {"Collecting ", "Processing ", "Requirement already satisfied: "}) {
            if (!line.starts_with(verb)) continue;
            const std::string_view rest = line.substr(verb.size());
            const Pin pin = pin_of_requirement(rest);
            const bool is_path = rest.starts_with('.') || rest.starts_with('/');
            const std::string_view file = file_name(rest);
            const std::string_view name = is_path ? file.substr(0, file.find('-')) : leading_name(rest);
            if (pin) origin_.emplace(normalized_name(name), *pin);
            current_ = pin;
        }
        if (line.starts_with("  Running setup.py install for ") ||
            line.starts_with("    Running setup.py install for ")) {
            current_ = pin_of_name(leading_name(after(line, " for ")));
        }
        if (without_margins(line).starts_with("Building wheel for ")) {
            current_ = pin_of_name(leading_name(after(line, " for ")));
        }
        if (line.starts_with("   Updating ")) {
            for (std::size_t i = 0; i < pins_.size(); ++i) {
                const std::string url = git_url_of(pins_[i].source);
                if (!url.empty() && same_repository(url, leading_word(line.substr(12)))) current_ = i;
            }
        }
    }

    static std::string_view leading_word(std::string_view text) { return text.substr(0, text.find(' ')); }

    void read_pip_error(std::string_view line) {
        if (const auto rest = after(line, "WARNING: Discarding ");
            !rest.empty() && contains(rest, "Command errored out")) {
            blame(current_ ? current_ : pin_of_requirement(rest), PinFailureKind::build, build_reason());
        }
        if (contains(line, "has inconsistent ") || contains(line, "has different ")) {
            const std::string_view said =
                contains(line, "has inconsistent ") ? after(line, "has ") : after(line, " has different ");
            blame(pin_of_line_number(line) ? pin_of_line_number(line) : current_, PinFailureKind::not_available,
                  fmt::format("its source is of something else: {}", said));
        }
        if (contains(line, "(from line ")) {
            blame(pin_of_line_number(line), PinFailureKind::not_available, "pip does not understand the requirement");
        }
        if (const auto rest = after(line, "InvalidVersion: Invalid version: '"); !rest.empty()) {
            for (std::size_t i = 0; i < pins_.size(); ++i) {
                if (pins_[i].version == rest.substr(0, rest.find('\''))) {
                    blame(i, PinFailureKind::not_available, "pip does not understand the version");
                }
            }
        }
        if (line.starts_with("ERROR: ")) read_pip_error_line(line.substr(7));
    }

    void read_pip_error_line(std::string_view text) {
        if (const auto rest = after(text, "satisfies the requirement "); !rest.empty()) {
            blame_missing(rest);
        } else if (text.starts_with("No matching distribution found for ")) {
            blame(pin_of_requirement(after(text, " for ")), PinFailureKind::not_available, std::string(text));
        } else if (text.starts_with("Failed building wheel for ")) {
            blame(pin_of_name(leading_name(after(text, " for "))), PinFailureKind::build, build_reason());
        } else if (text.starts_with("Could not build wheels for ")) {
            blame_names(after(text, " for "), PinFailureKind::build, build_reason());
        } else if (text.starts_with("Failed to build installable wheels for ")) {
            blame_names(after(text, "("), PinFailureKind::build, build_reason());
        } else if (text.starts_with("Cannot install ")) {
            blame_conflict(text);
        } else if (text.starts_with("Package '")) {
            blame(pin_of_name(leading_name(after(text, "'"))), PinFailureKind::not_available, std::string(text));
        } else if (text.starts_with("Cannot uninstall ")) {
            const std::string_view name = after(text, "uninstall ");
            blame(pin_of_name(leading_name(name.substr(name.find_first_not_of('\'')))), PinFailureKind::unknown,
                  std::string(text));
        } else if (text.starts_with("Command errored out with exit status") && contains(text, "setup.py")) {
            blame(current_, PinFailureKind::build, build_reason());
        }
    }

    // "alpha==3.0 (from versions: 1.0, 2.0)", "nosuchdep>=3 (from gamma) (from versions: none)".
    void blame_missing(std::string_view rest) {
        const std::string_view wanted = leading_word(rest);
        std::string_view versions = after(rest, "(from versions: ");
        versions = versions.substr(0, versions.find(')'));
        std::string reason = fmt::format("no distribution of {} is on the index", wanted);
        if (versions == "none") {
            reason += " for this machine and Python";
        } else if (versions.size() > 60) {
            const auto comma = versions.find(", ", versions.size() - 60);
            reason += fmt::format(" (there are: …{})", comma == std::string_view::npos ? "" : versions.substr(comma));
        } else if (!versions.empty()) {
            reason += fmt::format(" (there are: {})", versions);
        }
        const Pin pin = pin_of_requirement(rest);
        blame(pin ? pin : current_, PinFailureKind::not_available, std::move(reason));
    }

    // "alpha, beta, which is required to install …" or "alpha, beta)".
    void blame_names(std::string_view list, PinFailureKind kind, const std::string& reason) {
        while (!list.empty()) {
            blame(pin_of_name(leading_name(list)), kind, reason);
            const auto comma = list.find(", ");
            if (comma == std::string_view::npos) break;
            list = list.substr(comma + 2);
        }
    }

    // "Cannot install -r F (line 2) and alpha==2.0 because these package versions have conflicting dependencies."
    void blame_conflict(std::string_view text) {
        std::string_view list = after(text, "Cannot install ");
        list = list.substr(0, list.find(" because "));
        const std::string reason = "its dependencies conflict with those of another pin: " + conflict_detail();
        while (!list.empty()) {
            const auto cut = std::min({list.find(" and "), list.find(", "), list.size()});
            const std::string_view item = list.substr(0, cut);
            blame(pin_of_requirement(item), PinFailureKind::conflict, reason);
            if (cut == list.size()) break;
            list = list.substr(cut + (list[cut] == ',' ? 2 : 5));
        }
    }

    // The indented lines under "The conflict is caused by:".
    [[nodiscard]] std::string conflict_detail() const {
        std::string detail;
        bool inside = false;
        for (std::size_t i = at_; i < lines_.size(); ++i) {
            if (lines_[i].starts_with("The conflict is caused by:")) {
                inside = true;
            } else if (inside && lines_[i].starts_with("    ")) {
                detail += fmt::format("{}{}", detail.empty() ? "" : ", ", without_margins(lines_[i]));
            } else if (inside) {
                break;
            }
        }
        return detail.empty() ? "pip names no cause" : detail;
    }

    // "× … did not run successfully", and "╰─> name" under "× Encountered error while …".
    void read_failed_step(std::string_view text) {
        if (text.starts_with("× git ") || text.starts_with("× Encountered error while generating package metadata")) {
            blame(current_, text.starts_with("× git ") ? PinFailureKind::unknown : PinFailureKind::build,
                  text.starts_with("× git ") ? std::string(text) : build_reason());
        } else if (text.starts_with("× ") && contains(text, "did not run successfully")) {
            blame(current_, PinFailureKind::build, build_reason());
        } else if (text.starts_with("╰─> ") && at_ > 0 && lines_[at_ - 1].starts_with("× Encountered error while")) {
            blame(pin_of_name(leading_name(after(text, "╰─> "))), PinFailureKind::build, build_reason());
        }
    }

    // The last thing that a build said, around this line.
    [[nodiscard]] std::string build_reason() const {
        const auto is_end = [](const std::string& line) {
            return contains(line, "[end of output]") || contains(line, "    -------------");
        };
        auto end = std::find_if(lines_.begin() + static_cast<std::ptrdiff_t>(at_), lines_.end(), is_end);
        if (end == lines_.end()) {
            const auto before = std::find_if(lines_.rbegin(), lines_.rend(), is_end);
            if (before == lines_.rend()) return "its build failed";
            end = before.base() - 1;
        }
        while (end != lines_.begin()) {
            const std::string_view said = without_margins(*--end);
            if (!said.empty()) return fmt::format("its build failed: {}", said.substr(0, 300));
        }
        return "its build failed";
    }

    void read_uv_error(std::string_view line) {
        const std::string_view text = without_margins(line);
        for (const std::string_view mark :
             {"error: Failed to build `", "error: Failed to download and build `", "Failed to download `",
              "Failed to download and build `", "× Failed to build `"}) {
            if (!text.starts_with(mark)) continue;
            // A git trouble stands further down and says more.
            const Pin pin = pin_of_name(leading_name(text.substr(mark.size())));
            current_ = pin;
            if (contains(mark, "download")) continue;
            blame(pin, PinFailureKind::build, "its build failed: " + uv_build_detail());
        }
        if (text.starts_with("error: Couldn't parse requirement")) parsing_ = true;
        if (parsing_ && !text.starts_with("error:") && !text.starts_with("cause:")) {
            const std::string_view name = leading_name(text);
            if (name.size() < text.size()) {
                blame(pin_of_name(name), PinFailureKind::not_available, "uv does not understand the requirement");
            }
        }
        if (contains(text, "No solution found when resolving dependencies")) no_solution_ = " ";
        if (!no_solution_.empty() && !text.starts_with("hint:")) no_solution_ += std::string(text) + " ";
    }

    // The last line of the build's stderr, before uv's own hint.
    [[nodiscard]] std::string uv_build_detail() const {
        std::string_view last;
        for (std::size_t i = at_ + 1; i < lines_.size(); ++i) {
            const std::string_view text = without_margins(lines_[i]);
            if (text.starts_with("hint:")) break;
            if (!text.empty()) last = text;
        }
        return std::string(last.substr(0, 300));
    }

    // uv's explanation in prose: something is not there, or else pins exclude each other.
    void read_no_solution() {
        for (const std::string_view mark : {"there is no version of ", "there are no versions of "}) {
            for (auto rest = after(no_solution_, mark); !rest.empty(); rest = after(rest, mark))
                blame_absent(leading_name(rest));
        }
        for (std::size_t at = 0; (at = no_solution_.find(" was not found in the ", at)) != std::string::npos; ++at) {
            const auto space = no_solution_.rfind(' ', at - 1);
            blame_absent(leading_name(std::string_view(no_solution_).substr(space + 1)));
        }
        if (!verdict_.blames.empty()) return;
        const auto cause = no_solution_.find("cause: ");
        const std::string detail = no_solution_.substr(cause == std::string::npos ? 0 : cause + 7);
        for (std::size_t i = 0; i < pins_.size(); ++i) {
            if (contains(detail, " " + normalized_name(pins_[i].name) + "==")) {
                blame(i, PinFailureKind::conflict, "its dependencies conflict with those of another pin: " + detail);
            }
        }
    }

    // A pin, or a dependency: "and gamma>=1.0 depends on nosuchdep>=3".
    void blame_absent(std::string_view name) {
        Pin pin = pin_of_name(name);
        auto depends = no_solution_.find(fmt::format(" depends on {}", name));
        if (depends == std::string::npos) depends = no_solution_.find(fmt::format(" depend on {}", name));
        if (!pin && depends != std::string::npos) {
            const auto space = no_solution_.rfind(' ', depends - 1);
            pin = pin_of_name(leading_name(std::string_view(no_solution_).substr(space + 1)));
        }
        blame(pin, PinFailureKind::not_available, fmt::format("{} is not on the index as it is wanted", name));
    }

    const std::vector<std::string>& lines_;
    const std::vector<Requirement>& pins_;
    std::map<std::string, std::size_t> origin_;  // normalized name → the pin that it is or comes from
    std::size_t at_ = 0;
    Pin current_;
    bool parsing_ = false;
    std::string no_solution_;
    Verdict verdict_;
};

}  // namespace

Verdict read_verdict(const std::vector<std::string>& lines, const std::vector<Requirement>& pins) {
    return OutputReader(lines, pins).read();
}

}  // namespace gup
