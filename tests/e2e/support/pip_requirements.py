# SPDX-License-Identifier: Apache-2.0
"""What pip's own parser reads: the peer of tests/e2e/peers/requirements_answers.cpp, run with the pip to compare with.

One JSON object with files per line in, what they require per line out.
"""
from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from optparse import Values
from pathlib import Path

from pip._internal.index.collector import LinkCollector
from pip._internal.index.package_finder import PackageFinder
from pip._internal.models.search_scope import SearchScope
from pip._internal.models.selection_prefs import SelectionPreferences
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements

logging.disable(logging.CRITICAL)
SESSION = PipSession()


def told(requirement) -> dict:
    read = install_req_from_parsed_requirement(requirement, user_supplied=True)
    hashes = (requirement.options or {}).get("hashes", {})
    link = read.original_link
    return {"name": read.name, "specifier": str(read.req.specifier) if read.req else "", "extras": sorted(read.extras),
            "url": link.url if link else "", "marker": str(read.markers or ""), "editable": read.editable,
            "hashes": sorted(f"{kind}:{value}" for kind, values in hashes.items() for value in values), "constraint": read.constraint}


def answer(files: dict[str, str]) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, text in files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(text.encode("utf-8", "surrogatepass"))
        # A session asks the machine about itself, which is slow: all questions share one.
        scope = SearchScope.create(find_links=[], index_urls=[], no_index=False)
        finder = PackageFinder.create(link_collector=LinkCollector(session=SESSION, search_scope=scope),
                                      selection_prefs=SelectionPreferences(allow_yanked=False))
        options = Values({"require_hashes": False, "features_enabled": []})
        try:
            read = [told(one) for one in parse_requirements("requirements.txt", SESSION, finder=finder, options=options)]
        except (Exception, SystemExit) as error:  # noqa: BLE001 - pip raises many kinds
            return {"error": f"{type(error).__name__}: {error}"}
        finally:
            os.chdir("/")
        return {"read": read, "indexes": finder.index_urls, "links": finder.find_links, "require_hashes": options.require_hashes,
                "pre": finder.allow_all_prereleases, "folder": os.path.realpath(folder)}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)["files"])))
