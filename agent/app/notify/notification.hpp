// SPDX-License-Identifier: Apache-2.0
// The requests of [notify]. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "app/config/config.hpp"
#include "app/notify/run_document.hpp"
#include "util/http/http.hpp"

namespace gup {

// True if a run with this result is told.
[[nodiscard]] bool is_told(const NotifySettings& settings, RunResult result);

// True if the service only wants to know the newest state: an old message would be wrong.
[[nodiscard]] bool only_the_newest(const NotifySettings& settings);

// The message about `document`, which run_document has made:
// - json: the document itself;
// - ntfy: a text with title, priority and tag (https://docs.ntfy.sh/publish/);
// - slack: {"text": …} with &, < and > escaped (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/);
// - healthchecks: success or /fail with the text as body (https://healthchecks.io/docs/http_api/).
// Redirects are not followed: curl would repeat a POST as GET, and the message would be lost.
[[nodiscard]] HttpRequest request_about(const NotifySettings& settings, const nlohmann::json& document);

// "A run has begun", which only healthchecks knows.
[[nodiscard]] HttpRequest start_request(const NotifySettings& settings);

// The server of the URL without the path, which is often a secret: "https://ntfy.sh".
[[nodiscard]] std::string shown_server(const NotifySettings& settings);

}  // namespace gup
