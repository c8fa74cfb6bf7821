"""As much of Google Cloud Storage's JSON API as a file layer needs, on loopback and in memory.

Objects are listed, looked at, read (whole or in part), written in one go or by resumable upload, and deleted.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

OBJECTS = re.compile(r"/storage/v1/b/(?P<bucket>[^/]+)/o$")
OBJECT = re.compile(r"/(?:download/)?storage/v1/b/(?P<bucket>[^/]+)/o/(?P<name>.+)$")
UPLOAD = re.compile(r"/upload/storage/v1/b/(?P<bucket>[^/]+)/o$")
BUCKET = re.compile(r"/storage/v1/b/(?P<bucket>[^/]+)$")
DIRECT = re.compile(r"/(?P<bucket>[^/]+)/(?P<name>.+)$")


@dataclass
class Upload:
    """A resumable upload under way."""

    name: str
    metadata: dict[str, Any]
    data: bytearray = field(default_factory=bytearray)


class FakeGcs:
    """The server: one bucket. Used as a context manager."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self.objects: dict[str, tuple[bytes, dict[str, Any], int]] = {}
        self.uploads: dict[str, Upload] = {}
        self.lock = threading.Lock()
        self._generation = 1000
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"store": self}))
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeGcs:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, name: str, data: bytes, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
        """Store an object; returns its description."""
        with self.lock:
            self._generation += 1
            self.objects[name] = (data, (metadata or {}).get("metadata") or {}, self._generation)
        return self.describe(name)

    def describe(self, name: str) -> dict[str, Any]:
        """An object's resource."""
        data, metadata, generation = self.objects[name]
        return {
            "kind": "storage#object",
            "id": f"{self.bucket}/{name}/{generation}",
            "name": name,
            "bucket": self.bucket,
            "generation": str(generation),
            "metageneration": "1",
            "size": str(len(data)),
            "md5Hash": base64.b64encode(hashlib.md5(data).digest()).decode(),
            "contentType": "application/octet-stream",
            "timeCreated": "2024-01-01T00:00:00.000Z",
            "updated": "2024-01-01T00:00:00.000Z",
            "storageClass": "STANDARD",
            "metadata": metadata,
        }


class _Handler(BaseHTTPRequestHandler):
    store: FakeGcs
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _split(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        return parts.path, {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _json(self, value: dict[str, Any], **headers: str) -> None:
        self._answer(200, json.dumps(value).encode(), Content_Type="application/json", **headers)

    def _refuse(self, code: int, message: str) -> None:
        self._answer(code, json.dumps({"error": {"code": code, "message": message}}).encode(), Content_Type="application/json")

    def do_GET(self) -> None:
        path, query = self._split()
        if found := OBJECTS.fullmatch(path):
            self._list(query)
        elif found := OBJECT.fullmatch(path):
            self._object(unquote(found["name"]), media=query.get("alt") == "media" or path.startswith("/download"))
        elif found := BUCKET.fullmatch(path):
            if found["bucket"] == self.store.bucket:
                self._json({"kind": "storage#bucket", "id": self.store.bucket, "name": self.store.bucket})
            else:
                self._refuse(404, "no such bucket")
        elif found := DIRECT.fullmatch(path):
            self._object(unquote(found["name"]), media=True)
        else:
            self._refuse(404, path)

    def _list(self, query: dict[str, str]) -> None:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        items, prefixes = [], set()
        for name in sorted(self.store.objects):
            if name.startswith(prefix):
                head, found, _ = name.removeprefix(prefix).partition(delimiter) if delimiter else (name, "", "")
                if found:
                    prefixes.add(prefix + head + delimiter)
                else:
                    items.append(self.store.describe(name))
        self._json({"kind": "storage#objects", "items": items, "prefixes": sorted(prefixes)})

    def _object(self, name: str, media: bool) -> None:
        if name not in self.store.objects:
            self._refuse(404, f"no such object: {name}")
        elif not media:
            self._json(self.store.describe(name))
        else:
            data, _, generation = self.store.objects[name]
            headers = {"x_goog_generation": str(generation), "Content_Type": "application/octet-stream"}
            wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
            if wanted is None:
                self._answer(200, data, **headers)
                return
            if wanted[1] == "":
                start, stop = max(0, len(data) - int(wanted[2])), len(data)
            else:
                start, stop = int(wanted[1]), min(len(data), int(wanted[2]) + 1 if wanted[2] else len(data))
            if start >= len(data):
                self._refuse(416, "out of range")
            else:
                self._answer(206, data[start:stop], Content_Range=f"bytes {start}-{stop - 1}/{len(data)}", **headers)

    def do_POST(self) -> None:
        path, query = self._split()
        body = self._body()
        if not UPLOAD.fullmatch(path):
            self._refuse(404, path)
        elif query.get("uploadType") == "resumable":
            metadata = json.loads(body or b"{}")
            key = uuid.uuid4().hex
            self.store.uploads[key] = Upload(query.get("name") or metadata["name"], metadata)
            self._json({}, Location=f"{self.store.endpoint}{path}?uploadType=resumable&upload_id={key}")
        elif query.get("uploadType") == "multipart":
            header = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            described, content = message_from_bytes(header + body).get_payload()  # type: ignore[misc]
            metadata = json.loads(described.get_payload(decode=True))
            data = body.split(b"\r\n\r\n", 2)[2]
            data = data[: data.rindex(b"\r\n--")]
            self._json(self.store.put(query.get("name") or metadata["name"], data, metadata))
        else:
            self._json(self.store.put(query["name"], body))

    def do_PUT(self) -> None:
        _, query = self._split()
        body = self._body()
        upload = self.store.uploads.get(query.get("upload_id", ""))
        if upload is None:
            self._refuse(404, "no such upload")
            return
        upload.data += body
        total = self.headers.get("Content-Range", "").rpartition("/")[2]
        if total not in ("", "*") and len(upload.data) >= int(total):
            self._json(self.store.put(upload.name, bytes(upload.data), upload.metadata))
        else:
            last = {"Range": f"bytes=0-{len(upload.data) - 1}"} if upload.data else {}
            self._answer(308, **last)

    def do_DELETE(self) -> None:
        found = OBJECT.fullmatch(self._split()[0])
        with self.store.lock:
            gone = self.store.objects.pop(unquote(found["name"]), None) if found else None
        if gone is None:
            self._refuse(404, "no such object")
        else:
            self._answer(204)
