#!/usr/bin/env bash
# A booking flow with curl: sign a token, find a free time, hold it, book it, move it, list it, cancel it.
# Needs API, JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE and DAY, as `npm run dev` prints them.
set -euo pipefail

AGENT="${AGENT:-agent-curl}"
ID="$(date +%s)-$RANDOM"

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# A token of HS256 for a service: it reaches every agent, for ten minutes.
sign_token() {
  local head claims
  head=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
  claims=$(printf '{"iss":"%s","aud":"%s","sub":"curl-example","role":"service","exp":%d}' \
    "$JWT_ISSUER" "$JWT_AUDIENCE" "$(($(date +%s) + 600))" | base64url)
  # On a machine that you share, give openssl the secret in a file: others see its command line.
  printf '%s.%s.%s' "$head" "$claims" \
    "$(printf '%s.%s' "$head" "$claims" | openssl dgst -sha256 -hmac "$JWT_SECRET" -binary | base64url)"
}
TOKEN=$(sign_token)

# call METHOD PATH [JSON]: the answer's body. A problem is shown, and ends the script.
call() {
  local data=()
  if [ $# -gt 2 ]; then data=(-H 'Content-Type: application/json' -d "$3"); fi
  curl -sS --fail-with-body -X "$1" "$API$2" -H "Authorization: Bearer $TOKEN" ${data[@]+"${data[@]}"}
}
# field NAME: the first text of this name in the JSON on standard input.
field() { grep -o "\"$1\":\"[^\"]*\"" | sed -n "1s/^\"$1\":\"\(.*\)\"$/\1/p"; }

call PATCH "/settings?agentId=$AGENT" '{"timeZone":"Europe/Berlin"}' >/dev/null

SLOTS=$(call POST /slots "{\"agentId\":\"$AGENT\",\"from\":\"${DAY}T08:00:00Z\",\"to\":\"${DAY}T16:00:00Z\",\"durationMinutes\":30,\"limit\":1}")
START=$(field start <<<"$SLOTS")
END=$(field end <<<"$SLOTS")
echo "free:      $START"

call POST /holds "{\"agentId\":\"$AGENT\",\"holdId\":\"hold-$ID\",\"start\":\"$START\",\"end\":\"$END\"}" >/dev/null
echo "held:      hold-$ID"

# The same request again would answer the same booking: repeat it when an answer gets lost.
call POST /events "{\"agentId\":\"$AGENT\",\"bookingId\":\"booking-$ID\",\"holdId\":\"hold-$ID\",\"title\":\"Consultation\",\"start\":\"$START\",\"end\":\"$END\"}" >/dev/null
echo "booked:    booking-$ID"

MOVED=$(call PATCH "/events/booking-$ID" "{\"agentId\":\"$AGENT\",\"start\":\"${DAY}T18:00:00Z\",\"end\":\"${DAY}T18:30:00Z\"}")
echo "moved:     $(field start <<<"$MOVED")"

LIST=$(call GET "/events?agentId=$AGENT&from=${DAY}T00:00:00Z&state=confirmed")
grep -q "booking-$ID" <<<"$LIST"
echo "listed:    $(grep -o '"bookingId"' <<<"$LIST" | grep -c .)"

CANCELLED=$(call DELETE "/events/booking-$ID?agentId=$AGENT")
echo "state:     $(field state <<<"$CANCELLED")"
