// SPDX-License-Identifier: Apache-2.0
#include "util/http/patient_download.hpp"

#include <utility>

#include "util/log/log.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

constexpr std::uint64_t brings_nearer = std::uint64_t{1} << 20U;

// A link that breaks often is slow, not dead.
Result<Download> attempt_until_done(const NetworkAccess& network, const DownloadRequest& request) {
    for (;;) {
        const std::uint64_t before = downloaded_so_far(request);
        Download done;
        Status status = with_retries(network.retry, [&]() -> Status {
            GUP_TRY(done, download(*network.http, request));
            return {};
        });
        if (status.ok()) return done;
        const std::uint64_t have = downloaded_so_far(request);
        // A partial download that cannot be resumed only uses disk space.
        if (have == 0 || status.error().code == ErrorCode::no_space) forget_download(request.part);
        const bool goes_on = is_worth_a_retry(status.error()) && !stop_requested() && have >= before + brings_nearer;
        if (!goes_on) return std::move(status).error();
    }
}

}  // namespace

Result<Download> download_patiently(const NetworkAccess& network, DownloadRequest request) {
    SpaceWatch room(request.part.parent_path(), network.disk_reserve);
    GUP_CHECK(room.admit());
    using Kind = DataBudget::Kind;
    const Kind kind = request.is_content_named && request.size != 0 ? Kind::sized : Kind::download;
    request.admit = [&](std::uint64_t bytes) -> Status {
        GUP_CHECK(room.spend(bytes));
        return network.budget ? network.budget->spend(bytes, kind) : Status{};
    };
    auto done = attempt_until_done(network, request);
    if (!network.budget) return done;
    if (const Status saved = network.budget->save(); !saved.ok()) log::warning({}, saved.error().message);
    return done;
}

}  // namespace gup
