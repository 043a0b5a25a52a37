// SPDX-License-Identifier: Apache-2.0
#include "source/transport/ls_refs.hpp"

#include <array>
#include <functional>
#include <memory>
#include <utility>

#include "source/remote/context.hpp"
#include "source/transport/advertisement_limit.hpp"
#include "source/transport/http_session.hpp"
#include "source/transport/ssh_session.hpp"
#include "util/log/log.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

using Refs = std::vector<RemoteRef>;
using ReadBytes = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;

// One read may contain the beginning of the next message.
class MessageReader {
public:
    explicit MessageReader(ReadBytes read) : read_(std::move(read)) {}

    // Up to the message's end. False: the peer ended before.
    [[nodiscard]] Result<bool> receive(RefMessage& message) {
        for (;;) {
            for (;;) {
                GUP_TRY(const auto packet, packets_.next());
                if (!packet) break;
                GUP_CHECK(message.take(*packet));
                if (message.is_complete()) return true;
            }
            GUP_TRY(const std::size_t size, read_(chunk_.data(), chunk_.size()));
            if (size == 0) return false;
            GUP_CHECK(limit_.take({chunk_.data(), size}));
            packets_.append({chunk_.data(), size});
        }
    }

private:
    ReadBytes read_;
    PacketReader packets_;
    // Of all messages of one conversation.
    AdvertisementLimit limit_{AdvertisementLimit::End::message};
    std::array<char, 16384> chunk_{};
};

Error with_name(const Error& error, const std::string& remote) {
    return error.message.starts_with(remote) ? error : error.with_context(remote);
}

class HttpPoll final : public StartedPoll {
public:
    HttpPoll(std::string url, RefPrefixes prefixes) : url_(std::move(url)), prefixes_(std::move(prefixes)) {}

    [[nodiscard]] Status begin() { return session_.begin(url_, Protocol::v2); }

    // True unless the user's protocol.version forbids version 2.
    [[nodiscard]] bool may_ask_directly() const { return session_.protocol() == Protocol::v2; }

    [[nodiscard]] Status send() {
        GUP_CHECK(session_.send(Exchange::request, ls_refs_request(prefixes_)));
        sent_ = true;
        return {};
    }

    [[nodiscard]] Status send_again() override {
        GUP_CHECK(session_.begin_again(url_));
        return may_ask_directly() ? send() : Status{};
    }

    [[nodiscard]] Result<Refs> finish() override { return run(); }

    [[nodiscard]] Result<Refs> run() {
        if (std::exchange(sent_, false) || may_ask_directly()) {
            auto refs = list_directly();
            // An empty answer is accepted only from a server that has just announced version 2.
            if (refs.ok() && !refs->empty()) return refs;
            if (!refs.ok() && is_final(refs.error())) return refs;
            log::debug("", session_.base() + ": asking again for what the server speaks");
        }
        RefAdvertisement advertisement(prefixes_);
        GUP_CHECK(exchange(Exchange::advertise, {}, advertisement));
        if (advertisement.version() < 2) return std::move(advertisement.refs());
        if (advertisement.has_ls_refs()) return list_directly();
        return Error{ErrorCode::protocol, session_.base() + ": a server of git's protocol 2 without ls-refs", {}};
    }

private:
    [[nodiscard]] Result<Refs> list_directly() {
        LsRefsAnswer answer(prefixes_);
        GUP_CHECK(exchange(Exchange::request, ls_refs_request(prefixes_), answer));
        return std::move(answer.refs());
    }

    [[nodiscard]] Status exchange(Exchange exchange, const std::string& body, RefMessage& message) {
        GUP_TRY(const auto answer, session_.perform(exchange, body));
        // The answer may be waited for outside of the scope in which it was asked for.
        const auto& budget = transport_settings().budget;
        MessageReader reader([&](char* buffer, std::size_t size) -> Result<std::size_t> {
            GUP_TRY(const std::size_t count, answer->read(buffer, size));
            if (budget) GUP_CHECK(budget->spend(count, DataBudget::Kind::question));
            return count;
        });
        const auto whole = reader.receive(message);
        if (!whole.ok()) return with_name(whole.error(), session_.base());
        if (!*whole) {
            return Error{ErrorCode::unreachable, session_.base() + ": the server ended its answer too early", {}};
        }
        drain_answer(*answer);
        return {};
    }

    // Whether asking in another way would not help: no answer, or one that has nothing to do with the protocol.
    [[nodiscard]] bool is_final(const Error& error) const {
        if (error.code == ErrorCode::timeout || error.code == ErrorCode::cancelled) return true;
        if (error.cause == Cause::limit) return true;
        switch (session_.status()) {
            case 0:
            case 401:
            case 403:
            case 407:
            case 429:
            case 503:
                return true;
            default:
                return false;
        }
    }

    const std::string url_;
    const RefPrefixes prefixes_;
    HttpSession session_;
    bool sent_ = false;
};

class SshPoll {
public:
    SshPoll(const std::string& url, const RefPrefixes& prefixes) : url_(url), prefixes_(prefixes) {}

    [[nodiscard]] Result<Refs> run() {
        GUP_CHECK(session_.start(url_, Protocol::v2));
        // The server begins by itself, in any version. Asked at once it answers in one round trip. One of the old
        // protocol has told all refs before it finds that it does not understand.
        if (session_.protocol() == Protocol::v2) GUP_CHECK(session_.write(ls_refs_request(prefixes_)));
        MessageReader reader([&](char* buffer, std::size_t size) { return session_.read(buffer, size); });
        RefAdvertisement advertisement(prefixes_);
        GUP_CHECK(receive(reader, advertisement));
        if (advertisement.version() < 2) return ended(advertisement.refs());
        if (!advertisement.has_ls_refs()) {
            return Error{ErrorCode::protocol, session_.remote() + ": a server of git's protocol 2 without ls-refs", {}};
        }
        LsRefsAnswer answer(prefixes_);
        GUP_CHECK(receive(reader, answer));
        return ended(answer.refs());
    }

private:
    [[nodiscard]] Status receive(MessageReader& reader, RefMessage& message) {
        const auto whole = reader.receive(message);
        if (!whole.ok()) return with_name(whole.error(), session_.remote());
        if (!*whole) return session_.end();
        return {};
    }

    [[nodiscard]] Refs ended(Refs& refs) {
        session_.write_goodbye();
        session_.close();
        return std::move(refs);
    }

    const std::string& url_;
    const RefPrefixes& prefixes_;
    SshSession session_;
};

bool is_http(const Url& url) {
    return url.scheme == "http" || url.scheme == "https";
}

}  // namespace

bool can_poll(const std::string& url) {
    const auto parsed = parse_url(url);
    if (!parsed.ok() || parsed->host.empty()) return false;
    return is_http(*parsed) || parsed->scheme == "ssh" || parsed->scheme == "git+ssh" || parsed->scheme == "ssh+git";
}

Result<std::vector<RemoteRef>> poll_remote(const std::string& url, const RefPrefixes& prefixes) {
    GUP_TRY(const Url parsed, parse_url(url));
    if (!is_http(parsed)) return SshPoll(url, prefixes).run();
    HttpPoll poll(url, prefixes);
    GUP_CHECK(poll.begin());
    return poll.run();
}

std::unique_ptr<StartedPoll> start_poll(const std::string& url, const RefPrefixes& prefixes) {
    const auto parsed = parse_url(url);
    if (!parsed.ok() || !is_http(*parsed)) return nullptr;
    auto poll = std::make_unique<HttpPoll>(url, prefixes);
    if (!poll->begin().ok() || !poll->may_ask_directly() || !poll->send().ok()) return nullptr;
    return poll;
}

}  // namespace gup::detail
