// direct_url.json: where a distribution came from when it did not come from an index ("Direct URL data structure").
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gup {

struct DirectUrl {
    std::string url;
    std::string commit_id;           // vcs_info
    std::string requested_revision;  // vcs_info
    bool editable = false;           // dir_info
};

// nullopt when `text` is not such a document. Fields of other types count as absent.
[[nodiscard]] std::optional<DirectUrl> parse_direct_url(std::string_view text);

}  // namespace gup
