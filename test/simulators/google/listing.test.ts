// Listings of simulated Google: pages, windows, deltas, strictness (`docs/providers/google.md` A.3, A.4).
import { describe, expect, it } from "vitest";
import { ANA, type Caller, connect, createRig, EVENTS, items, listAll, type Rig, timed } from "./rig.ts";

const SYNC = "singleEvents=true&maxResults=2500";

async function prepared(): Promise<{ rig: Rig; caller: Caller }> {
  const rig = createRig();
  return { rig, caller: await connect(rig) };
}

const ids = (rows: readonly Record<string, unknown>[]) => rows.map((row) => row["id"]);
const delta = (caller: Caller, token: string) => listAll(caller, `${SYNC}&syncToken=${token}`);

describe("a full listing", () => {
  it("comes in pages, with the sync token on the last only", async () => {
    const { rig, caller } = await prepared();
    for (let day = 10; day < 17; day += 1) rig.google.addEvent(ANA, timed(`2026-03-${day}T09:00:00Z`));
    const first = await caller.call("GET", `${EVENTS}?maxResults=3`);
    expect(items(first)).toHaveLength(3);
    expect(first.body).not.toHaveProperty("nextSyncToken");
    const all = await listAll(caller, "maxResults=3");
    expect([all.rows.length, all.pages]).toEqual([7, 3]);
    expect(new Set(ids(all.rows)).size).toBe(7);
  });

  it("loses nothing when events change between pages", async () => {
    const { rig, caller } = await prepared();
    const kept = [10, 11, 12, 13].map(
      (day) => rig.google.addEvent(ANA, timed(`2026-03-${day}T09:00:00Z`))["id"],
    );
    const first = await caller.call("GET", `${EVENTS}?maxResults=2`);
    rig.google.deleteEvent(ANA, String(kept[0]));
    const second = await caller.call(
      "GET",
      `${EVENTS}?maxResults=2&pageToken=${first.body["nextPageToken"]}`,
    );
    expect(ids(items(second))).toEqual([kept[2], kept[3]]);
    const next = await caller.call("GET", `${EVENTS}?maxResults=2&syncToken=${second.body["nextSyncToken"]}`);
    expect(items(next)).toMatchObject([{ id: kept[0], status: "cancelled" }]);
  });

  it("takes the events that overlap the window, both bounds exclusive, all-day events in the calendar's zone", async () => {
    const { rig, caller } = await prepared();
    rig.google.changeCalendar(ANA, { timeZone: "Pacific/Kiritimati" });
    rig.google.addEvent(ANA, timed("2026-03-09T23:00:00Z", { summary: "ends at the start" }));
    rig.google.addEvent(ANA, timed("2026-03-09T23:30:00Z", { summary: "straddles" }));
    rig.google.addEvent(ANA, timed("2026-03-11T00:00:00Z", { summary: "starts at the end" }));
    // In Kiritimati (+14) the 10th ends at 10:00Z on the 10th; the 12th begins after the window.
    for (const [date, end] of [
      ["2026-03-10", "2026-03-11"],
      ["2026-03-12", "2026-03-13"],
    ]) {
      rig.google.addEvent(ANA, { summary: date, start: { date }, end: { date: end } });
    }
    const window = "timeMin=2026-03-10T00:00:00Z&timeMax=2026-03-11T00:00:00Z";
    const { rows } = await listAll(caller, `singleEvents=true&${window}`);
    expect(rows.map((row) => row["summary"])).toEqual(["straddles", "2026-03-10"]);
  });

  it("holds masters and exceptions without singleEvents, instances with it", async () => {
    const { rig, caller } = await prepared();
    const recurrence = ["RRULE:FREQ=DAILY;COUNT=4"];
    const id = String(rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z", { recurrence }))["id"]);
    rig.google.cancelInstance(ANA, id, "2026-03-11T09:00:00Z");
    const { start, end } = timed("2026-03-20T15:00:00Z");
    rig.google.moveInstance(ANA, id, "2026-03-12T09:00:00Z", { start, end });
    const masters = await listAll(caller, "maxResults=50");
    expect(masters.rows).toMatchObject([
      { id, recurrence },
      { id: `${id}_20260311T090000Z`, status: "cancelled" },
      { id: `${id}_20260312T090000Z`, start: { dateTime: "2026-03-20T15:00:00Z" } },
    ]);
    const single = await listAll(caller, SYNC);
    expect(ids(single.rows).sort()).toEqual([
      `${id}_20260310T090000Z`,
      `${id}_20260312T090000Z`,
      `${id}_20260313T090000Z`,
    ]);
    const deleted = await listAll(caller, `${SYNC}&showDeleted=true`);
    expect(deleted.rows.filter((row) => row["status"] === "cancelled")).toHaveLength(1);
  });

  it("cuts an answer to the fields asked for, tokens included", async () => {
    const { rig, caller } = await prepared();
    rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z"));
    const { body } = await caller.call("GET", `${EVENTS}?fields=items(id,start/dateTime),timeZone`);
    const start = { dateTime: "2026-03-10T09:00:00Z" };
    expect(body).toEqual({ timeZone: "Europe/Lisbon", items: [{ id: expect.any(String), start }] });
  });

  it("renders times in the zone asked for, and DST right", async () => {
    const { rig, caller } = await prepared();
    const recurrence = ["RRULE:FREQ=WEEKLY;COUNT=2"];
    rig.google.addEvent(ANA, timed("2026-03-27T09:00:00Z", { recurrence }));
    const starts = async (query: string) => (await listAll(caller, query)).rows.map((row) => row["start"]);
    expect(await starts(SYNC)).toMatchObject([
      { dateTime: "2026-03-27T09:00:00Z" },
      { dateTime: "2026-04-03T09:00:00+01:00" },
    ]);
    expect(await starts(`${SYNC}&timeZone=Asia/Kolkata`)).toMatchObject([
      { dateTime: "2026-03-27T14:30:00+05:30" },
      { dateTime: "2026-04-03T13:30:00+05:30" },
    ]);
  });
});

describe("a delta", () => {
  it("is empty with a new token when nothing changed", async () => {
    const { caller } = await prepared();
    const { token } = await listAll(caller, SYNC);
    const next = await delta(caller, token);
    expect(next.rows).toEqual([]);
    expect((await delta(caller, next.token)).rows).toEqual([]);
  });

  it("G38: carries every instance of an edited series, whatever the first window was", async () => {
    const { rig, caller } = await prepared();
    const recurrence = ["RRULE:FREQ=DAILY"];
    const id = String(rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z", { recurrence }))["id"]);
    const window = "timeMin=2026-03-01T00:00:00Z&timeMax=2026-03-20T00:00:00Z";
    const first = await listAll(caller, `${SYNC}&${window}`);
    expect(first.rows).toHaveLength(10);
    rig.google.patchEvent(ANA, id, { summary: "Renamed" });
    const { rows } = await delta(caller, first.token);
    expect(rows.length).toBeGreaterThan(1_000);
    expect(rows.at(-1)).toMatchObject({ start: { dateTime: expect.stringMatching(/^2029-12-31/) } });
  });

  it("cancels the instances that a changed series no longer has", async () => {
    const { rig, caller } = await prepared();
    const recurrence = ["RRULE:FREQ=DAILY;COUNT=3"];
    const id = String(rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z", { recurrence }))["id"]);
    const { token } = await listAll(caller, SYNC);
    rig.google.patchEvent(ANA, id, { recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    const { rows } = await delta(caller, token);
    expect(rows.map((row) => [row["id"], row["status"]])).toEqual([
      [`${id}_20260310T090000Z`, "confirmed"],
      [`${id}_20260311T090000Z`, "confirmed"],
      [`${id}_20260312T090000Z`, "cancelled"],
    ]);
  });

  it("cancels every instance of a deleted series, or its master where Google does so", async () => {
    const { rig, caller } = await prepared();
    const recurrence = ["RRULE:FREQ=DAILY;COUNT=3"];
    const id = String(rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z", { recurrence }))["id"]);
    rig.google.cancelInstance(ANA, id, "2026-03-11T09:00:00Z");
    const { token } = await listAll(caller, SYNC);
    rig.google.deleteEvent(ANA, id);
    const { rows } = await delta(caller, token);
    expect(ids(rows).sort()).toEqual([10, 11, 12].map((day) => `${id}_202603${day}T090000Z`));
    expect(rows.every((row) => row["status"] === "cancelled" && row["recurringEventId"] === id)).toBe(true);
    rig.google.knobs.set("sync.masterStub", true);
    expect(ids((await delta(caller, token)).rows)).toEqual([id]);
  });

  it("D.4 7: splits a series at 'this and following'", async () => {
    const { rig, caller } = await prepared();
    const recurrence = ["RRULE:FREQ=DAILY;COUNT=4"];
    const id = String(rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z", { recurrence }))["id"]);
    const { token } = await listAll(caller, SYNC);
    rig.google.splitSeries(ANA, id, "2026-03-12T09:00:00Z", { recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    const { rows } = await delta(caller, token);
    const live = rows.filter((row) => row["status"] !== "cancelled");
    expect(live.map((row) => row["recurringEventId"])).toEqual([
      id,
      id,
      `${id}_R20260312T090000`,
      `${id}_R20260312T090000`,
    ]);
    expect(rows).toHaveLength(6);
  });

  it("turns a single event that begins to recur into instances, and back", async () => {
    const { rig, caller } = await prepared();
    const id = String(rig.google.addEvent(ANA, timed("2026-03-10T09:00:00Z"))["id"]);
    const first = await listAll(caller, SYNC);
    rig.google.patchEvent(ANA, id, { recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    const recurring = await delta(caller, first.token);
    expect(recurring.rows.find((row) => row["id"] === id)).toMatchObject({ status: "cancelled" });
    expect(recurring.rows).toHaveLength(3);
    rig.google.patchEvent(ANA, id, { recurrence: null });
    const single = await delta(caller, recurring.token);
    expect(single.rows.filter((row) => row["status"] === "cancelled")).toHaveLength(2);
    expect(single.rows.find((row) => row["id"] === id)).toMatchObject({ status: "confirmed" });
  });
});
