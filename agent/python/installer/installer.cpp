// SPDX-License-Identifier: Apache-2.0
#include "python/installer/installer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <optional>

#include "python/installer/broken_distributions.hpp"
#include "python/installer/hash_checking.hpp"
#include "python/installer/installer_command.hpp"
#include "python/installer/installer_output.hpp"
#include "python/installer/requirement_line.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr std::size_t lines_kept = 4000;
constexpr std::size_t lines_reported = 40;

using Pins = std::vector<std::size_t>;  // indexes into the requests

struct CallResult {
    bool success = false;
    int exit_code = 0;
    std::vector<std::string> lines;  // masked
};

std::string minutes(Milliseconds time) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return seconds % 60 == 0 ? fmt::format("{} min", seconds / 60) : fmt::format("{} s", seconds);
}

class Installation {
public:
    Installation(const ObservedVirtualenv& virtualenv, const InstallJob& job, const InstallerSettings& settings,
                 const std::function<void(std::string_view)>& on_line)
        : virtualenv_(virtualenv),
          job_(job),
          requests_(job.requests),
          settings_(settings),
          on_line_(on_line),
          without_dependencies_(job.is_lock) {}

    Result<InstallReport> run() {
        GUP_CHECK(check_virtualenv());
        GUP_TRY(tool_, choose_installer(virtualenv_, settings_, has_hashes(job_)));
        GUP_CHECK(remove_leftovers(virtualenv_));
        GUP_CHECK(remove_unmanageable(virtualenv_, requests_));

        Pins all(requests_.size());
        std::iota(all.begin(), all.end(), std::size_t{0});
        checks_hashes_ = has_hashes(job_);
        if (!checks_hashes_) {
            GUP_CHECK(install_all(std::move(all)));
            return std::move(report_);
        }
        Pins checked;
        Pins unchecked;
        for (const std::size_t i : all) {
            const auto reason = reason_against_checking(requests_[i]);
            if (!reason) {
                checked.push_back(i);
            } else if (!is_archive(requests_[i])) {
                unchecked.push_back(i);
            } else {
                fail(i, *reason);
            }
        }
        GUP_CHECK(install_all(std::move(checked)));
        // Nothing else comes with these: it would not be checked.
        checks_hashes_ = false;
        without_dependencies_ = true;
        GUP_CHECK(install_all(std::move(unchecked)));
        return std::move(report_);
    }

private:
    Status install_all(Pins all) {
        if (!tool_.uv) {
            // --force-reinstall applies to a whole call with all dependencies. So the pins that need it get a call of
            // their own, without dependencies. They are also in the next call, which installs their dependencies.
            Pins forced;
            std::copy_if(all.begin(), all.end(), std::back_inserter(forced),
                         [&](auto i) { return requests_[i].reinstall; });
            if (!forced.empty()) GUP_CHECK(install(forced, InstallMode::forced));
        }
        all.erase(std::remove_if(all.begin(), all.end(), [&](auto i) { return has_failed(i); }), all.end());
        if (stopped_) {
            for (const std::size_t i : all) {
                if (!requests_[i].reinstall) fail(i, *stopped_);
            }
        } else if (!all.empty()) {
            GUP_CHECK(install(all, InstallMode::ordinary));
        }
        return {};
    }

    Status check_virtualenv() const {
        if (!virtualenv_.present) {
            return Error{ErrorCode::not_found, fmt::format("no virtualenv at {}", virtualenv_.path),
                         fmt::format("python3 -m venv {}", virtualenv_.path)};
        }
        if (!virtualenv_.defect.empty()) {
            return Error{ErrorCode::corrupt, fmt::format("{}: {}", virtualenv_.path, virtualenv_.defect),
                         fmt::format("create it again: rm -r {0}; python3 -m venv {0}", virtualenv_.path)};
        }
        return {};
    }

    [[nodiscard]] bool has_failed(std::size_t pin) const {
        return std::any_of(report_.failures.begin(), report_.failures.end(),
                           [&](const PinFailure& failure) { return is_of(failure, pin); });
    }

    [[nodiscard]] bool is_of(const PinFailure& failure, std::size_t pin) const {
        return failure.requirement == requests_[pin].requirement;
    }

    void fail(std::size_t pin, const InstallerCause& cause) {
        if (!has_failed(pin)) report_.failures.push_back({requests_[pin].requirement, cause.kind, cause.reason});
    }

    // Fails all of `pins` and all later calls.
    void stop(const Pins& pins, const InstallerCause& cause) {
        for (const std::size_t pin : pins) fail(pin, cause);
        stopped_ = cause;
    }

    // Calls again without the pins that are to blame, as long as the output names any.
    Status install(Pins pins, InstallMode mode) {
        while (!pins.empty()) {
            GUP_TRY(const auto called, call_or_stop(pins, mode));
            if (called && called->success && mode == InstallMode::ordinary) {
                done_.insert(done_.end(), pins.begin(), pins.end());
            }
            if (!called || called->success) return {};
            // The download may be damaged.
            if (checks_hashes_ && !is_downloaded_again_ && tells_of_mismatch(called->lines)) {
                is_downloaded_again_ = true;
                continue;
            }
            const Verdict verdict = read(*called, pins);
            if (verdict.hopeless) {
                stop(pins, *verdict.hopeless);
                return {};
            }
            if (verdict.blames.empty())
                return pins.size() == 1 ? blame_the_only(pins, *called) : install_each(pins, mode);
            Pins rest;
            for (std::size_t i = 0; i < pins.size(); ++i) {
                const auto is_it = [&](const Blame& blame) { return blame.pin == i; };
                const auto blame = std::find_if(verdict.blames.begin(), verdict.blames.end(), is_it);
                if (blame == verdict.blames.end()) {
                    rest.push_back(pins[i]);
                } else {
                    fail(pins[i], *blame);
                }
            }
            pins = std::move(rest);
        }
        return {};
    }

    // With hashes, a pin may need another one, which is known only once that one is installed.
    Status install_each(Pins pins, InstallMode mode) {
        for (bool is_again = false; !pins.empty(); is_again = true) {
            const std::size_t done_before = done_.size();
            for (const std::size_t pin : pins) {
                if (is_again) std::erase_if(report_.failures, [&](const auto& one) { return is_of(one, pin); });
                if (stopped_) {
                    fail(pin, *stopped_);
                } else {
                    GUP_CHECK(install({pin}, mode));
                }
            }
            if (!checks_hashes_ || stopped_ || done_.size() == done_before) return {};
            std::erase_if(pins, [&](std::size_t pin) { return !has_failed(pin); });
        }
        return {};
    }

    Status blame_the_only(const Pins& pins, const CallResult& called) {
        const auto is_said = [](const std::string& line) { return line.find_first_not_of(" \t") != std::string::npos; };
        const auto last = std::find_if(called.lines.rbegin(), called.lines.rend(), is_said);
        fail(pins.front(),
             {PinFailureKind::unknown, fmt::format("{} ended with exit code {}: {}", tool_.name(), called.exit_code,
                                                   last == called.lines.rend() ? "it printed nothing" : *last)});
        return {};
    }

    [[nodiscard]] Verdict read(const CallResult& called, const Pins& pins) const {
        std::vector<Requirement> requirements;
        for (const std::size_t pin : pins) requirements.push_back(requests_[pin].requirement);
        if (checks_hashes_) {
            if (auto blames = read_hash_failures(called.lines, requirements); !blames.empty())
                return {std::nullopt, std::move(blames)};
        }
        Verdict verdict = read_verdict(called.lines, requirements);
        if ((checks_hashes_ || job_.is_lock) && !verdict.hopeless && verdict.blames.empty()) {
            verdict.blames = read_named_missing(called.lines, requirements);
        }
        if (!verdict.hopeless && verdict.blames.empty() && !virtualenv_.unreadable.empty() && !tool_.uv) {
            verdict.hopeless = {
                PinFailureKind::unknown,
                fmt::format("{} is not UTF-8: pip cannot work in this virtualenv", virtualenv_.unreadable.front())};
        }
        return verdict;
    }

    // nullopt: a timeout after earlier calls that have results to report.
    Result<std::optional<CallResult>> call_or_stop(const Pins& pins, InstallMode mode) {
        auto called = call(pins, mode);
        if (called.ok()) return std::optional(std::move(*called));
        if (called.error().code != ErrorCode::timeout) return called.error();
        const std::string reason = fmt::format("{} took longer than {}", tool_.name(), minutes(settings_.timeout));
        if (report_.calls < 2) return Error{ErrorCode::timeout, reason, "installer timeout in gup-agent.toml"};
        stop(pins, {PinFailureKind::unknown, reason});
        return std::optional<CallResult>();
    }

    Result<CallResult> call(const Pins& pins, InstallMode mode) {
        if (stop_requested()) return Error{ErrorCode::cancelled, "stopped before the installer was called", {}};
        GUP_TRY(const TemporaryFolder folder, TemporaryFolder::make(settings_.temporary_folder));
        GUP_TRY(ProcessRequest process, prepare(folder.path(), pins, mode));
        std::deque<std::string> lines;
        process.on_line = [&](std::string_view line) {
            lines.push_back(mask_secrets(line));
            keep_warning(lines.back());
            if (lines.size() > lines_kept) lines.pop_front();
            if (on_line_) on_line_(lines.back());
        };
        ++report_.calls;
        auto ended = run_process(process);
        CallResult result;
        result.lines.assign(std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
        if (!ended.ok() || !ended->success()) keep_last(result.lines);
        if (!ended.ok()) return ended.error().with_context(fmt::format("cannot run {}", tool_.name()));
        result.success = ended->success();
        result.exit_code = ended->exit_code;
        return result;
    }

    // Writes the requirement file (the only place for URLs) and, if needed, the constraints and the answers to git's
    // questions.
    Result<ProcessRequest> prepare(const fs::path& folder, const Pins& pins, InstallMode mode) const {
        CallFiles files{folder, folder / "requirements.txt", {}};
        files.requires_hashes = checks_hashes_;
        files.without_dependencies = without_dependencies_;
        files.names_index = std::any_of(job_.index_options.begin(), job_.index_options.end(), names_index);
        std::string text;
        std::vector<GitCredential> credentials;
        std::vector<std::string> again;
        const auto add = [&](RequirementLine line) {
            text += line.text + "\n";
            std::move(line.credentials.begin(), line.credentials.end(), std::back_inserter(credentials));
        };
        for (const std::size_t pin : pins) {
            const InstallRequest& request = requests_[pin];
            const bool done = request.reinstall && mode == InstallMode::ordinary && !tool_.uv && !checks_hashes_;
            add(requirement_line(request, tool_, done ? InstallMode::satisfied : mode));
            if (request.reinstall && tool_.uv)
                again.insert(again.end(), {"--reinstall-package", request.requirement.name});
        }
        if (checks_hashes_ && mode != InstallMode::forced) {
            for (const InstallRequest* other : known_to_installer(pins)) {
                add(requirement_line(*other, tool_, InstallMode::ordinary));
            }
        }
        text += option_lines(job_.index_options);  // behind the pins, whose line numbers are in the output
        GUP_CHECK(write_file_atomically(files.requirement_file, text, 0600));
        if (!job_.constraints.empty() && mode != InstallMode::forced) {
            files.constraint_file = folder / "constraints.txt";
            text.clear();
            for (const Requirement& constraint : job_.constraints) add(constraint_line(constraint, tool_));
            GUP_CHECK(write_file_atomically(files.constraint_file, text, 0600));
        }
        if (!credentials.empty()) {
            files.askpass = folder / "askpass";
            GUP_CHECK(write_file_atomically(files.askpass, askpass_script(credentials), 0700));
        }
        ProcessRequest process = installer_process(tool_, virtualenv_, settings_, files);
        process.argv.insert(process.argv.end(), again.begin(), again.end());
        if (mode == InstallMode::forced) process.argv.insert(process.argv.end(), {"--force-reinstall", "--no-deps"});
        return process;
    }

    // The requirements that are satisfied, apart from `pins`: a package that needs one of them is not installed unless
    // its hash is known.
    [[nodiscard]] std::vector<const InstallRequest*> known_to_installer(const Pins& pins) const {
        std::vector<const InstallRequest*> known;
        for (const std::size_t pin : done_) {
            if (std::find(pins.begin(), pins.end(), pin) == pins.end()) known.push_back(&requests_[pin]);
        }
        for (const InstallRequest& one : job_.satisfied) {
            if (!reason_against_checking(one)) known.push_back(&one);
        }
        return known;
    }

    static bool names_index(const std::string& option) {
        return option.starts_with("--index-url") || option.starts_with("-i") || option == "--no-index";
    }

    // A warning of several lines, as that of a yanked release, is one.
    void keep_warning(const std::string& line) {
        std::vector<std::string>& warnings = report_.warnings;
        if (is_reason_of_yanking(line) && !warnings.empty()) {
            warnings.back() += " " + line;
        } else if (is_told_warning(line) && std::find(warnings.begin(), warnings.end(), line) == warnings.end()) {
            warnings.push_back(line);
        }
    }

    void keep_last(const std::vector<std::string>& lines) {
        report_.last_output.clear();
        for (std::size_t i = lines.size() - std::min(lines.size(), lines_reported); i < lines.size(); ++i) {
            report_.last_output += lines[i] + "\n";
        }
    }

    const ObservedVirtualenv& virtualenv_;
    const InstallJob& job_;
    const std::vector<InstallRequest>& requests_;  // of the job
    const InstallerSettings& settings_;
    const std::function<void(std::string_view)>& on_line_;
    InstallerTool tool_;
    InstallReport report_;
    bool checks_hashes_ = false;
    bool without_dependencies_;
    bool is_downloaded_again_ = false;
    Pins done_;                              // those of calls that succeeded
    std::optional<InstallerCause> stopped_;  // another call would fail in the same way
};

}  // namespace

Result<InstallReport> install_pins(const ObservedVirtualenv& virtualenv, const InstallJob& job,
                                   const InstallerSettings& settings,
                                   const std::function<void(std::string_view line)>& on_line) {
    if (job.requests.empty()) return InstallReport{};
    return Installation(virtualenv, job, settings, on_line).run();
}

}  // namespace gup
