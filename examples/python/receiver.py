"""A receiver of notices with Python's standard library: verify, note the id, answer, work on it later.

Needs NOTICE_SECRET (one or several, separated by spaces) and PORT.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_BYTES = 64 * 1024
MAX_AGE_SECONDS = 300
KEYS = [base64.b64decode(secret.split("whsec_")[-1]) for secret in os.environ["NOTICE_SECRET"].split()]

# In earnest a table with a unique id, in the transaction that notes the notice.
seen = set()


def is_signed(headers, body):
    """Standard Webhooks: an HMAC of id, timestamp and body, and a timestamp that isn't old."""
    identity = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > MAX_AGE_SECONDS:
        return False
    signed = f"{identity}.{timestamp}.".encode() + body
    good = ["v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in KEYS]
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in good for other in given)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("content-length", "0"))
        if length > MAX_BYTES:
            return self.answer(413)
        body = self.rfile.read(length)
        if not is_signed(self.headers, body):
            return self.answer(401)
        identity = self.headers["webhook-id"]
        if identity not in seen:
            seen.add(identity)
            notice = json.loads(body)
            print(notice["type"], json.dumps(notice["data"]), flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """What comes in is shown by what it tells, and not line by line."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver)
    print("receiving", flush=True)
    server.serve_forever()
