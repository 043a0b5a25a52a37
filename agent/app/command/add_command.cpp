#include "app/command/add_command.hpp"

#include "app/command/commands.hpp"
#include "app/command/shown_run.hpp"
#include "commands/add.hpp"
#include "util/sys/file.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// Like git: a text that is not a URL but a local folder is accepted.
std::string absolute_url(const std::string& url) {
    if (parse_url(url).ok() || !is_folder(url)) return url;
    std::error_code error;
    const fs::path path = fs::absolute(url, error).lexically_normal();
    return error ? url : path.string();
}

}  // namespace

ExitCode add_command(const CommandLine& line, const Config& config) {
    AddRequest request = line.add;
    request.url = absolute_url(request.url);
    return exit_code_of(line, show_run(line, config, [&](const Network& network, const RunEvents& events) {
                            network.lift_data_limit();
                            return run_add(config.update, request, events);
                        }));
}

}  // namespace gup
