"""A booking flow with Python's standard library.

Sign a token, find a free time, hold it, book it, move it, list it, cancel it. Needs API, JWT_SECRET, JWT_ISSUER,
JWT_AUDIENCE and DAY, as `npm run dev` prints them.
"""

import base64
import hashlib
import hmac
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

API = os.environ["API"]
DAY = os.environ["DAY"]
AGENT = os.environ.get("AGENT", "agent-python")


class Problem(Exception):
    """An answer that refuses. Decide by `code`; `detail` is for people."""

    def __init__(self, problem):
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail']}")
        self.code = problem["code"]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def sign_token(seconds=600):
    """A token of HS256 for a service: it reaches every agent."""
    claims = {
        "iss": os.environ["JWT_ISSUER"],
        "aud": os.environ["JWT_AUDIENCE"],
        "sub": "python-example",
        "role": "service",
        "exp": int(time.time()) + seconds,
    }
    parts = [base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = b".".join(parts)
    signature = hmac.new(os.environ["JWT_SECRET"].encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64url(signature)).decode()


TOKEN = sign_token()


def call(method, path, body=None, query=None, headers=None):
    """The answer's JSON, its text where it is none, or None where it has no body."""
    address = API + path + ("?" + urllib.parse.urlencode(query) if query else "")
    sent = {"Authorization": f"Bearer {TOKEN}", **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
            return json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text or None
    except urllib.error.HTTPError as error:
        raise Problem(json.load(error)) from None


def main():
    ids = uuid.uuid4().hex
    call("PATCH", "/settings", {"timeZone": "Europe/Berlin"}, query={"agentId": AGENT})

    found = call(
        "POST",
        "/slots",
        {
            "agentId": AGENT,
            "from": f"{DAY}T08:00:00Z",
            "to": f"{DAY}T16:00:00Z",
            "durationMinutes": 30,
            "limit": 1,
        },
    )
    slot = found["slots"][0]
    print("free:     ", slot["start"])

    call("POST", "/holds", {"agentId": AGENT, "holdId": f"hold-{ids}", **slot})
    print("held:     ", f"hold-{ids}")

    booking = {"agentId": AGENT, "bookingId": f"booking-{ids}", "title": "Consultation", **slot}
    call("POST", "/events", {**booking, "holdId": f"hold-{ids}"})
    print("booked:   ", booking["bookingId"])

    try:
        call("POST", "/events", {**booking, "bookingId": f"other-{ids}"})
    except Problem as problem:
        print("taken:    ", problem.code)

    evening = {"start": f"{DAY}T18:00:00Z", "end": f"{DAY}T18:30:00Z"}
    moved = call("PATCH", f"/events/booking-{ids}", {"agentId": AGENT, **evening})
    print("moved:    ", moved["booking"]["start"])

    query = {"agentId": AGENT, "from": f"{DAY}T00:00:00Z", "state": "confirmed"}
    listed = call("GET", "/events", query=query)["bookings"]
    assert any(one["bookingId"] == f"booking-{ids}" for one in listed)
    print("listed:   ", len(listed))

    cancelled = call("DELETE", f"/events/booking-{ids}", query={"agentId": AGENT})
    print("state:    ", cancelled["booking"]["state"])


if __name__ == "__main__":
    main()
