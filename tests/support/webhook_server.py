# SPDX-License-Identifier: Apache-2.0
"""A webhook of custom allocation for tests, as hostile as the path asks for.

usage: webhook_server.py ADDRESS [CERTIFICATE KEY] [--drop-first]

Writes to stdout `listening PORT`, then a line of JSON for every request. With
a certificate it speaks TLS. --drop-first closes the first connection at once.
"""
import gzip
import http.server
import json
import ssl
import sys
import threading
import time
import urllib.parse

MEGABYTE = b"x" * 1_000_000
FOREVER = threading.Event()  # never set: the test ends the process
together = threading.Condition()
arrived = 0
output = threading.Lock()


def say(line):
    with output:
        print(line, flush=True)


class Webhook(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        self.text = self.rfile.read(size).decode()
        say(json.dumps({"path": self.path, "port": self.client_address[1],
                        "method": self.command,
                        "headers": dict(self.headers), "body": self.text}))
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        name, *self.rest = url.path.strip("/").split("/")
        getattr(self, "on_" + name.replace("-", "_"), self.on_unknown)()

    # GET is also what a redirect would make of it.
    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST

    def log_message(self, *_):
        pass

    def answer(self, body, status=200, **headers):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer_hub(self, hub=None, **more):
        if hub is None:
            hub = self.query.get("hub", "hub-1.example")
        self.answer(json.dumps({"iotHubHostName": hub, **more}))

    def asked(self):
        return json.loads(self.text)

    def pour(self, pieces, pause=0.0):
        self.close_connection = True
        try:
            for piece in pieces:
                self.wfile.write(piece)
                time.sleep(pause)
        except OSError:
            say("gave up")  # the client did

    # Webhooks as they should be.

    def on_ok(self):
        self.answer_hub()

    def on_last(self):
        self.answer_hub(self.asked()["linkedHubs"][-1])

    def on_payload(self):
        self.answer_hub(payload=self.asked()["deviceRuntimeContext"]
                        .get("payload"))

    def on_say(self):
        self.answer_hub(payload=json.loads(self.query["payload"]))

    def on_twin(self):
        self.answer_hub(initialTwin=json.loads(self.query["twin"]))

    def on_slow(self):
        time.sleep(int(self.rest[0]) / 1000)
        self.on_last()

    def on_together(self):
        global arrived
        with together:
            arrived += 1
            together.notify_all()
            together.wait_for(lambda: arrived >= int(self.rest[0]))
        self.answer_hub()

    # And as they should not.

    def on_unknown(self):
        self.answer("{}", 404)

    def on_status(self):
        status = int(self.rest[0])
        body = "" if status in (204, 304) else '{"error": "as you like"}'
        self.answer(body, status)

    def on_redirect(self):
        self.answer("", 302, Location="/ok")

    def on_cookie(self):
        self.answer('{"iotHubHostName": "hub-1.example"}',
                    Set_Cookie="a=b; Path=/")

    def on_body(self):
        self.answer(self.query["text"])

    def on_no_hub(self):
        self.answer('{"payload": 1}')

    def on_bad_json(self):
        self.answer('{"iotHubHostName": ')

    def on_retry_after(self):
        self.answer("", 429, Retry_After=self.query.get("value", ""))

    def on_gzip(self):
        self.answer(gzip.compress(b'{"iotHubHostName": "hub-1.example"}'),
                    Content_Encoding="gzip")

    def on_huge(self):
        self.send_response(200)
        self.end_headers()
        self.pour([MEGABYTE] * 30)

    def on_huge_declared(self):
        self.send_response(200)
        self.send_header("Content-Length", "30000000")
        self.end_headers()
        self.pour([MEGABYTE] * 30)

    def on_huge_headers(self):
        self.pour([b"HTTP/1.1 200 OK\r\n"] + [b"X-A: b\r\n" * 1000] * 1000)

    def on_continue(self):
        self.pour([b"HTTP/1.1 100 Continue\r\n\r\n" * 1000] * 1000)

    def on_drip(self):
        self.send_response(200)
        self.end_headers()
        self.pour([b" "] * 30_000, pause=float(self.query.get("pause", "1")))

    def on_hang(self):
        FOREVER.wait()

    # On a connection that is kept, the last answer comes once more.
    def on_again(self):
        if hub := getattr(self, "last_hub", None):
            self.answer_hub(hub)
        self.last_hub = self.query["hub"]
        self.answer_hub()

    def on_close(self):
        self.close_connection = True

    def on_cut(self):
        self.pour([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"])

    def on_garbage(self):
        self.pour([b"SSH-2.0-OpenSSH_9.2\r\n"])


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
    drop_first = "--drop-first" in sys.argv

    def verify_request(self, request, client_address):
        dropped, self.drop_first = self.drop_first, False
        if dropped:
            say("dropped")
        return not dropped

    def handle_error(self, request, client_address):
        pass  # a client that went away


arguments = [each for each in sys.argv[1:] if not each.startswith("--")]
server = Server((arguments[0], 0), Webhook)
if len(arguments) == 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(arguments[1], arguments[2])
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
say(f"listening {server.server_port}")
server.serve_forever()
