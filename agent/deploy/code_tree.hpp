// The code of a release: which commit or folder it is, and its files in the release's folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connector/layout.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct ReleaseRequest {
    std::string name;
    std::string from;  // a folder (absolute, or beginning with . or ..), a branch, a tag, a commit; empty: the branch
    std::string version;  // its id; empty: from the commit
    fs::path here;        // what a relative folder is relative to
};

struct CodeTree {
    fs::path folder;     // that it is copied from, or whose repository it is exported from
    fs::path archive{};  // that it is unpacked from, instead
    bool is_copy = false;
    std::string id;
    std::string branch;  // empty: none is known
    std::string commit;  // 40 digits; empty: none is known
    std::string gupfile;
    bool has_gupfile = true;  // false: that of a source that has none; it is written as it stands in `gupfile`
    std::string below;        // the folder of the commit that is deployed; empty: all of it
    std::string source;       // as Generation has it, and the next
    std::string etag;
    std::string modified;
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
    std::vector<std::string> left_out;  // worth a word: submodules; what is neither file, folder nor link
};

// Fails with invalid_input or not_found for what cannot be a release: no such revision or folder, no gupfile, no name.
// As the site's owner.
[[nodiscard]] Result<CodeTree> find_release_code(const ConnectorLayout& site, const ReleaseRequest& request);

// The code of what update/declared_source brought, called after its version's own time. As the site's owner.
[[nodiscard]] Result<CodeTree> code_of_source(const ConnectorLayout& site, const DeclaredConnector& declared,
                                              const SourceVersion& version);

// The code of a release that is there, to be made a new one of. As the site's owner.
[[nodiscard]] Result<CodeTree> code_of_release(const ConnectorLayout& site, const Generation& made);

// Its files into the empty folder `to`. As the site's owner. What was written is left when it fails.
[[nodiscard]] Status write_release_code(const ConnectorLayout& site, const CodeTree& code, const fs::path& to);

// What was put into the release `before`, came neither with its code nor is in the folder `to`: paths of files, the
// first few. As the site's owner.
[[nodiscard]] std::vector<std::string> files_left_behind(const ConnectorLayout& site, const Generation& before,
                                                         const fs::path& to);

}  // namespace gup
