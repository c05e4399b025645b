// The live kit on a Google that nobody here wrote (npm's `emulate`): its gaps are named, and nothing crashes or leaks.
import { afterEach, describe, expect, test, vi } from "vitest";
import { CalendarInUse } from "../../scripts/live/calendars.ts";
import { compare } from "../../scripts/live/compare.ts";
import { openPlace, type Place } from "../../scripts/live/places.ts";
import { describe as inWords } from "../../scripts/live/report.ts";
import { runLive } from "../../scripts/live/run.ts";
import { freePort } from "../../scripts/local/process.ts";
import { CALENDAR, CLIENT, type EmulatedGoogle, emulateGoogle, PERSON } from "./emulated-google.ts";

let google: EmulatedGoogle | null = null;
afterEach(() => google?.close());

/** The account, opened through its consent page and the callback on this machine. */
async function openEmulated(events = 0): Promise<Place> {
  const port = await freePort();
  const emulated = await emulateGoogle(port, events);
  google = emulated;
  const place = await openPlace("google", {
    env: {
      GOOGLE_CLIENT_ID: CLIENT.clientId,
      GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
      LIVE_PORT: String(port),
    },
    send: emulated.send,
    show: (url) => void emulated.agree(url),
  });
  return { ...place, settle: async () => {} };
}

const ALL = { isWanted: () => true, tell: () => {}, stop: new AbortController().signal };

describe("the live kit on an emulated Google", () => {
  test("names what it lacks as broken rules, as answers and as differences", async () => {
    const place = await openEmulated();
    const token = await place.accessToken();
    const logged = vi.spyOn(console, "log");
    const result = await runLive(place, { ...ALL, calendar: CALENDAR });
    const outcomeOf = (name: string) => result.outcomes.find((outcome) => outcome.name === name);
    expect(outcomeOf("writes a booking that has few fields")).toBeDefined();
    // It has no sync tokens, so each pull lists the calendar anew.
    expect(outcomeOf("a first pull is a snapshot of the window, a later one a delta")).toMatchObject({
      result: "broken",
      reason: expect.stringMatching(/^expected /),
    });
    // It has no PATCH.
    expect(outcomeOf("a known event is changed with its booking")).toMatchObject({ result: "broken" });
    expect(outcomeOf("an open channel notifies of changes with its key and its secret")).toMatchObject({
      result: "not asked",
    });
    expect(outcomeOf("removing a booking that was never written succeeds")).toMatchObject({ result: "kept" });
    expect(result.answers.find(({ question }) => question.startsWith("Which body has the 400"))?.answer).toBe(
      "no sync token came",
    );

    const lines = await compare(result.transcript);
    expect(lines.some((line) => /^PATCH .*(answered|is missing)/.test(line))).toBe(true);
    expect(lines.some((line) => line.includes("nextSyncToken is missing, the simulator sends it"))).toBe(
      true,
    );

    const report = inWords("google", result);
    expect(report).toMatch(/^google: \d+ of \d+ rules kept, \d+ broken, \d+ not asked\./);
    const everything = [JSON.stringify(result.transcript), report, ...lines].join("\n");
    for (const secret of [token, PERSON, CLIENT.clientSecret, CLIENT.clientId, CALENDAR]) {
      expect(everything).not.toContain(secret);
    }
    expect(everything).not.toMatch(/canary/i);
    expect(everything).not.toMatch(/Consultation|Bring the papers|Rua Augusta|client\.example/);
    expect(logged).not.toHaveBeenCalled();
  });

  test("refuses a calendar that has events, and leaves them alone", async () => {
    const place = await openEmulated(2);
    await expect(runLive(place, { ...ALL, calendar: CALENDAR })).rejects.toBeInstanceOf(CalendarInUse);
    expect(await place.ownerOver(place.send).eventIds(CALENDAR)).toHaveLength(2);
  });

  test("says which variables are missing", async () => {
    const outside = { env: {}, send: fetch, show: () => {} };
    await expect(openPlace("google", outside)).rejects.toThrow("GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET");
    await expect(openPlace("apple", outside)).rejects.toThrow("LIVE_USERNAME, LIVE_PASSWORD");
  });
});
