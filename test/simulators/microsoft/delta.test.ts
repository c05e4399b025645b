// calendarView/delta of simulated Graph (`docs/providers/microsoft.md` B.5.2-B.5.5).
import { describe, expect, it } from "vitest";
import type { Json } from "../shared/rig.ts";
import {
  ANA,
  type Caller,
  code,
  connect,
  createRig,
  daily,
  PREFER,
  type Rig,
  round,
  rows,
  timed,
  WINDOW,
} from "./rig.ts";

async function prepared(): Promise<{ rig: Rig; caller: Caller; add: (event: Json) => string }> {
  const rig = createRig();
  const caller = await connect(rig);
  return { rig, caller, add: (event) => String(rig.microsoft.addEvent(caller.calendarId, event)["id"]) };
}

const SERIES = timed("2026-03-03T16:00:00", { recurrence: daily("2026-03-03", 3), showAs: "free" });
const OUTSIDE = "2027-01-10T09:00:00";
const delta = (caller: Caller) => `${caller.home}/calendarView/delta?${WINDOW}`;
const types = (all: Json[]) => all.map((row) => ("@removed" in row ? "removed" : row["type"]));
const begins = (all: Json[]) =>
  all.map((row) => (row["start"] as { dateTime: string }).dateTime.slice(0, 16));

describe("a round", () => {
  it.each([
    "$select=id",
    "$expand=extensions",
    "$filter=type eq 'x'",
    "$orderby=start/dateTime",
    "$search=x",
    "$top=5",
  ])("refuses %s", async (option) => {
    const { caller } = await prepared();
    const answer = await caller.call("GET", `${delta(caller)}&${option}`);
    expect([answer.status, code(answer)]).toEqual([400, "ErrorInvalidUrlQuery"]);
  });

  it("needs a window, at most five years long", async () => {
    const { caller } = await prepared();
    const ask = (query: string) => caller.call("GET", `${caller.home}/calendarView/delta?${query}`);
    expect((await ask("startDateTime=2026-01-01")).status).toBe(400);
    expect((await ask("startDateTime=2026-01-01&endDateTime=tomorrow")).status).toBe(400);
    expect(code(await ask("startDateTime=2026-01-01&endDateTime=2035-01-01"))).toBe(
      "ErrorCalendarViewRangeTooBig",
    );
  });

  it("holds the events that overlap the window, and its link allows no other parameter", async () => {
    const { caller, add } = await prepared();
    add(timed(OUTSIDE));
    add(timed("2026-02-21T23:30:00"));
    add(SERIES);
    const { rows: all, link } = await round(caller);
    expect(begins(all).sort()).toEqual([
      "2026-02-21T23:30",
      "2026-03-03T16:00",
      "2026-03-04T16:00",
      "2026-03-05T16:00",
    ]);
    expect((await caller.call("GET", `${link}&${WINDOW}`)).status).toBe(400);
    expect((await caller.call("GET", link.replace("R0usmc", "R0"))).status).toBe(400);
    expect((await round(caller, link)).rows).toEqual([]);
  });

  it("splits into pages by odata.maxpagesize, ten when none is preferred; changes come in the next round", async () => {
    const { rig, caller, add } = await prepared();
    const ids = Array.from({ length: 25 }, (_, hour) =>
      add(timed(`2026-03-10T${String(hour % 24).padStart(2, "0")}:00:00`)),
    );
    expect((await round(caller, undefined, PREFER)).pages).toBe(3);
    const prefer = `${PREFER}, odata.maxpagesize=20`;
    const first = await caller.call("GET", delta(caller), undefined, { prefer });
    rig.microsoft.patchEvent(caller.calendarId, ids[0] ?? "", { showAs: "free" });
    rig.microsoft.deleteEvent(caller.calendarId, ids[24] ?? "");
    const rest = await round(caller, String(first.body["@odata.nextLink"]), prefer);
    expect(rest.rows).toHaveLength(4);
    expect(types((await round(caller, rest.link)).rows)).toEqual(["singleInstance", "removed"]);
  });

  it("M21: shows occurrences sparse and exceptions whole; the default calendar has a path of its own", async () => {
    const { rig, caller, add } = await prepared();
    const id = add(SERIES);
    const to = timed("2026-03-04T10:00:00");
    rig.microsoft.moveInstance(caller.calendarId, id, "2026-03-04T16:00:00Z", to);
    const { rows: all } = await round(caller, `/me/calendarView/delta?${WINDOW}`);
    expect(types(all)).toEqual(["occurrence", "exception", "occurrence"]);
    expect(all[0]).not.toHaveProperty("showAs");
    expect(all[1]).toMatchObject({
      showAs: "free",
      seriesMasterId: id,
      originalStart: "2026-03-04T16:00:00Z",
    });
  });

  it("shows regular or immutable ids and any zone, as preferred; a move to another calendar changes regular ids", async () => {
    const { rig, caller, add } = await prepared();
    const id = add(timed("2026-07-01T09:00:00"));
    const regular = await round(caller, undefined, 'outlook.timezone="W. Europe Standard Time"');
    expect(regular.rows).toMatchObject([
      { start: { dateTime: "2026-07-01T11:00:00.0000000", timeZone: "W. Europe Standard Time" } },
    ]);
    const before = String(regular.rows[0]?.["id"]);
    const other = rig.microsoft.addCalendar({ user: ANA, name: "Other" });
    rig.microsoft.moveEvent(caller.calendarId, id, other.id);
    expect((await round(caller, regular.link)).rows).toEqual([
      expect.objectContaining({ id, "@removed": expect.anything() }),
    ]);
    const there = await caller.call("GET", `/me/calendars/${other.id}/events`, undefined, { prefer: "x=y" });
    expect(rows(there)[0]?.["id"]).not.toBe(before);
    expect((await caller.call("GET", `/me/events/${encodeURIComponent(id)}`)).status).toBe(200);
    expect((await caller.call("GET", `/me/events/${encodeURIComponent(before)}`)).status).toBe(404);
  });
});

describe("changes", () => {
  it("M22: a deleted occurrence has no row; the series is sent again without it", async () => {
    const { rig, caller, add } = await prepared();
    const id = add(SERIES);
    const { link } = await round(caller);
    rig.microsoft.cancelInstance(caller.calendarId, id, "2026-03-04T16:00:00Z");
    const { rows: all } = await round(caller, link);
    expect(begins(all)).toEqual(["2026-03-03T16:00", "2026-03-05T16:00"]);
  });

  it("B.5.4: a series whose hour changes keeps its ids, one whose pattern changes is sent again", async () => {
    const { rig, caller, add } = await prepared();
    const id = add(SERIES);
    const first = await round(caller);
    const ids = (all: Json[]) => all.map((row) => row["id"]);
    rig.microsoft.patchEvent(caller.calendarId, id, timed("2026-03-03T17:00:00"));
    const second = await round(caller, first.link);
    expect([ids(second.rows), begins(second.rows)[0]]).toEqual([ids(first.rows), "2026-03-03T17:00"]);
    const recurrence = { ...daily("2026-03-03", 2), pattern: { type: "daily", interval: 7 } };
    rig.microsoft.patchEvent(caller.calendarId, id, { recurrence });
    expect(begins((await round(caller, second.link)).rows)).toEqual(["2026-03-03T17:00", "2026-03-10T17:00"]);
  });

  it("a series that left the window is removed by its master's id; a deleted one by all its ids, or as a knob says", async () => {
    const { rig, caller, add } = await prepared();
    const id = add(SERIES);
    let { link } = await round(caller);
    const recurrence = daily(OUTSIDE.slice(0, 10), 3);
    rig.microsoft.patchEvent(caller.calendarId, id, { ...timed(OUTSIDE), recurrence });
    const left = await round(caller, link);
    expect(left.rows).toMatchObject([{ id, "@removed": { reason: "deleted" } }]);
    rig.microsoft.patchEvent(caller.calendarId, id, SERIES);
    link = (await round(caller, left.link)).link;
    rig.microsoft.deleteEvent(caller.calendarId, id);
    expect((await round(caller, link)).rows).toHaveLength(4);
    rig.microsoft.knobs.set("delta.seriesRemoval", "master");
    expect((await round(caller, link)).rows.map((row) => row["id"])).toEqual([id]);
  });

  it("M20: an event outside the window is reported as removed when it changes", async () => {
    const { rig, caller, add } = await prepared();
    const id = add(timed("2026-03-10T09:00:00"));
    const { link } = await round(caller);
    add(timed(OUTSIDE));
    rig.microsoft.patchEvent(caller.calendarId, id, timed(OUTSIDE));
    expect(types((await round(caller, link)).rows)).toEqual(["removed", "removed"]);
    rig.microsoft.patchEvent(caller.calendarId, id, timed("2026-03-11T09:00:00"));
    expect(types((await round(caller, link)).rows)).toContain("singleInstance");
  });

  it("a changed occurrence sends its series again, or comes alone where a knob says so", async () => {
    const { rig, caller, add } = await prepared();
    const id = add(SERIES);
    const { link } = await round(caller);
    rig.microsoft.moveInstance(caller.calendarId, id, "2026-03-04T16:00:00Z", timed("2026-03-04T10:00:00"));
    expect(types((await round(caller, link)).rows)).toEqual(["occurrence", "exception", "occurrence"]);
    rig.microsoft.knobs.set("delta.loneException", true);
    expect(types((await round(caller, link)).rows)).toEqual(["exception"]);
  });

  it("this and following makes two series", async () => {
    const { rig, caller, add } = await prepared();
    const id = add(SERIES);
    const { link } = await round(caller);
    const rest = rig.microsoft.splitSeries(caller.calendarId, id, "2026-03-04T16:00:00Z", { showAs: "busy" });
    const { rows: all } = await round(caller, link);
    expect(all.map((row) => [row["seriesMasterId"], begins([row])[0]])).toEqual([
      [id, "2026-03-03T16:00"],
      [rest["id"], "2026-03-04T16:00"],
      [rest["id"], "2026-03-05T16:00"],
    ]);
  });
});

describe("knobs of the delta", () => {
  it.each([
    ["M17", "delta.gone", true, 410, "SyncStateNotFound"],
    ["M17", "delta.gone", { location: false, body: false }, 410, ""],
    ["M18", "delta.code", "syncStateNotFound", 410, "syncStateNotFound"],
    ["M18", "delta.code", "SyncStateNotFound", 404, "SyncStateNotFound"],
    ["M18", "delta.code", "syncStateInvalid", 400, "syncStateInvalid"],
    ["M18", "delta.code", { status: 410, code: "x", inner: "resyncApplyDifferences" }, 410, "x"],
    ["M19", "delta.504", true, 504, "UnknownError"],
    ["M26", "cal.gone", true, 404, "ErrorItemNotFound"],
    ["M26", "cal.gone", "ErrorFolderNotFound", 404, "ErrorFolderNotFound"],
    ["M12", "cal.denied", true, 403, "ErrorAccessDenied"],
  ] as const)("%s: %s %j fails once, then works", async (_, name, value, status, expected) => {
    const { rig, caller } = await prepared();
    const { link } = await round(caller);
    rig.microsoft.knobs.set(name, value as never, { times: 1 });
    const answer = await caller.call("GET", link);
    expect([answer.status, code(answer)]).toEqual([status, expected]);
    expect((await caller.call("GET", link)).status).toBe(200);
  });

  it("M19: 504 until page or window are small enough", async () => {
    const { rig, caller } = await prepared();
    rig.microsoft.knobs.set("delta.504", { overPageSize: 50, overDays: 100 });
    const ask = async (size: number, end: string) => {
      const path = `${caller.home}/calendarView/delta?startDateTime=2026-03-01&endDateTime=${end}`;
      return (await caller.call("GET", path, undefined, { prefer: `odata.maxpagesize=${size}` })).status;
    };
    expect([await ask(100, "2026-04-01"), await ask(50, "2026-12-01"), await ask(50, "2026-04-01")]).toEqual([
      504, 504, 200,
    ]);
  });

  it("M20, M23, M24: unknown removals, stale rows and empty pages come in between", async () => {
    const { rig, caller, add } = await prepared();
    add(timed("2026-03-10T09:00:00"));
    rig.microsoft.knobs.set("delta.emptyPage", true, { times: 2 });
    rig.microsoft.knobs.set("delta.outOfWindow", true, { times: 1 });
    rig.microsoft.knobs.set("delta.repeat", true, { times: 1 });
    const { rows: all, pages, link } = await round(caller);
    expect([pages, types(all)]).toEqual([3, ["singleInstance", "singleInstance", "removed"]]);
    expect(begins(all.slice(0, 2))).toEqual(["2026-03-09T09:00", "2026-03-10T09:00"]);
    expect((await round(caller, link)).rows).toEqual([]);
    rig.microsoft.knobs.set("delta.repeatAcross", true, { times: 1 });
    expect((await round(caller, link)).rows).toHaveLength(1);
  });

  it("M25: a link may lead to another host", async () => {
    const { rig, caller } = await prepared();
    rig.microsoft.knobs.set("delta.evilLink", true, { times: 1 });
    const { link } = await round(caller);
    expect(new URL(link).hostname).toBe("graph.microsoft.com.evil.example");
    await expect(rig.microsoft.fetch(link)).rejects.toThrow(TypeError);
  });

  it("series masters come before or after their occurrences", async () => {
    const { rig, caller, add } = await prepared();
    add(SERIES);
    rig.microsoft.knobs.set("delta.masterRows", "first", { times: 1 });
    rig.microsoft.knobs.set("delta.masterRows", "last", { times: 1 });
    expect(types((await round(caller)).rows)).toEqual([
      "seriesMaster",
      "occurrence",
      "occurrence",
      "occurrence",
    ]);
    expect(types((await round(caller)).rows).at(-1)).toBe("seriesMaster");
  });

  it("changes may become visible late", async () => {
    const { rig, caller, add } = await prepared();
    const { link } = await round(caller);
    rig.clock.now += 60_000;
    add(timed("2026-03-10T09:00:00"));
    rig.microsoft.knobs.set("delta.lateMs", 30_000);
    const early = await round(caller, link);
    expect(early.rows).toEqual([]);
    rig.clock.now += 30_000;
    expect((await round(caller, early.link)).rows).toHaveLength(1);
  });

  it("a late change of an event doesn't hide what was visible of it", async () => {
    const { rig, caller, add } = await prepared();
    const { link } = await round(caller);
    const id = add(timed("2026-03-10T09:00:00"));
    rig.clock.now += 60_000;
    rig.microsoft.patchEvent(caller.calendarId, id, { subject: "Other" });
    rig.microsoft.knobs.set("delta.lateMs", 30_000);
    const early = await round(caller, link);
    expect(early.rows).toHaveLength(1);
    rig.clock.now += 30_000;
    expect((await round(caller, early.link)).rows).toHaveLength(1);
  });

  it("G 13: delta of one calendar may not be served", async () => {
    const { rig, caller } = await prepared();
    rig.microsoft.knobs.set("delta.noCalendarPath", true);
    expect((await caller.call("GET", delta(caller))).status).toBe(400);
    expect((await caller.call("GET", `/me/calendarView/delta?${WINDOW}`)).status).toBe(200);
  });
});
