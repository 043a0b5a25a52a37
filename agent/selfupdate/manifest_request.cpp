// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/manifest_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/crypto/digest.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr std::uint64_t manifest_limit = 256U << 10U;
constexpr std::uint64_t signature_limit = 4096;

// The judge: another agent, other keys or another server invalidate every judgement.
std::string reader_id(const SelfUpdateJob& job) {
    std::string text = job.version + "\n" + job.place.target + "\n" + job.settings.url + "\n";
    for (const MinisignKey& key : job.settings.keys) {
        text.append(key.key.begin(), key.key.end());
    }
    return sha256_of(text);
}

// An ETag or a date from the server, or nothing: a long or strange one is not stored, because the state file must stay
// readable.
std::string validator(std::string_view text) {
    constexpr std::size_t longest = 200;
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return text.size() <= longest && plain ? std::string(text) : std::string();
}

struct Answer {
    HttpHead head;
    std::string body;  // of a 200
};

class ManifestRequest {
public:
    ManifestRequest(HttpPool& pool, const SelfUpdateJob& job, SelfUpdateState& state)
        : pool_(pool), job_(job), state_(state), reader_id_(reader_id(job)) {
        if (state.settled && state.settled->reader == reader_id_) settled_ = state.settled;
    }

    Result<ManifestCheck> execute() {
        GUP_TRY(const Url url, parse_url(job_.settings.url));
        manifest_url_ = url.without_credentials();
        credentials_ = {url.user, url.password};
        GUP_TRY(const Answer answer, ask(manifest_url_, validators(), manifest_limit));
        if (answer.head.status == 304 && settled_) return judged_before();
        if (answer.head.status != 200) return refused(answer.head);
        const std::string sha256 = sha256_of(answer.body);
        if (settled_ && settled_->sha256 == sha256) return judged_before();
        GUP_CHECK(check_signature(answer.body));
        GUP_TRY(ReleaseManifest manifest, parse_release_manifest(answer.body));
        return judge(std::move(manifest), answer.head, sha256);
    }

private:
    [[nodiscard]] std::vector<std::string> validators() const {
        if (!settled_) return {};
        if (!settled_->etag.empty()) return {"If-None-Match: " + settled_->etag};
        if (!settled_->modified.empty()) return {"If-Modified-Since: " + settled_->modified};
        return {};
    }

    Result<Answer> ask(const std::string& url, std::vector<std::string> headers, std::uint64_t limit) {
        Answer answer;
        RetryPolicy policy = job_.retry;
        policy.retries = std::min(policy.retries, 1);  // the night's work waits for it
        GUP_CHECK(with_retries(policy, [&]() -> Status {
            HttpRequest request;
            request.url = url;
            request.headers = headers;
            request.credentials = credentials_;
            const auto stream = pool_.start(std::move(request));
            GUP_TRY(answer.head, stream->head());
            if (Error refusal = refused(answer.head); refusal.code == ErrorCode::server) return refusal;
            if (answer.head.status == 200) {
                GUP_TRY(answer.body, stream->read_all(limit));
            }
            return {};
        }));
        return answer;
    }

    [[nodiscard]] Error refused(const HttpHead& head) const {
        const Error refusal = refusal_of(head, manifest_url_);
        return refusal.code == ErrorCode::not_found ? refusal.with_hint("check self-update.url") : refusal;
    }

    Status check_signature(const std::string& manifest) {
        const std::string url = manifest_url_ + ".minisig";
        GUP_TRY(const Answer answer, ask(url, {}, signature_limit));
        if (answer.head.status != 200) {
            return Error{ErrorCode::authentication,
                         fmt::format("the manifest is not signed: {} answered {}", url, answer.head.status),
                         "make release signs it; put the .minisig next to it"};
        }
        const auto verified = verify_minisign(manifest, answer.body, job_.settings.keys);
        if (verified.ok()) return {};
        const Error& error = verified.error();
        if (error.code == ErrorCode::not_found) {
            std::string ours;
            for (const MinisignKey& key : job_.settings.keys) ours += " " + display_key_id(key.id);
            return Error{ErrorCode::authentication, "the manifest has an unknown signer: " + error.message,
                         "self-update.public-keys has" + ours};
        }
        return Error{ErrorCode::authentication, "the manifest's signature is not valid: " + error.message,
                     "manifest.json and its .minisig must be published together"};
    }

    [[nodiscard]] Client reader() const {
        return {job_.version,          job_.place.target,
                system_clock().now(),  std::max(job_.built, state_.newest_created),
                state_.highest_serial, state_.refused};
    }

    [[nodiscard]] ManifestCheck judged_before() const {
        ManifestVerdict judgement = judge_expiry(settled_->expires, reader());
        if (judgement.verdict == ReleaseVerdict::up_to_date && !settled_->message.empty()) {
            judgement = {ReleaseVerdict::did_not_work, settled_->message, settled_->hint};
        }
        return {std::move(judgement), {}};
    }

    ManifestCheck judge(ReleaseManifest manifest, const HttpHead& head, const std::string& sha256) {
        ManifestVerdict judgement = judge_release(manifest, reader());
        const auto verdict = judgement.verdict;
        const bool passing = verdict == ReleaseVerdict::expired || verdict == ReleaseVerdict::clock_wrong;
        if (!passing && manifest.serial > state_.highest_serial) {
            state_.highest_serial = manifest.serial;
            // A release with a date in the future must not make a right clock look wrong.
            if (manifest.created <= system_clock().now()) {
                state_.newest_created = std::max(state_.newest_created, manifest.created);
            }
        }
        state_.settled.reset();
        if (!passing && verdict != ReleaseVerdict::update) {
            state_.settled = CachedManifest{reader_id_,
                                            validator(head.header("etag")),
                                            validator(head.header("last-modified")),
                                            sha256,
                                            manifest.expires,
                                            judgement.message,
                                            judgement.hint};
        }
        return {std::move(judgement), std::move(manifest)};
    }

    HttpPool& pool_;
    const SelfUpdateJob& job_;
    SelfUpdateState& state_;
    std::string reader_id_;
    std::optional<CachedManifest> settled_;
    std::string manifest_url_;
    HttpCredentials credentials_;
};

}  // namespace

Result<ManifestCheck> check_manifest(HttpPool& pool, const SelfUpdateJob& job, SelfUpdateState& state) {
    job.tell("asking its server");
    return ManifestRequest(pool, job, state).execute();
}

}  // namespace gup
