# SPDX-License-Identifier: Apache-2.0
"""Two hubs for tests: Azure IoT Hub's registry, and one reached by webhook.

usage: registry_double.py CERTIFICATE KEY

Speaks HTTPS for localhost. Writes to stdout `listening PORT`, then a line of
JSON for every request but those to /control.

  /devices, /twins, /statistics   the registry: checks the token, its rights,
                                  the api-version, If-Match and the bodies
  /hub, /signed                   the verbs of a webhook hub; /signed wants them
                                  signed
  POST /control/fault             {"match": "PUT /devices/", "times": 1,
                                  "kind": "status", "status": 500, ...}: what
                                  meets the next requests that begin so
  PUT /control/reported/{id}      what the device itself reports
  PUT /control/release            requests that met with "late" are served
  GET /control/state              all there is
"""
import base64
import hashlib
import hmac
import http.server
import json
import re
import ssl
import sys
import threading
import time
import urllib.parse
import uuid

KEY = bytes(range(32))  # of both policies, and of the webhook hub's signature
POLICIES = {"iothubowner": {"read", "write"}, "registryRead": {"read"}}
MEGABYTE = b"x" * 1_000_000
FOREVER = threading.Event()  # never set: the test ends the process
RELEASED = threading.Event()
lock = threading.Lock()
faults = []
devices, twins = {}, {}  # of the registry, by device id
hub_devices, hub_states, notices = {}, {}, []


class Refusal(Exception):
    def __init__(self, status, code, message=""):
        self.status = status
        self.body = {"Message": f"ErrorCode:{code};{message or code}",
                     "ExceptionMessage": "Tracking ID:0-1-2"}


def say(line):
    print(line, flush=True)


def new_etag():
    return base64.b64encode(uuid.uuid4().bytes[:8]).decode()


def demand(truth, code, message, status=400):
    if not truth:
        raise Refusal(status, code, message)


def check_token(token, port, right):
    scheme, _, rest = (token or "").partition(" ")
    fields = dict(part.partition("=")[::2] for part in rest.split("&"))
    signed = f"{fields.get('sr')}\n{fields.get('se')}".encode()
    wanted = hmac.new(KEY, signed, hashlib.sha256).digest()
    sent = urllib.parse.unquote(fields.get("sig", ""))
    host = urllib.parse.unquote(fields.get("sr", ""))
    rights = POLICIES.get(urllib.parse.unquote(fields.get("skn", "")), set())
    good = (scheme == "SharedAccessSignature"
            and sent == base64.b64encode(wanted).decode()
            and host in ("localhost", f"localhost:{port}")
            and time.time() < int(fields.get("se", 0)) <= time.time() + 3700
            and right in rights)
    demand(good, "IotHubUnauthorizedAccess", "Unauthorized", 401)


def is_key(text):
    return 16 <= len(base64.b64decode(text, validate=True)) <= 64


def is_thumbprint(text):
    return re.fullmatch("[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}", text) is not None


def check_identity(device, device_id):
    known = {"deviceId", "status", "authentication", "capabilities", "etag",
             "generationId", "connectionState"}
    demand(device.get("status") in ("enabled", "disabled"),
           "ArgumentInvalid", "status")
    demand(set(device) <= known, "ArgumentInvalid", f"not of {sorted(known)}")
    demand(device["deviceId"] == device_id, "ArgumentInvalid", "deviceId")
    proof = device["authentication"]
    if proof["type"] == "sas":
        keys = proof["symmetricKey"]
        good = is_key(keys["primaryKey"]) and is_key(keys["secondaryKey"])
    else:
        prints = proof["x509Thumbprint"]
        good = (proof["type"] == "selfSigned"
                and is_thumbprint(prints["primaryThumbprint"])
                and is_thumbprint(prints["secondaryThumbprint"]))
    demand(good, "ArgumentInvalid", "authentication: " + json.dumps(proof))
    edge = device.get("capabilities", {}).get("iotEdge", False)
    demand(isinstance(edge, bool), "ArgumentInvalid", "iotEdge")


def merged(old, patch):
    result = dict(old)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def part_of_twin(properties, version):
    stamp = {"$lastUpdated": "2026-01-01T00:00:00Z"}
    metadata = {**stamp, **{name: stamp for name in properties}}
    return {**properties, "$metadata": metadata, "$version": version}


class Hub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        size = int(self.headers.get("Content-Length", 0))
        self.text = self.rfile.read(size).decode()
        self.url = urllib.parse.urlsplit(self.path)
        kind, *self.rest = [urllib.parse.unquote(part) for part
                            in self.url.path.strip("/").split("/")]
        if kind != "control":
            headers = {key.lower(): value
                       for key, value in self.headers.items()}
            with lock:
                say(json.dumps({"method": self.command, "path": self.path,
                                "headers": headers, "body": self.text}))
            fault = self.next_fault()
            if fault and not self.suffer(fault):
                return
        self.answer(*self.judge(kind))

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = serve

    def judge(self, kind):
        try:
            with lock:
                return getattr(self, "on_" + kind, self.on_unknown)()
        except Refusal as refusal:
            return refusal.status, refusal.body
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return 400, Refusal(400, "ArgumentInvalid", repr(error)).body

    def log_message(self, *_):
        pass

    def answer(self, status, content=None, headers=None):
        data = b""
        if content is not None:
            data = (content if isinstance(content, str)
                    else json.dumps(content)).encode()
        self.send_response(status)
        if isinstance(content, dict):
            self.send_header("Content-Type", "application/json; charset=utf-8")
            if "etag" in content:
                self.send_header("ETag", f'"{content["etag"]}"')
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    # What may go wrong.

    def next_fault(self):
        request = f"{self.command} {self.url.path}"
        with lock:
            for fault in faults:
                if request.startswith(fault.get("match", "")):
                    fault["times"] = fault.get("times", 1) - 1
                    if fault["times"] == 0:
                        faults.remove(fault)
                    return fault
        return None

    # Whether the request is served nevertheless.
    def suffer(self, fault):
        kind = fault["kind"]
        if kind == "status":
            self.answer(fault["status"], fault.get("body"),
                        fault.get("headers"))
            return False
        if kind == "twice":  # an answer more than requests
            self.answer(fault["status"], fault.get("body"))
            self.answer(*self.judge(self.url.path.split("/")[1]))
            say("answered twice")
            return False
        self.close_connection = True
        if kind == "hang":
            FOREVER.wait()
        elif kind == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
        elif kind == "huge":
            self.pour([b"HTTP/1.1 200 OK\r\n\r\n"] + [MEGABYTE] * 30)
        elif kind == "lost":  # done, and nobody hears of it
            self.judge(self.url.path.split("/")[1])
        elif kind == "late":  # done when nobody waits for it any more
            RELEASED.wait()
            status, _ = self.judge(self.url.path.split("/")[1])
            say(f"served late: {status}")
        return False  # or `close`

    def pour(self, pieces):
        try:
            for piece in pieces:
                self.wfile.write(piece)
        except OSError:
            pass  # the client gave up

    # The registry.

    def on_unknown(self):
        return 404, Refusal(404, "NotFound").body

    def body(self):
        content = json.loads(self.text)
        demand(isinstance(content, dict), "ArgumentInvalid", "no object")
        return content

    def enter_registry(self):
        right = "read" if self.command == "GET" else "write"
        check_token(self.headers["Authorization"], server.server_port, right)
        query = dict(urllib.parse.parse_qsl(self.url.query))
        demand(query.get("api-version") == "2021-04-12",
               "InvalidProtocolVersion", "api-version")
        return self.rest[0] if self.rest else ""

    # With If-Match only what is there is written to, without only what is not.
    def check_match(self, found):
        match = self.headers["If-Match"]
        if match is None:
            demand(found is None, "DeviceAlreadyExists", "", 409)
            return
        demand(found, "DeviceNotFound", "", 404)
        demand(match.strip('"') in ("*", found["etag"]),
               "PreconditionFailed", match, 412)

    def on_devices(self):
        name = self.enter_registry()
        found = devices.get(name)
        if self.command == "GET" and not name:
            return 200, list(devices.values())
        if self.command == "PUT":
            device = self.body()
            check_identity(device, name)
            self.check_match(found)
            devices[name] = {"generationId": "1", **device,
                             "connectionState": "Disconnected",
                             "etag": new_etag()}
            twins.setdefault(name, {"etag": new_etag(), "version": 1,
                                    "tags": {}, "desired": {}, "reported": {}})
            return 200, devices[name]
        demand(found, "DeviceNotFound", f"Device {name} not registered", 404)
        if self.command == "GET":
            return 200, found
        demand(self.command == "DELETE" and self.headers["If-Match"],
               "ArgumentInvalid", "If-Match")
        self.check_match(found)
        del devices[name], twins[name]
        return 204, None

    def on_twins(self):
        name = self.enter_registry()
        twin = twins.get(name)
        demand(twin, "DeviceNotFound", f"Device {name} not registered", 404)
        if self.command in ("PUT", "PATCH"):
            demand(self.headers["If-Match"], "ArgumentInvalid", "If-Match")
            self.check_match(twin)
            self.write_twin(twin, self.body())
        return 200, {
            "deviceId": name, "etag": twin["etag"], "status": "enabled",
            "version": twin["version"], "tags": twin["tags"],
            "properties": {part: part_of_twin(twin[part], twin["version"])
                           for part in ("desired", "reported")}}

    def write_twin(self, twin, content):
        properties = content.get("properties", {})
        demand("reported" not in properties, "ArgumentInvalid", "reported")
        new = {"tags": content.get("tags", {}),
               "desired": properties.get("desired", {})}
        for part, value in new.items():
            demand(isinstance(value, dict), "ArgumentInvalid", part)
            twin[part] = (merged(twin[part], value)
                          if self.command == "PATCH" else value)
        twin.update(etag=new_etag(), version=twin["version"] + 1)

    def on_statistics(self):
        self.enter_registry()
        return 200, {"totalDeviceCount": len(devices),
                     "enabledDeviceCount": len(devices),
                     "disabledDeviceCount": 0}

    # The webhook hub.

    def on_signed(self):
        path = self.url.path.removeprefix("/signed")
        identity = self.headers["webhook-id"]
        when = self.headers["webhook-timestamp"]
        wanted = hmac.new(KEY, f"{identity}.{when}.{self.text}".encode(),
                          hashlib.sha256).digest()
        good = (identity.startswith(f"{self.command} {path} ")
                and self.headers["webhook-signature"]
                == "v1," + base64.b64encode(wanted).decode())
        demand(good, "Unsigned", "the signature is not good", 401)
        return self.on_hub()

    def on_hub(self):
        if self.rest == ["health"]:
            return 200, {}
        _, name, *what = self.rest
        demand(what != ["state"] or name in hub_devices, "NoDevice", name, 404)
        if what == ["state"] and self.command == "GET":
            return 200, hub_states.get(name, {})
        if what == ["state"]:
            hub_states[name] = self.body()
        elif what == ["notice"]:
            notices.append(self.body())
        elif self.command == "PUT":
            hub_devices[name] = self.body()
        else:
            demand(name in hub_devices, "NoDevice", name, 404)
            del hub_devices[name]
            hub_states.pop(name, None)
        return 204, None

    def on_control(self):
        if self.rest == ["fault"]:
            faults.append(self.body())
        elif self.rest == ["release"]:
            RELEASED.set()
        elif self.rest[0] == "reported":
            twins[self.rest[1]]["reported"] = self.body()
        return 200, {"devices": devices, "twins": twins, "notices": notices,
                     "hubDevices": hub_devices, "hubStates": hub_states}


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512

    def handle_error(self, request, client_address):
        pass  # a client that went away


server = Server(("127.0.0.1", 0), Hub)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True,
                                    do_handshake_on_connect=False)
say(f"listening {server.server_port}")
server.serve_forever()
