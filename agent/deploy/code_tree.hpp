// The code of a release: which commit or folder it is, and its files in the release's folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connector/layout.hpp"
#include "core/declaration/declared_connector.hpp"
#include "core/revision.hpp"
#include "source/code_tree.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct ReleaseRequest {
    std::string name;
    std::string from;  // a folder (absolute, or beginning with . or ..), a branch, a tag, a commit; empty: the branch
    std::string version;  // its id; empty: from the commit
    fs::path here;        // what a relative folder is relative to
};

// What a release is made of: its name, where the code is from, and the code itself.
struct ReleaseCode {
    std::string id;
    std::string branch;  // empty: none is known
    std::string commit;  // a commit's 40 digits, or an archive's revision; empty: none is known
    std::string gupfile;
    bool has_gupfile = true;  // false: the source has none; the release gets what `gupfile` says
    std::string source;       // as Generation has it, and the next two
    std::string etag;
    std::string modified;
    std::string origin;  // for people: "commit 1a2b3c4", or a folder
    std::shared_ptr<const CodeTree> tree;
};

// Fails with invalid_input or not_found for what cannot be a release: no such revision or folder, no gupfile, no name.
// As the site's owner.
[[nodiscard]] Result<ReleaseCode> find_release_code(const ConnectorLayout& site, const ReleaseRequest& request);

// The code of a revision of the connector's source, called after the revision's own time.
[[nodiscard]] ReleaseCode code_of_revision(const DeclaredConnector& declared, const Revision& revision,
                                           std::shared_ptr<const CodeTree> tree);

// The code of an installed release, to make a new one of. As the site's owner.
[[nodiscard]] Result<ReleaseCode> code_of_release(const ConnectorLayout& site, const Generation& made);

// Its files into the empty folder `to`. As the site's owner. What was written is left when it fails.
[[nodiscard]] Status write_release_code(const ReleaseCode& code, const fs::path& to);

// What was put into the release `before`, came neither with its code nor is in the folder `to`: paths of files, the
// first few. As the site's owner.
[[nodiscard]] std::vector<std::string> files_left_behind(const ConnectorLayout& site, const Generation& before,
                                                         const fs::path& to);

}  // namespace gup
