// SPDX-License-Identifier: Apache-2.0
// What an installed Python package says of itself: METADATA, RECORD, direct_url.json, pyvenv.cfg and its folder's name.
#include "python/metadata.hpp"

#include "fuzz.hpp"
#include "python/installed_record.hpp"
#include "python/virtualenv.hpp"

void gup::fuzz::take(std::string_view input) {
    (void)parse_metadata(input);
    (void)parse_requires_txt(input);
    (void)parse_folder_name(input);
    (void)parse_record(input);
    (void)parse_pyvenv_config(input);
    (void)parse_direct_url(input);
}
