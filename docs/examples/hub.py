#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A hub for mosquitto-dps, by webhook: it keeps devices and their state in
memory. Environment: PORT, and HUB_KEY (base64), the key of the linked hub, if
requests must be signed."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import time
import urllib.parse

KEY = base64.b64decode(os.environ.get("HUB_KEY", "").removeprefix("whsec_"))
devices, states = {}, {}  # by device id


def is_signed(method, path, headers, body):
    identity = headers["webhook-id"] or ""
    sent = headers["webhook-timestamp"] or "0"
    signed = f"{identity}.{sent}.".encode() + body
    digest = hmac.new(KEY, signed, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    return (hmac.compare_digest(expected, headers["webhook-signature"] or "")
            and identity.startswith(f"{method} {path} ")  # meant for this
            and abs(time.time() - int(sent)) < 300)  # older ones are replayed


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        if KEY and not is_signed(self.command, self.path, self.headers, body):
            return self.answer(401, {"message": "not signed with the key"})
        parts = [urllib.parse.unquote(part) for part in self.path.split("/")]
        match [self.command, *parts[1:]]:
            case ["GET", "health"]:
                return self.answer(200)
            case ["PUT", "devices", device]:  # new, or with a new credential
                devices[device] = json.loads(body)
                return self.answer(204)
            case ["DELETE", "devices", device]:
                states.pop(device, None)
                return self.answer(204 if devices.pop(device, None) else 404)
            case ["GET", "devices", device, "state"] if device in devices:
                return self.answer(200, states.get(device, {}))
            case ["PUT", "devices", device, "state"] if device in devices:
                states[device] = json.loads(body)
                return self.answer(204)
            case ["POST", "devices", _, "notice"]:
                return self.answer(501)  # no way to reach a device
        return self.answer(404)

    do_GET = do_PUT = do_POST = do_DELETE = serve

    def answer(self, status, content=None):
        data = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


server = http.server.ThreadingHTTPServer(
    ("127.0.0.1", int(os.environ.get("PORT", "7072"))), Hub)
print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
