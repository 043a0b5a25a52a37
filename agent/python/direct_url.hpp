// direct_url.json: the origin of a distribution that does not come from an index ("Direct URL data structure").
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

// nullopt for any other document. Fields of other types are treated as absent.
[[nodiscard]] std::optional<DirectUrl> parse_direct_url(std::string_view text);

}  // namespace gup
