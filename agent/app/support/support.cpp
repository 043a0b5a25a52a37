// SPDX-License-Identifier: Apache-2.0
#include "app/support/support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/support/masker.hpp"
#include "util/clock.hpp"
#include "util/json.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/environment.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::uint32_t private_file = 0600;
constexpr std::size_t longest_fact = std::size_t{1} << 20U;
constexpr Milliseconds patience{60'000};

void add_url_secrets(const std::string& text, Masker& masker) {
    const auto url = parse_url(text);
    if (url.ok()) masker.add(url->password.reveal());
}

// What the configuration says is secret, wherever else it appears.
Masker masker_for(const Config& config) {
    Masker masker;
    masker.add(config.notify.token.reveal());
    masker.add(config.notify.url);
    if (const auto url = parse_url(config.notify.url); url.ok() && url->path.size() > 1) masker.add(url->path);
    add_url_secrets(config.notify.url, masker);
    add_url_secrets(config.http.proxy, masker);
    add_url_secrets(config.self_update.url, masker);
    for (const ConnectorSettings& one : config.connectors) {
        if (!one.is_declared) continue;
        masker.add(one.declared.s3.secret_key.reveal());
        masker.add(one.declared.s3.access_key);
        add_url_secrets(one.declared.source.url, masker);
    }
    return masker;
}

class Collector {
public:
    Collector(const Config& config, const SupportRequest& request, const fs::path& folder)
        : config_(config), request_(request), folder_(folder), masker_(masker_for(config)) {}

    Status collect() {
        GUP_CHECK(add_own("version.json", {"version", "--json"}));
        GUP_CHECK(add_own("status.json", {"status", "--json"}));
        GUP_CHECK(add_own("doctor.json", {"doctor", "--json"}));
        if (!config_.file.empty()) GUP_CHECK(add_file("gup-agent.toml", config_.file));
        GUP_CHECK(add_file("gup.log", config_.log.file));
        GUP_CHECK(add_journals());
        for (const auto& [name, argv] : system_facts()) GUP_CHECK(add_program(name, argv));
        GUP_CHECK(add_file("os-release.txt", "/etc/os-release"));
        GUP_CHECK(add_file("memory.txt", "/proc/meminfo"));
        GUP_CHECK(add_file("mounts.txt", "/proc/self/mounts"));
        return missing_.empty() ? Status{} : add("missing.txt", missing_);
    }

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

private:
    [[nodiscard]] std::vector<std::pair<const char*, std::vector<std::string>>> system_facts() const {
        const std::string root = config_.update.root.string();
        return {
            {"kernel.txt", {"uname", "-a"}},
            {"disks.txt", {"df", "-h"}},
            {"inodes.txt", {"df", "-i"}},
            {"uptime.txt", {"uptime"}},
            {"clock.txt", {"timedatectl"}},
            {"python.txt", {config_.update.interpreter, "--version"}},
            {"git.txt", {"git", "--version"}},
            {"files.txt", {"ls", "-la", "--", root, root + "/.gup", root + "/.pyenv", config_.update.state.string()}},
            {"timers.txt", {"systemctl", "list-timers", "--all", "--no-pager", "gup-agent*"}},
            {"units.txt", {"systemctl", "status", "--no-pager", "--lines=0", "gup-agent*"}},
            {"kernel-warnings.txt", {"dmesg", "--level=err,warn"}}};
    }

    // The journal of the agent's units, and of the services that the connectors name.
    Status add_journals() {
        std::vector<std::string> argv{"journalctl", "--no-pager", "--lines=500", "--unit=gup-agent*"};
        GUP_CHECK(add_program("journal-agent.txt", argv));
        for (const std::string& service : services_) {
            GUP_CHECK(add_program("journal-" + service + ".txt",
                                  {"journalctl", "--no-pager", "--lines=200", "--unit=" + service}));
        }
        return {};
    }

    Status add(const std::string& name, std::string_view text) {
        names_.push_back(name);
        return write_file_atomically(folder_ / name, masker_.masked(text), private_file);
    }

    void miss(const std::string& name, std::string_view reason) { missing_ += fmt::format("{}: {}\n", name, reason); }

    // The last megabyte.
    Status add_file(const std::string& name, const fs::path& file) {
        const auto info = file_info(file);
        if (!info.ok() || !*info || (*info)->kind != FileKind::regular) {
            miss(name, file.string() + " is not there");
            return {};
        }
        auto text = read_file(file, std::size_t{64} << 20U);
        if (!text.ok()) {
            miss(name, text.error().message);
            return {};
        }
        if (text->size() > longest_fact) {
            const std::size_t line = text->find('\n', text->size() - longest_fact);
            text->erase(0, line == std::string::npos ? text->size() - longest_fact : line + 1);
        }
        return add(name, *text);
    }

    Result<std::string> output_of(std::vector<std::string> argv) const {
        ProcessRequest request;
        request.argv = std::move(argv);
        request.set_env = {{"LC_ALL", "C.UTF-8"}};
        request.timeout = patience;
        request.output_limit = longest_fact;
        GUP_TRY(const ProcessResult ended, run_process(request));
        return ended.out.empty() ? ended.err : ended.out;
    }

    Status add_program(const std::string& name, const std::vector<std::string>& argv) {
        const auto text = output_of(argv);
        if (!text.ok() && text.error().code == ErrorCode::cancelled) return text.error();
        if (text.ok()) return add(name, *text);
        miss(name, text.error().message);
        return {};
    }

    // The output of this program's own command. Its JSON names the services.
    Status add_own(const std::string& name, std::vector<std::string> command) {
        std::vector<std::string> argv{config_.executable.string()};
        argv.insert(argv.end(), request_.options.begin(), request_.options.end());
        argv.insert(argv.end(), command.begin(), command.end());
        const auto text = output_of(std::move(argv));
        if (!text.ok() && text.error().code == ErrorCode::cancelled) return text.error();
        if (!text.ok()) {
            miss(name, text.error().message);
            return {};
        }
        if (const auto document = parse_json(*text); document.ok() && document->is_object()) {
            for (const json& connector : array_member(*document, "connectors")) remember_service(connector);
        }
        return add(name, *text);
    }

    void remember_service(const json& connector) {
        if (!connector.is_object()) return;
        std::string service = text_member(connector, "restarted");
        const json& described = member_of(connector, "service");
        if (described.is_string()) service = described.get<std::string>();
        if (described.is_object()) service = text_member(described, "unit");
        const bool is_plain = !service.empty() && service.front() != '-' && service.find('/') == std::string::npos;
        if (is_plain && std::find(services_.begin(), services_.end(), service) == services_.end()) {
            services_.push_back(service);
        }
    }

    const Config& config_;
    const SupportRequest& request_;
    fs::path folder_;
    Masker masker_;
    std::vector<std::string> names_;
    std::vector<std::string> services_;
    std::string missing_;
};

Status pack(const fs::path& parent, const std::string& name, const fs::path& to) {
    ProcessRequest request;
    request.argv = {"tar",    "--create",  "--gzip",      "--owner=0",     "--group=0",
                    "--file", to.string(), "--directory", parent.string(), name};
    const auto packed = run_process(request);
    if (!packed.ok() && packed.error().code == ErrorCode::not_found) {
        return Error{ErrorCode::not_found, "there is no program tar", "apt install tar"};
    }
    if (!packed.ok()) return packed.error();
    if (packed->success()) return {};
    return Error{ErrorCode::io, fmt::format("cannot write {}: {}", to.string(), trimmed(packed->err)), {}};
}

}  // namespace

Result<SupportFile> write_support_file(const Config& config, const SupportRequest& request) {
    std::string stamp = format_time(system_clock().now()).substr(0, 16);
    std::replace(stamp.begin(), stamp.end(), ':', '-');
    const std::string name = fmt::format("gup-support-{}-{}", host_name(), stamp);
    SupportFile file{request.output.empty() ? fs::path(name + ".tar.gz") : request.output, {}};
    GUP_TRY(const auto there, file_info(file.path, Follow::no));
    if (there) return Error{ErrorCode::conflict, file.path.string() + " already exists", "name another file with -o"};
    GUP_TRY(const TemporaryFolder temporary, TemporaryFolder::make());
    const fs::path folder = temporary.path() / name;
    GUP_CHECK(make_folders(folder, 0700));
    Collector collector(config, request, folder);
    GUP_CHECK(collector.collect());
    const fs::path whole = temporary.path() / "support.tar.gz";
    GUP_CHECK(pack(temporary.path(), name, whole));
    GUP_TRY(const std::string bytes, read_file(whole, std::size_t{64} << 20U));
    GUP_CHECK(write_file_atomically(file.path, bytes, private_file));
    file.names = collector.names();
    return file;
}

}  // namespace gup
