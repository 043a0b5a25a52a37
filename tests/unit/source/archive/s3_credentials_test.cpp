// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "fixture.hpp"
#include "http_fixture.hpp"
#include "source/archive/s3_credentials.hpp"
#include "source/archive/s3_errors.hpp"

namespace gup::test {
namespace {

using detail::S3Credentials;

// The variables of a test, without those of this process.
std::map<std::string, std::string>& s3_variables() {
    static std::map<std::string, std::string> all;
    return all;
}

std::string s3_variable(const char* name) {
    const auto found = s3_variables().find(name);
    return found == s3_variables().end() ? "" : found->second;
}

// A home, and no server for the machine's role.
struct S3Home {
    S3Home() {
        detail::forget_s3_roles();
        s3_variables() = {{"AWS_EC2_METADATA_DISABLED", "true"}};
    }
    ~S3Home() { detail::forget_s3_roles(); }
    S3Home(const S3Home&) = delete;
    S3Home& operator=(const S3Home&) = delete;
    [[nodiscard]] detail::S3Surroundings where() const { return {*pool, folder.folder.path(), s3_variable}; }
    [[nodiscard]] Result<S3Credentials> find(const S3Settings& settings = {}) const {
        return detail::find_s3_credentials(settings, where());
    }

    Folder folder;
    std::shared_ptr<HttpPool> pool = pool_with();
};

// Answers by the request's first line and headers, one connection each.
class RoleServer {
public:
    using Answers = std::vector<std::pair<std::string, std::string>>;
    explicit RoleServer(Answers answers)
        : answers_(std::move(answers)),
          server_([this](int socket, const Running& running) { talk(socket, running); }) {}
    [[nodiscard]] std::string url(const std::string& path = "") const { return server_.url(path); }
    std::atomic<int> asked{0};

private:
    void talk(int socket, const Running& running) {
        std::string request;
        char c = 0;
        while (request.find("\r\n\r\n") == std::string::npos && ::recv(socket, &c, 1, 0) == 1) request += c;
        ++asked;
        std::string body;
        for (const auto& [begin, answer] : answers_) {
            const auto slash = begin.find('|');
            const bool fits = request.starts_with(begin.substr(0, slash)) &&
                              (slash == std::string::npos || holds(request, begin.substr(slash + 1)));
            if (fits) body = answer;
        }
        say(socket, fmt::format("HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                                body.empty() ? "403 Forbidden" : "200 OK", body.size(), body));
        CHECK(wait_for_close(socket, running));
    }

    Answers answers_;
    RawServer server_;
};

constexpr const char* role_document =
    R"({"Code":"Success","AccessKeyId":"role-key","SecretAccessKey":"role-secret","Token":"role-token"})";

}  // namespace

TEST_CASE("ini_value: sections, comments, blanks and CRLF are read as by Amazon's tools") {
    const std::string text =
        "top = 1\r\n# [default]\n[ default ]\naws_access_key_id= A \n;x = 2\ns3 =\n  region = nested\nregion = "
        "eu-north-1\n"
        "[profile other]\n region = us-west-2\n";
    CHECK(detail::ini_value(text, "", "top") == "1");
    CHECK(detail::ini_value(text, "default", "aws_access_key_id") == "A");
    CHECK(detail::ini_value(text, "default", "region") == "eu-north-1");
    CHECK(detail::ini_value(text, "profile other", "region") == "us-west-2");
    CHECK(detail::ini_value(text, "default", "x").empty());
    CHECK(detail::ini_value(text, "other", "region").empty());
    CHECK(detail::ini_value("", "default", "region").empty());
}

TEST_CASE("find_s3_credentials: configuration, account-key, variables, ~/.aws/credentials, in this order") {
    const S3Home home;
    put(home.folder / ".aws/credentials", "[default]\naws_access_key_id = file\naws_secret_access_key = s4\n");
    CHECK(home.find()->access_key == "file");
    CHECK(home.find()->origin == "~/.aws/credentials [default]");
    s3_variables()["AWS_ACCESS_KEY_ID"] = "variable";
    s3_variables()["AWS_SECRET_ACCESS_KEY"] = "s3";
    s3_variables()["AWS_SESSION_TOKEN"] = "t3";
    CHECK(home.find()->access_key == "variable");
    CHECK(home.find()->session_token.reveal() == "t3");
    put(home.folder / ".amazon/account-key", "accessKey=account\nsecretKey=s2\n");
    CHECK(home.find()->access_key == "account");
    CHECK(home.find()->secret_key.reveal() == "s2");
    CHECK(home.find()->session_token.empty());
    CHECK(home.find({"", "", "configured", Secret("s1")})->access_key == "configured");
}

TEST_CASE("find_s3_credentials: a profile of another name, and of another file") {
    const S3Home home;
    put(home.folder / "elsewhere",
        "[work]\naws_access_key_id = work\naws_secret_access_key = s\naws_session_token = t\n");
    s3_variables()["AWS_PROFILE"] = "work";
    CHECK_FALSE(home.find().ok());
    s3_variables()["AWS_SHARED_CREDENTIALS_FILE"] = home.folder / "elsewhere";
    CHECK(home.find()->session_token.reveal() == "t");
    s3_variables().erase("AWS_SHARED_CREDENTIALS_FILE");
    put(home.folder / ".aws/config", "[profile work]\naws_access_key_id = config\naws_secret_access_key = s\n");
    CHECK(home.find()->access_key == "config");
}

TEST_CASE("find_s3_credentials: without credentials, the error names all places and what is missing there") {
    const S3Home home;
    put(home.folder / ".amazon/account-key", "accessKey=half\n");
    put(home.folder / ".aws/config", "[default]\nrole_arn = arn:aws:iam::1:role/x\n");
    s3_variables()["AWS_ACCESS_KEY_ID"] = "half";
    const auto found = home.find();
    CHECK(code_of(found) == ErrorCode::authentication);
    const std::string& hint = found.error().hint;
    CHECK(holds(hint, "access-key in gup-agent.toml (not set)"));
    CHECK(holds(hint, "~/.amazon/account-key (no accessKey= with a secretKey=)"));
    CHECK(holds(hint, "AWS_ACCESS_KEY_ID (AWS_SECRET_ACCESS_KEY is not set)"));
    CHECK(holds(hint, "~/.aws/credentials (missing)"));
    CHECK(holds(hint, "~/.aws/config [default] (roles to assume"));
    CHECK(holds(hint, "AWS_EC2_METADATA_DISABLED is set"));
}

TEST_CASE("find_s3_credentials: the instance's role is asked with a token, and once for all connectors") {
    const S3Home home;
    RoleServer server(
        {{"PUT /latest/api/token |X-aws-ec2-metadata-token-ttl-seconds: ", "the-token"},
         {"GET /latest/meta-data/iam/security-credentials/ |X-aws-ec2-metadata-token: the-token\r\n", "gate\n"},
         {"GET /latest/meta-data/iam/security-credentials/gate |X-aws-ec2-metadata-token: the-token\r\n",
          role_document}});
    s3_variables() = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url() + "/"}};
    const auto found = home.find();
    REQUIRE(found.ok());
    CHECK(found->access_key == "role-key");
    CHECK(found->secret_key.reveal() == "role-secret");
    CHECK(found->session_token.reveal() == "role-token");
    CHECK(found->is_of_a_role);
    CHECK(found->origin == "the instance's role gate");
    CHECK(home.find().ok());
    CHECK(server.asked == 3);
    detail::forget_s3_roles();
    CHECK(home.find().ok());
    CHECK(server.asked == 6);
}

TEST_CASE("find_s3_credentials: a machine without a role is asked once, and not for long" *
          doctest::test_suite("slow")) {
    const S3Home home;
    std::atomic<int> asked{0};
    const RawServer silent([&asked](int socket, const Running& running) {
        ++asked;
        CHECK(wait_for_close(socket, running));
    });
    s3_variables() = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", silent.url("")}};
    const auto start = std::chrono::steady_clock::now();
    CHECK(code_of(home.find()) == ErrorCode::authentication);
    CHECK(since(start) < HttpOptions().low_speed_time);
    const int asked_once = asked;
    CHECK_FALSE(home.find().ok());
    CHECK(asked == asked_once);
}

TEST_CASE("find_s3_credentials: the container's role is asked with its token, which no distant host gets") {
    const S3Home home;
    const RoleServer server(RoleServer::Answers{{"GET /role |Authorization: container-token\r\n", role_document}});
    put(home.folder / "token", "container-token\n");
    s3_variables()["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url("role");
    s3_variables()["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = home.folder / "token";
    const auto found = home.find();
    REQUIRE(found.ok());
    CHECK(found->origin == "the container's role");
    detail::forget_s3_roles();
    s3_variables()["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.org/role";
    CHECK(holds(home.find().error().hint, "neither https nor this machine"));
}

TEST_CASE("parse_role_credentials: another document has no credentials") {
    for (const char* text : {"", "[]", "null", "{\"AccessKeyId\":1}", "<html>", "{\"AccessKeyId\":\"a\"}"}) {
        CHECK(code_of(detail::parse_role_credentials(text)) == ErrorCode::protocol);
    }
}

TEST_CASE("find_s3_region: configuration, variables, the profile's, else us-east-1") {
    const S3Home home;
    const auto region = [&](const S3Settings& settings = {}) { return detail::find_s3_region(settings, home.where()); };
    CHECK(region() == "us-east-1");
    put(home.folder / ".aws/config", "[default]\nregion = eu-west-1\n");
    CHECK(region() == "eu-west-1");
    s3_variables()["AWS_DEFAULT_REGION"] = "eu-west-2";
    CHECK(region() == "eu-west-2");
    s3_variables()["AWS_REGION"] = "evil.example.org/";
    CHECK(region() == "eu-west-2");
    s3_variables()["AWS_REGION"] = "eu-west-3";
    CHECK(region() == "eu-west-3");
    CHECK(region({"", "eu-central-1", "", {}}) == "eu-central-1");
}

}  // namespace gup::test
