// SPDX-License-Identifier: Apache-2.0
#include "doctor/diagnosis_message.hpp"

#include <algorithm>

#include "util/worker/channel.hpp"

namespace gup {
namespace {

using nlohmann::json;

json findings_json(const std::vector<Finding>& findings) {
    json values = json::array();
    for (const Finding& one : findings) {
        values.push_back(
            {{"check", one.check}, {"subject", one.subject}, {"what", one.what}, {"why", one.why}, {"hint", one.hint}});
    }
    return values;
}

json survey_json(const ConnectorSurvey& survey) {
    json windows = json::object();
    for (const auto& [name, window] : survey.windows) {
        windows[name] = {{"hours", window.hours_text}, {"days", window.days_text}};
    }
    json needs = json::array();
    for (const SpaceNeed& need : survey.needs) {
        needs.push_back(
            {{"place", need.place.string()}, {"use", need.use}, {"bytes", need.bytes}, {"files", need.files}});
    }
    return {{"http_servers", survey.http_servers},
            {"all_https_answered", survey.all_https_answered},
            {"any_https", survey.any_https},
            {"windows", std::move(windows)},
            {"needs", std::move(needs)}};
}

void add_survey(const json& value, ConnectorSurvey& survey) {
    for (const std::string& server : text_members(value, "http_servers")) {
        auto& known = survey.http_servers;
        if (std::find(known.begin(), known.end(), server) == known.end()) known.push_back(server);
    }
    survey.all_https_answered = survey.all_https_answered && flag_member(value, "all_https_answered");
    survey.any_https = survey.any_https || flag_member(value, "any_https");
    for (const auto& [name, text] : member_of(value, "windows").items()) {
        UpdateWindow window;
        const bool is_whole = set_hours(window, text_member(text, "hours")).ok() || text_member(text, "hours").empty();
        const bool has_days = set_days(window, text_member(text, "days")).ok() || text_member(text, "days").empty();
        if (is_whole && has_days) survey.windows.emplace(name, window);
    }
    for (const json& need : array_member(value, "needs")) {
        survey.needs.push_back({text_member(need, "place"), text_member(need, "use"),
                                static_cast<std::uint64_t>(number_member(need, "bytes")),
                                static_cast<std::uint64_t>(number_member(need, "files"))});
    }
}

}  // namespace

json diagnosis_message(const ConnectorDiagnosis& found) {
    json answers = json::array();
    for (const RemoteAnswer& one : found.answers) {
        answers.push_back({{"connector", one.connector},
                           {"host", one.host},
                           {"error", one.error ? error_json(*one.error) : json(nullptr)}});
    }
    return {{"findings", findings_json(found.diagnosis.findings)},
            {"notes", found.diagnosis.notes},
            {"checks", found.diagnosis.checks},
            {"survey", survey_json(found.survey)},
            {"answers", std::move(answers)}};
}

void add_from_message(const json& value, ConnectorDiagnosis& all) {
    for (const json& one : array_member(value, "findings")) {
        all.diagnosis.find({text_member(one, "check"), text_member(one, "subject"), text_member(one, "what"),
                            text_member(one, "why"), text_member(one, "hint")});
    }
    for (const std::string& note : text_members(value, "notes")) all.diagnosis.note(note);
    all.diagnosis.checks += static_cast<int>(std::clamp<std::int64_t>(number_member(value, "checks"), 0, 1'000'000));
    add_survey(member_of(value, "survey"), all.survey);
    for (const json& one : array_member(value, "answers")) {
        RemoteAnswer answer{text_member(one, "connector"), text_member(one, "host"), std::nullopt};
        if (const json& error = member_of(one, "error"); error.is_object()) answer.error = error_from(error);
        all.answers.push_back(std::move(answer));
    }
}

}  // namespace gup
