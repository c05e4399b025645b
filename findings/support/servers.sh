# Radicale and Xandikos on 127.0.0.1, and the few requests that the findings send them. Sourced after common.sh.

# Debian 12's versions of what the servers import.
readonly PYTHON_CALENDARS="python3-dateutil=2.8.2-2 python3-six=1.16.0-4 python3-tz=2022.7.1-4"
readonly RADICALE="python3-radicale=3.1.8-2 python3-vobject=0.9.6.1-2 python3-defusedxml=0.7.1-2
  python3-passlib=1.7.4-3 $PYTHON_CALENDARS"
readonly XANDIKOS="xandikos=0.2.8-1 python3-icalendar=4.0.3-5 python3-defusedxml=0.7.1-2
  python3-aiohttp=3.8.4-1+deb12u2 python3-aiosignal=1.3.1-1 python3-async-timeout=4.0.2-1 python3-attr=22.2.0-1
  python3-charset-normalizer=3.0.1-2 python3-chardet=5.1.0+dfsg-2 python3-frozenlist=1.3.3-1+b1
  python3-idna=3.3-1+deb12u1 python3-multidict=6.0.4-1+b1 python3-yarl=1.8.2-1+b1 python3-dulwich=0.21.2-1+b1
  python3-urllib3=1.26.12-1+deb12u4 python3-certifi=2022.9.24-1 python3-jinja2=3.1.2-1+deb12u3
  python3-markupsafe=2.1.2-1+b1 $PYTHON_CALENDARS"

# A port of 127.0.0.1 that nobody listens on.
free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# serve ARGUMENT...: Python in the background. Called without `debian_python`, so that $! is the server itself and not
# a shell around it.
serve() {
  HOME="$work" PYTHONPATH="$packages" /usr/bin/python3 "$@" >"$work/server.log" 2>&1 &
  started+=($!)
}

# await URL: until the server answers anything, for 20 seconds at most.
await() {
  for _ in {1..100}; do
    curl -s -o "$work/answer" --max-time 5 "$1" && return
    sleep 0.2
  done
  echo "The server doesn't answer:" >&2
  tail "$work/server.log" >&2
  exit 1
}

# start_radicale: one empty calendar at $calendar, and no passwords.
start_radicale() {
  local port
  # Unquoted: a list of packages.
  debian_packages $RADICALE
  port=$(free_port)
  printf '[server]\nhosts = 127.0.0.1:%s\n[auth]\ntype = none\n[storage]\nfilesystem_folder = %s\n' \
    "$port" "$work/radicale" >"$work/radicale.conf"
  serve -m radicale --config "$work/radicale.conf"
  await "http://127.0.0.1:$port/"
  calendar="http://127.0.0.1:$port/agent/calendar"
  send MKCALENDAR "$calendar/" >/dev/null
}

# start_xandikos: one empty calendar at $calendar.
start_xandikos() {
  local port
  debian_packages $XANDIKOS
  port=$(free_port)
  serve "$work/debian/usr/bin/xandikos" --defaults --current-user-principal /agent/ -d "$work/xandikos" \
    -l 127.0.0.1 -p "$port"
  await "http://127.0.0.1:$port/"
  calendar="http://127.0.0.1:$port/agent/calendars/calendar"
}

# event UID LINE...: a calendar object with one event. A LINE may hold several, divided by \n.
event() {
  local uid=$1
  shift
  printf '%s\n' BEGIN:VCALENDAR VERSION:2.0 "PRODID:-//findings//EN" BEGIN:VEVENT "UID:$uid" \
    DTSTAMP:20260101T000000Z "$@" END:VEVENT END:VCALENDAR | sed 's/$/\r/'
}

# send METHOD URL [CURL-OPTION...]: prints the status; the body is in $work/answer.
send() {
  curl -s -u agent:none --max-time 20 -o "$work/answer" -w '%{http_code}' -X "$1" "$2" "${@:3}"
}

# put NAME: stores the object that stands on standard input, and prints the status.
put() { send PUT "$calendar/$1" -H 'Content-Type: text/calendar' -H 'If-None-Match: *' --data-binary @-; }

# report BODY [DEPTH]: prints the status of a REPORT on the calendar.
report() {
  send REPORT "$calendar/" -H "Depth: ${2:-1}" -H 'Content-Type: application/xml' \
    --data-binary "<?xml version='1.0' encoding='utf-8'?>$1"
}

readonly NAMESPACES="xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'"

# query START END [PROPERTY]: a calendar-query for the events in a range.
query() {
  report "<C:calendar-query $NAMESPACES><D:prop>${3:-<D:getetag/>}</D:prop><C:filter>
    <C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'><C:time-range start='$1' end='$2'/>
    </C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
}

# found START END: the names of the objects in a range, or "nothing".
found() {
  query "$1" "$2" >/dev/null
  local names
  names=$(grep -oE '[^/>]+\.ics' "$work/answer" | sort | paste -sd ' ' || true)
  echo "${names:-nothing}"
}
