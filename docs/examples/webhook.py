#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A webhook that sends a device to the hub of its site. Environment: PORT, and
HOOK_KEY (base64), the instance's webhook key, if requests must be signed."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import time

KEY = base64.b64decode(os.environ.get("HOOK_KEY", "").removeprefix("whsec_"))


def choose(question):
    device = question["deviceRuntimeContext"]
    payload = device.get("payload")  # whatever the device sent
    site = payload.get("site") if isinstance(payload, dict) else None
    for hub in question["linkedHubs"]:
        if isinstance(site, str) and site and hub.startswith(site + "."):
            return {"iotHubHostName": hub,
                    "initialTwin": {"tags": {"site": site}},
                    "payload": {"welcome": device["registrationId"]}}
    return {"iotHubHostName": question["linkedHubs"][0]}


def is_signed(headers, body):
    identity, sent = headers["webhook-id"], headers["webhook-timestamp"] or "0"
    signed = f"{identity}.{sent}.".encode() + body
    digest = hmac.new(KEY, signed, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    return (hmac.compare_digest(expected, headers["webhook-signature"] or "")
            and abs(time.time() - int(sent)) < 300)  # older ones are replayed


class Webhook(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if KEY and not is_signed(self.headers, body):
            return self.answer(401, {"message": "not signed with the key"})
        return self.answer(200, choose(json.loads(body)))

    def answer(self, status, content):
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


server = http.server.ThreadingHTTPServer(
    ("127.0.0.1", int(os.environ.get("PORT", "7071"))), Webhook)
print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
