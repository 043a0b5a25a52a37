// SPDX-License-Identifier: Apache-2.0
// The code of a release: its commit or folder, and its files.
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
    std::string version;    // its id; empty: from the commit
    fs::path here;          // base of a relative folder
    bool replaces = false;  // of install: a release of that id that differs is made anew
};

// The input of a release: its name, the origin of the code, and the code itself.
struct ReleaseCode {
    std::string id;
    std::string branch;  // empty: unknown
    std::string commit;  // a commit's 40 digits, or an archive's revision; empty: none is known
    std::string gupfile;
    bool has_gupfile = true;  // false: the source has none; the release gets what `gupfile` says
    std::string source;       // as Generation has it, and the next two
    std::string etag;
    std::string modified;
    std::string origin;     // for people: "commit 1a2b3c4", or a folder
    std::string folder;     // that it is copied from; empty: it is not of a folder
    std::string content{};  // the digest of its tree; empty: unknown
    std::shared_ptr<const CodeTree> tree;
};

// Fails with invalid_input or not_found if there is no such revision or folder, or no name. As the site's owner.
[[nodiscard]] Result<ReleaseCode> find_release_code(const ConnectorLayout& site, const ReleaseRequest& request);

// For code that declares nothing: "… has no gupfile and no requirements file: it is not a connector".
[[nodiscard]] Error without_gupfile(const std::string& what);

// The code of a revision of the connector's source, called after the revision's own time.
[[nodiscard]] ReleaseCode code_of_revision(const DeclaredConnector& declared, const Revision& revision,
                                           std::shared_ptr<const CodeTree> tree);

// The code of an installed release, to make a new one of. As the site's owner.
[[nodiscard]] Result<ReleaseCode> code_of_release(const ConnectorLayout& site, const Generation& made);

// Writes its files into the empty folder `to`. As the site's owner. After a failure the written files stay.
[[nodiscard]] Status write_release_code(const ReleaseCode& code, const fs::path& to);

// The first few files that were added to the release `before`, and are neither of its code nor in the folder `to`. As
// the site's owner.
[[nodiscard]] std::vector<std::string> files_left_behind(const ConnectorLayout& site, const Generation& before,
                                                         const fs::path& to);

}  // namespace gup
