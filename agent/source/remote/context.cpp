// SPDX-License-Identifier: Apache-2.0
#include "source/remote/context.hpp"

#include <git2/sys/errors.h>

#include <optional>
#include <utility>

#include "source/gitconfig/config_files.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/handles.hpp"
#include "source/remote/transport_scope.hpp"
#include "util/log/log.hpp"

namespace gup::detail {
namespace {

thread_local TransportContext* innermost = nullptr;
thread_local std::optional<Error> last_error;
thread_local std::optional<Error> end_of_stream;

GitSettings& settings_storage() {
    static GitSettings settings;
    return settings;
}

int libgit2_code(ErrorCode code) {
    switch (code) {
        case ErrorCode::authentication:
            return GIT_EAUTH;
        case ErrorCode::cancelled:
            return GIT_EUSER;
        case ErrorCode::timeout:
            return GIT_TIMEOUT;
        default:
            return GIT_ERROR;
    }
}

}  // namespace

fs::path folder_of(git_repository* repository) {
    if (repository == nullptr) return "/";
    const char* folder = git_repository_workdir(repository);
    return folder != nullptr ? folder : git_repository_path(repository);
}

TransportContext& current_transport() {
    thread_local TransportContext nobody;
    return innermost != nullptr ? *innermost : nobody;
}

void push_transport(TransportContext* context) noexcept {
    context->outer = innermost;
    innermost = context;
}

void pop_transport() noexcept {
    if (innermost == nullptr) return;
    TransportContext* gone = innermost;
    innermost = gone->outer;
    delete gone;  // NOLINT(cppcoreguidelines-owning-memory): made by TransportScope
}

const GitSettings& transport_settings() {
    return settings_storage();
}

void set_transport_settings(const GitSettings& settings) {
    settings_storage() = settings;
}

namespace {

// git takes remote.<name>.proxy for the remote with that name; here the URL says which one it is.
void add_remote_proxies(git_repository* repository, git_config* config, RemoteConfig& out) {
    git::ConfigIterator found;
    git_config_entry* entry = nullptr;
    if (git_config_iterator_glob_new(git::Out(found), config, "^remote\\..*\\.proxy$") != 0) return;
    while (git_config_next(&entry, found.get()) == 0) {
        std::string name = entry->name;
        name.resize(name.size() - std::string_view("proxy").size());
        const std::string url = git::first_config_text(config, name + "url");
        out.add_remote_proxy(git::effective_url(url, config, folder_of(repository)),
                             entry->value != nullptr ? entry->value : "");
    }
}

}  // namespace

RemoteConfig read_config(const TransportContext& context) {
    if (context.repository == nullptr) return read_config(context.user);
    RemoteConfig config(context.user.home);
    // For a quarantine, that of its repository.
    git::Config open;
    if (git_repository_config(git::Out(open), context.repository) == 0) {
        config.add(open.get());
        add_remote_proxies(context.repository, open.get(), config);
    }
    git_error_clear();
    return config;
}

RemoteConfig read_config(const GitUser& user) {
    RemoteConfig config(user.home);
    const auto variables = git::variables_for(user.home);
    const auto places = git::find_config(user.home, user.system_config, variables);
    const auto values =
        places.ok() ? git::read_config(*places, std::nullopt) : Result<git::ConfigValues>(places.error());
    if (values.ok()) {
        config.add(*values);
    } else {
        log::warning("", values.error().message);
    }
    return config;
}

Status report_received(std::size_t bytes) {
    TransportContext& context = current_transport();
    context.received += bytes;
    if (bytes == 0) return {};
    if (context.progress) {
        TransferProgress progress;
        progress.bytes = context.received;
        context.progress(progress);
    }
    if (context.space) GUP_CHECK(context.space->spend(bytes));
    const auto& budget = transport_settings().budget;
    if (!budget) return {};
    using Kind = DataBudget::Kind;
    return budget->spend(bytes, context.traffic == Traffic::download ? Kind::download : Kind::question);
}

int report_error(const Error& error) noexcept {
    try {
        if (!last_error) last_error = error;
        git_error_set_str(GIT_ERROR_NET, error.message.c_str());
    } catch (...) {
        git_error_set_oom();
    }
    return libgit2_code(error.code);
}

void note_end_of_stream(const Error& error) noexcept {
    try {
        end_of_stream = error;
    } catch (...) {
        end_of_stream.reset();
    }
}

void forget_error() noexcept {
    last_error.reset();
    end_of_stream.reset();
}

std::optional<Error> take_error() {
    std::optional<Error> error = std::exchange(last_error, std::nullopt);
    std::optional<Error> end = std::exchange(end_of_stream, std::nullopt);
    if (error) return error;
    const git_error* said = git_error_last();
    if (!end || said == nullptr || said->message == nullptr) return std::nullopt;
    // libgit2's messages for missing data: of a list of refs or a sideband, or the indexer's for a bare pack.
    const bool wanted_more =
        said->klass == GIT_ERROR_INDEXER ||
        (said->klass == GIT_ERROR_NET && std::string_view(said->message).starts_with("could not read"));
    return wanted_more ? end : std::nullopt;
}

}  // namespace gup::detail
