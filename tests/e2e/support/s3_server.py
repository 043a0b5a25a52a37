# SPDX-License-Identifier: Apache-2.0
"""A small S3 server on loopback: buckets with objects, signatures that botocore (Amazon's own implementation) computes again and
compares, tokens that expire, its own clock and regions. It also serves the roles of machines (IMDSv2) and of containers. It does not
use pytest.

    s3 = S3()
    s3.put("code", "app.zip", content)
    s3.keys["a-key"] = "its-secret"
    … source = "s3://code/app.zip", endpoint = s3.url …
"""
from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FIFTEEN_MINUTES = 900


class Refusal(Exception):
    """An error of S3: a status, and a document with a code."""

    def __init__(self, status: int, code: str, message: str = "Words for people.", headers: dict[str, str] | None = None,
                 **elements: str):
        super().__init__(code)
        self.status, self.headers = status, headers or {}
        more = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in elements.items())
        self.document = ('<?xml version="1.0" encoding="UTF-8"?>\n'
                         f"<Error><Code>{code}</Code><Message>{escape(message)}</Message>{more}</Error>").encode()


class S3:
    def __init__(self, region: str = "us-east-1"):
        self.region = region
        self.objects: dict[str, dict[str, bytes]] = {}
        self.regions: dict[str, str] = {}  # of buckets in other regions
        self.keys: dict[str, str] = {}  # access key: secret key
        self.tokens: dict[str, float] = {}  # session token: its expiry time
        self.denied: set[str] = set()  # access keys that may not read
        self.public: set[str] = set()  # buckets that anybody may read
        self.clock_ahead = 0.0  # seconds by which this server's clock is ahead
        self.cuts: list[int] = []  # the connection is cut after so many bytes of a body, once for each number
        self.role: dict[str, str] | None = None  # the credentials of the machine's or the container's role
        self.container_token = "container-token"
        self.requests: list[tuple[str, str, int]] = []  # method, path, status
        handler = type("Handler", (_Handler,), {"s3": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def put(self, bucket: str, key: str, content: bytes) -> str:
        """Returns its ETag, without quotes."""
        self.objects.setdefault(bucket, {})[key] = content
        return hashlib.md5(content).hexdigest()

    def now(self) -> float:
        return time.time() + self.clock_ahead

    def give_role(self, access_key: str, secret: str, token: str, seconds: float = 3600) -> None:
        self.keys[access_key] = secret
        self.tokens[token] = self.now() + seconds
        self.role = {"Code": "Success", "AccessKeyId": access_key, "SecretAccessKey": secret, "Token": token,
                     "Expiration": formatdate(self.now() + seconds)}

    def asked(self, part: str = "") -> list[tuple[str, str, int]]:
        return [one for one in self.requests if part in one[1]]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    s3: S3
    protocol_version = "HTTP/1.1"
    INSTANCE = "/latest/meta-data/iam/security-credentials/"

    def log_message(self, *_: object) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(self.s3.now() if timestamp is None else timestamp, usegmt=True)

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.s3.requests.append((self.command, self.path, status))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if len(body) > 1 and self.s3.cuts:
            self.wfile.write(body[:self.s3.cuts.pop(0)])
            self.close_connection = True
            return
        self.wfile.write(body)

    def do_PUT(self) -> None:
        if self.path != "/latest/api/token" or not self.s3.role or "X-aws-ec2-metadata-token-ttl-seconds" not in self.headers:
            return self.answer(404)
        self.answer(200, b"imds-token")

    def do_GET(self) -> None:
        if self.path == "/role" or self.path.startswith("/latest/"):
            return self.give_role()
        try:
            self.give_object()
        except Refusal as refusal:
            self.answer(refusal.status, refusal.document, {"Content-Type": "application/xml", **refusal.headers})

    def give_role(self) -> None:
        token, wanted = (self.headers["Authorization"], self.s3.container_token) if self.path == "/role" else \
            (self.headers["X-aws-ec2-metadata-token"], "imds-token")
        if token != wanted or not self.s3.role:
            return self.answer(401)
        if self.path == self.INSTANCE:
            return self.answer(200, b"gateway-role\n")
        if self.path not in ("/role", self.INSTANCE + "gateway-role"):
            return self.answer(404)
        self.answer(200, json.dumps(self.s3.role).encode(), {"Content-Type": "application/json"})

    def give_object(self) -> None:
        bucket, _, key = unquote(urlsplit(self.path).path)[1:].partition("/")
        is_anonymous = bucket in self.s3.public and "Authorization" not in self.headers
        access_key = "" if is_anonymous else self.check_signature(bucket)
        if bucket not in self.s3.objects:
            raise Refusal(404, "NoSuchBucket", BucketName=bucket)
        if access_key in self.s3.denied:
            raise Refusal(403, "AccessDenied")
        if key not in self.s3.objects[bucket]:
            raise Refusal(404, "NoSuchKey", Key=key)
        content = self.s3.objects[bucket][key]
        etag = f'"{hashlib.md5(content).hexdigest()}"'
        headers = {"ETag": etag, "Accept-Ranges": "bytes", "Content-Type": "application/zip",
                   "Last-Modified": "Sat, 21 Nov 2026 02:00:13 GMT"}
        if self.headers["If-None-Match"] == etag:
            return self.answer(304, b"", headers)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"] or "")
        if not wanted or self.headers["If-Range"] not in (None, etag):
            return self.answer(200, content, headers)
        begin, end = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
        if begin >= len(content):
            headers["Content-Range"] = f"bytes */{len(content)}"
            return self.answer(416, b"", headers)
        headers["Content-Range"] = f"bytes {begin}-{end}/{len(content)}"
        self.answer(206, content[begin:end + 1], headers)

    def check_signature(self, bucket: str) -> str:
        """Returns the user of the request; refuses it as S3 would, in the same order."""
        given = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, "
                             r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})", self.headers["Authorization"] or "")
        if not given:
            raise Refusal(403, "AccessDenied")
        access_key, day, region, names, signature = given.groups()
        if access_key not in self.s3.keys:
            raise Refusal(403, "InvalidAccessKeyId", AWSAccessKeyId=access_key)
        self.check_token()
        home = self.s3.regions.get(bucket, self.s3.region)
        if region != home:
            raise Refusal(400, "AuthorizationHeaderMalformed", f"the region '{region}' is wrong; expecting '{home}'", Region=home)
        stamp = self.headers["X-Amz-Date"] or ""
        asked_at = time.mktime(time.strptime(stamp, "%Y%m%dT%H%M%SZ")) - time.timezone
        if abs(self.s3.now() - asked_at) > FIFTEEN_MINUTES or not stamp.startswith(day):
            raise Refusal(403, "RequestTimeTooSkewed", ServerTime=self.date_time_string())
        signed = names.split(";")
        must = {"host"} | {name.lower() for name in self.headers if name.lower().startswith("x-amz-")}
        if not must <= set(signed) or self.headers["X-Amz-Content-SHA256"] != hashlib.sha256(b"").hexdigest():
            raise Refusal(403, "AccessDenied", "There were headers present in the request which were not signed")
        request = AWSRequest(self.command, f"http://{self.headers['Host']}{self.path}",
                             headers={name: self.headers[name] for name in signed})
        request.context["timestamp"] = stamp
        auth = S3SigV4Auth(Credentials(access_key, self.s3.keys[access_key]), "s3", region)
        if auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request) != signature:
            raise Refusal(403, "SignatureDoesNotMatch", StringToSign="not shown")
        return access_key

    def check_token(self) -> None:
        token = self.headers["X-Amz-Security-Token"]
        if token is None:
            return
        if token not in self.s3.tokens:
            raise Refusal(400, "InvalidToken")
        if self.s3.tokens[token] < self.s3.now():
            raise Refusal(400, "ExpiredToken")
