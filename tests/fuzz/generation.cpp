// SPDX-License-Identifier: Apache-2.0
// generation.json, which is in a folder of the connector's owner.
#include <filesystem>
#include <fstream>

#include "connector/generation_store.hpp"
#include "fuzz.hpp"

void gup::fuzz::take(std::string_view input) {
    const std::filesystem::path generations = folder();
    std::filesystem::create_directory(generations / "one");
    {
        std::ofstream file(generations / "one/generation.json", std::ios::binary);
        file.write(input.data(), static_cast<std::streamsize>(input.size()));
    }
    const std::optional<Generation> generation = read_generation(generations, "one");
    (void)list_generations(generations, generations / "place");
    if (generation) check(generation->id == "one", "a generation has the name of its folder");
}
