#include <map>
#include <set>

#include "fixture.hpp"
#include "http_fixture.hpp"
#include "source/archive/s3_credentials.hpp"
#include "source/archive/s3_errors.hpp"

namespace gup::test {
namespace {

using detail::S3Credentials;

// Variables of a test's own; nothing of this process counts.
std::map<std::string, std::string>& s3_variables() {
    static std::map<std::string, std::string> all;
    return all;
}

std::string s3_variable(const char* name) {
    const auto found = s3_variables().find(name);
    return found == s3_variables().end() ? "" : found->second;
}

// A home, and nobody who would answer as the machine's role.
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

TEST_CASE("ini_value: sections, comments, blanks and CRLF are as Amazon's tools have them") {
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

TEST_CASE("find_s3_credentials: without any, it says where it looked and why that was not enough") {
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
    CHECK(holds(hint, "~/.aws/credentials (not there)"));
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
    const RawServer silent([](int socket, const Running& running) { CHECK(wait_for_close(socket, running)); });
    s3_variables() = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", silent.url("")}};
    const auto start = std::chrono::steady_clock::now();
    CHECK(code_of(home.find()) == ErrorCode::authentication);
    CHECK(since(start) < Milliseconds{10'000});
    const auto again = std::chrono::steady_clock::now();
    CHECK_FALSE(home.find().ok());
    CHECK(since(again) < Milliseconds{500});
}

TEST_CASE("find_s3_credentials: the container's role is asked with its token, and nobody who is far is given it") {
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

TEST_CASE("parse_role_credentials: what is no such document is no credentials") {
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

TEST_CASE("s3_url: the bucket is a part of the host at Amazon, and of the path elsewhere") {
    using detail::s3_url;
    CHECK(s3_url("", "eu-north-1", "code", "a/b.zip") == "https://code.s3.eu-north-1.amazonaws.com/a/b.zip");
    CHECK(s3_url("", "eu-north-1", "my.code", "b.zip") == "https://s3.eu-north-1.amazonaws.com/my.code/b.zip");
    CHECK(s3_url("", "us-east-1", "Old_One", "b.zip") == "https://s3.us-east-1.amazonaws.com/Old_One/b.zip");
    CHECK(s3_url("", "cn-north-1", "code", "b") == "https://code.s3.cn-north-1.amazonaws.com.cn/b");
    CHECK(s3_url("http://minio:9000/", "x", "code", "b") == "http://minio:9000/code/b");
    CHECK(s3_url("http://m", "x", "c", "a b+c=ü%.zip") == "http://m/c/a%20b%2Bc%3D%C3%BC%25.zip");
}

TEST_CASE("s3_error: each refusal has a message and a hint of its own") {
    const detail::S3Asked asked{"s3://code/app.zip", "code", "AWS_ACCESS_KEY_ID", "us-east-1", 1'000'000'000};
    const auto error = [&](int status, const std::string& code, HttpHead head = {}) {
        head.status = status;
        const std::string document = "<?xml version=\"1.0\"?>\n<Error><Code>" + code +
                                     "</Code><Message>words &amp; &lt;more&gt;</Message></Error>";
        return detail::s3_error(detail::parse_s3_refusal(head, document), asked);
    };
    std::set<std::string> messages;
    for (const char* code : {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken",
                             "AccessDenied", "NoSuchBucket", "NoSuchKey", "RequestTimeTooSkewed"}) {
        const Error one = error(403, code);
        CHECK(one.code ==
              (std::string_view(code).starts_with("NoSuch") ? ErrorCode::not_found : ErrorCode::authentication));
        CHECK_FALSE(one.hint.empty());
        CHECK(one.message.starts_with("s3://code/app.zip: "));
        CHECK(holds(one.message, code));
        messages.insert(one.message);
    }
    CHECK(messages.size() == 8);
    CHECK(holds(error(403, "InvalidAccessKeyId").message, "the access key of AWS_ACCESS_KEY_ID"));
    CHECK(error(503, "SlowDown").code == ErrorCode::server);
    CHECK(holds(error(400, "Strange").message, "answered 400 (Strange: words & <more>)"));
}

TEST_CASE("s3_error: a clock that is wrong is told by how much, and which way") {
    HttpHead head;
    head.status = 403;
    head.headers = {{"date", "Sun, 09 Sep 2001 02:09:40 GMT"}};  // 1'000'001'380
    const std::string document = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    detail::S3Asked asked{"s3://code/app.zip", "code", "x", "us-east-1", 1'000'000'000};
    const auto refusal = detail::parse_s3_refusal(head, document);
    CHECK(holds(detail::s3_error(refusal, asked).message, "is 23 min behind that of the server"));
    asked.now = 1'000'009'000;
    CHECK(holds(detail::s3_error(refusal, asked).message, "is 127 min ahead of that of the server"));
}

TEST_CASE("parse_s3_refusal: what is no document of S3, or a region that is none, says nothing") {
    HttpHead head;
    head.status = 301;
    CHECK(detail::parse_s3_refusal(head, "<html><Code").code.empty());
    CHECK(detail::parse_s3_refusal(head, "<Error><Region>eu-north-1</Region></Error>").region == "eu-north-1");
    head.headers = {{"x-amz-bucket-region", "evil.example.org/"}};
    CHECK(detail::parse_s3_refusal(head, "").region.empty());
    const auto long_one = detail::parse_s3_refusal(head, "<Code>" + std::string(100'000, 'x') + "</Code>");
    CHECK(long_one.code.size() < 300);
}

}  // namespace gup::test
