#include "app/commands.hpp"
#include "app/display.hpp"
#include "app/network.hpp"
#include "update/add.hpp"
#include "update/run.hpp"
#include "util/file.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// As git does: what is no URL but a folder here is one.
std::string absolute_url(const std::string& url) {
    if (parse_url(url).ok() || !is_folder(url)) return url;
    std::error_code error;
    const fs::path path = fs::absolute(url, error).lexically_normal();
    return error ? url : path.string();
}

}  // namespace

ExitCode add_command(const CommandLine& line, const Config& config) {
    const auto lock = take_run_lock(config.update);
    if (!lock.ok()) return report_error(line, lock.error());
    const auto network = Network::start(config, Network::Learned::keep);
    if (!network.ok()) return report_error(line, network.error());
    network->lift_data_limit();
    AddRequest request = line.add;
    request.url = absolute_url(request.url);
    const auto display = make_display(line);
    const RunEvents events = display->events();
    const auto report = run_add(config.update, request, events);
    if (!report.ok()) return report_error(line, report.error());
    display->end(*report);
    return report->exit_code();
}

}  // namespace gup
