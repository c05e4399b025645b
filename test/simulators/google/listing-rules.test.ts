// Listing rules: what simulated Google refuses and hides (`docs/providers/google.md` A.3, A.4).
import { describe, expect, it } from "vitest";
import {
  ANA,
  type Caller,
  connect,
  createRig,
  EVENTS,
  items,
  listAll,
  type Rig,
  reason,
  timed,
} from "./rig.ts";

const SYNC = "singleEvents=true&maxResults=2500";

async function prepared(): Promise<{ rig: Rig; caller: Caller }> {
  const rig = createRig();
  return { rig, caller: await connect(rig) };
}

describe("strictness", () => {
  it.each([
    ["timeMin", "timeMin=2026-03-01T00:00:00Z"],
    ["orderBy", "orderBy=updated"],
    ["q", "q=x"],
    ["privateExtendedProperty", "privateExtendedProperty=a%3Db"],
    ["showDeleted=false", "showDeleted=false"],
  ])("refuses %s beside a sync token", async (_, parameter) => {
    const { caller } = await prepared();
    const { token } = await listAll(caller, SYNC);
    const answer = await caller.call("GET", `${EVENTS}?${SYNC}&syncToken=${token}&${parameter}`);
    expect([answer.status, reason(answer)]).toEqual([400, "badRequest"]);
  });

  it.each([
    ["maxResults", "singleEvents=true&maxResults=100"],
    ["singleEvents", "maxResults=2500"],
    ["timeZone", `${SYNC}&timeZone=UTC`],
  ])("refuses a sync token when %s differs from the first request", async (_, query) => {
    const { caller } = await prepared();
    const { token } = await listAll(caller, SYNC);
    expect((await caller.call("GET", `${EVENTS}?${query}&syncToken=${token}`)).status).toBe(400);
  });

  it.each([
    ["an unknown parameter", "colour=red", "badRequest"],
    ["a time without offset", "timeMin=2026-03-01T00:00:00", "badRequest"],
    ["an empty range", "timeMin=2026-03-02T00:00:00Z&timeMax=2026-03-02T00:00:00Z", "timeRangeEmpty"],
    ["startTime order of masters", "orderBy=startTime", "badRequest"],
    ["a sync token that is none", "syncToken=nonsense", "invalid"],
    ["a page token that is none", "pageToken=nonsense", "invalid"],
    ["a page size of zero", "maxResults=0", "invalid"],
  ])("refuses %s", async (_, query, expected) => {
    const { caller } = await prepared();
    const answer = await caller.call("GET", `${EVENTS}?${query}`);
    expect([answer.status, reason(answer)]).toEqual([400, expected]);
  });

  it("gives no sync token for an ordered listing, but orders it", async () => {
    const { rig, caller } = await prepared();
    for (const day of ["12", "10", "11"])
      rig.google.addEvent(ANA, timed(`2026-03-${day}T09:00:00Z`, { summary: day }));
    const { rows, token } = await listAll(caller, "singleEvents=true&orderBy=startTime&maxResults=2");
    expect([rows.map((row) => row["summary"]), token]).toEqual([["10", "11", "12"], "undefined"]);
  });

  it("answers 401 without a token and 404 for a calendar of somebody else", async () => {
    const { rig, caller } = await prepared();
    rig.google.addUser({ email: "bo@example.com", timeZone: "UTC" });
    const bare = await rig.google.fetch("https://www.googleapis.com/calendar/v3/users/me/calendarList");
    expect(bare.status).toBe(401);
    expect((await caller.call("GET", "/calendars/bo%40example.com/events")).status).toBe(404);
  });
});

describe("roles", () => {
  it("shows a free/busy reader times only, and a reader nothing of private events", async () => {
    const { rig, caller } = await prepared();
    const id = "c_team@group.calendar.google.com";
    rig.google.addCalendar({ owner: ANA, id, summary: "Team", timeZone: "UTC", role: "reader" });
    rig.google.addEvent(id, timed("2026-03-10T09:00:00Z", { summary: "Open" }));
    rig.google.addEvent(id, timed("2026-03-11T09:00:00Z", { summary: "Secret", visibility: "private" }));
    const path = `/calendars/${encodeURIComponent(id)}/events`;
    const summaries = async () => items(await caller.call("GET", path)).map((row) => row["summary"]);
    expect(await summaries()).toEqual(["Open", undefined]);
    rig.google.changeEntry(id, ANA, { role: "freeBusyReader" });
    expect(await summaries()).toEqual([undefined, undefined]);
    const write = await caller.call("POST", path, timed("2026-03-12T09:00:00Z"));
    expect([write.status, reason(write)]).toEqual([403, "requiredAccessLevel"]);
  });

  it("lists calendars incrementally: hidden, renamed and removed ones", async () => {
    const { rig, caller } = await prepared();
    const list = (query: string) => caller.call("GET", `/users/me/calendarList?${query}`);
    rig.google.addCalendar({ owner: ANA, id: "c_x@group.calendar.google.com", summary: "X", timeZone: null });
    const first = await list("maxResults=250");
    expect(items(first)).toHaveLength(3);
    rig.google.removeCalendar("c_x@group.calendar.google.com");
    rig.google.changeCalendar(ANA, { summary: "Ana" });
    const next = await list(`maxResults=250&syncToken=${first.body["nextSyncToken"]}`);
    expect(items(next)).toMatchObject([{ summary: "Ana" }, { deleted: true }]);
    expect(items(await list(""))).toHaveLength(2);
  });
});
