"""As much of Google Cloud Storage's JSON API as a file layer needs, on loopback and in memory.

Objects are listed, looked at, read (whole or from somewhere on), written by resumable upload, and deleted. It runs as a process
of its own, for clients may hold the interpreter's lock while they wait:

    python -m tests.end_to_end.fake_gcs BUCKET        prints its address
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class Store(ThreadingHTTPServer):
    """The server of one bucket.

    Attributes:
        objects: bytes by name, each with its generation.
        uploads: name and bytes so far of each upload under way, by its id.
    """

    daemon_threads = True

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self.objects: dict[str, tuple[bytes, int]] = {}
        self.uploads: dict[str, tuple[str, bytearray]] = {}
        super().__init__(("127.0.0.1", 0), Request)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def describe(self, name: str) -> dict[str, Any]:
        """An object's resource."""
        data, generation = self.objects[name]
        return {
            "kind": "storage#object",
            "id": f"{self.bucket}/{name}/{generation}",
            "name": name,
            "bucket": self.bucket,
            "generation": str(generation),
            "metageneration": "1",
            "size": str(len(data)),
            "timeCreated": "2024-01-01T00:00:00.000Z",
            "updated": "2024-01-01T00:00:00.000Z",
        }


class Request(BaseHTTPRequestHandler):
    """One connection."""

    server: Store
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def parse_request(self) -> bool:
        whole = super().parse_request()
        if whole:
            parts = urlsplit(self.path)
            objects = f"/storage/v1/b/{self.server.bucket}/o"
            self.query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
            self.is_known = parts.path.removeprefix("/upload").startswith(objects)
            self.object_name = unquote(parts.path.removeprefix(objects).removeprefix("/"))
        return whole

    def answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, value: dict[str, Any], code: int = 200, **headers: str) -> None:
        self.answer(code, json.dumps(value).encode(), Content_Type="application/json", **headers)

    def refuse(self, code: int = 404) -> None:
        self.answer_json({"error": {"code": code, "message": f"no such thing: {self.path}"}}, code)

    def do_GET(self) -> None:
        if not self.is_known:
            self.refuse()
        elif not self.object_name:
            self.list_objects(self.query.get("prefix", ""), self.query.get("delimiter", ""))
        elif self.object_name not in self.server.objects:
            self.refuse()
        elif self.query.get("alt") == "media":
            self.send_content(*self.server.objects[self.object_name])
        else:
            self.answer_json(self.server.describe(self.object_name))

    def list_objects(self, prefix: str, delimiter: str) -> None:
        items, prefixes = [], set()
        for name in sorted(self.server.objects):
            if name.startswith(prefix):
                rest = name.removeprefix(prefix)
                if delimiter and delimiter in rest:
                    prefixes.add(prefix + rest.partition(delimiter)[0] + delimiter)
                else:
                    items.append(self.server.describe(name))
        self.answer_json({"kind": "storage#objects", "items": items, "prefixes": sorted(prefixes)})

    def send_content(self, data: bytes, generation: int) -> None:
        headers = {"x_goog_generation": str(generation), "Content_Type": "application/octet-stream"}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if wanted is None:
            self.answer(200, data, **headers)
            return
        start, stop = int(wanted[1]), min(len(data), int(wanted[2]) + 1 if wanted[2] else len(data))
        if start >= len(data):
            self.refuse(416)
        else:
            self.answer(206, data[start:stop], Content_Range=f"bytes {start}-{stop - 1}/{len(data)}", **headers)

    def do_POST(self) -> None:
        """Begin an upload."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.is_known or self.query.get("uploadType") != "resumable":
            self.refuse()
            return
        key = uuid.uuid4().hex
        self.server.uploads[key] = (self.query["name"], bytearray())
        self.answer_json({}, Location=f"{self.server.address}{urlsplit(self.path).path}?uploadType=resumable&upload_id={key}")

    def do_PUT(self) -> None:
        """Go on with an upload; the part that says how long the whole is ends it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.query.get("upload_id") not in self.server.uploads:
            self.refuse()
            return
        name, data = self.server.uploads[self.query["upload_id"]]
        data += body
        total = self.headers["Content-Range"].rpartition("/")[2]
        if total == "*":
            self.answer(308, Range=f"bytes=0-{len(data) - 1}")
        else:
            self.server.objects[name] = (bytes(data), self.server.objects.get(name, (b"", 1000))[1] + 1)
            self.answer_json(self.server.describe(name))

    def do_DELETE(self) -> None:
        if self.is_known and self.server.objects.pop(self.object_name, None):
            self.answer(204)
        else:
            self.refuse()


if __name__ == "__main__":
    store = Store(sys.argv[1])
    print(store.address, flush=True)
    store.serve_forever()
