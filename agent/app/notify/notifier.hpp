// SPDX-License-Identifier: Apache-2.0
// Tells others of a run: [notify], the post-run hooks, and the message of the day. None of it changes an outcome: what fails
// is a warning.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "app/config/config.hpp"
#include "app/notify/run_document.hpp"
#include "host/hooks.hpp"
#include "util/http/http.hpp"

namespace gup {

// The line that a login shows, in <state>/motd; the file is missing while all is well.
[[nodiscard]] fs::path motd_file(const fs::path& state);

class Notifier {
public:
    // The facts that the caller knows are the version and the command. `connect` gives the agent's HTTP; it is called only
    // for a message.
    using Connect = std::function<std::shared_ptr<HttpPool>()>;
    Notifier(const Config& config, RunFacts facts, Connect connect);

    // The run begins. Does nothing without [notify], or for a service that does not want to know.
    void start();
    // The run has ended: runs the hooks, and sends its message after those that nobody has accepted yet. A message is on disk,
    // in <state>/notify, before it is sent, and stays there until the server has accepted it; at most 20 of them.
    void end(const RunReport& report, ExitCode code);

private:
    void run_hooks(const std::vector<Hook>& hooks, const nlohmann::json& document) const;
    void keep(const nlohmann::json& document) const;
    void send_kept();
    [[nodiscard]] Status send(HttpRequest request);
    void write_motd(const RunReport& report) const;

    const Config& config_;
    Connect connect_;
    std::shared_ptr<HttpPool> http_;
    RunFacts facts_;
};

}  // namespace gup
