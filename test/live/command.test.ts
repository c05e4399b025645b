// The live kit's command line, what it needs to begin, and the files that it compares.
import { describe, expect, test } from "vitest";
import { readCommand } from "../../scripts/live/command.ts";
import { openPlace } from "../../scripts/live/places.ts";
import { createRecorder, readTranscript } from "../../scripts/live/transcript.ts";
import { ANA, PASSWORD } from "../contract/worlds/caldav.ts";
import { createCaldavSimulator } from "../simulators/caldav.ts";

test("the command line says what to do", () => {
  expect(readCommand(["google"])).toEqual({
    ...{ what: "run", kind: "google", calendar: null, only: "", out: "live" },
  });
  expect(readCommand(["caldav", "--calendar", "/a/", "--only", "channel", "--out", "x"])).toEqual({
    ...{ what: "run", kind: "caldav", calendar: "/a/", only: "channel", out: "x" },
  });
  expect(readCommand(["compare", "a.json"])).toEqual({ what: "compare", file: "a.json" });
});

test.each([
  [[], "Name a provider."],
  [["gogle"], "There is no gogle here."],
  [["google", "outlook"], "outlook isn't expected after google."],
  [["compare"], "Name one transcript to compare."],
  [["compare", "a", "b"], "Name one transcript to compare."],
  [["google", "--calendar"], "'--calendar <value>' argument missing"],
  [["google", "--calendar", " "], "--calendar needs the id of a calendar."],
  [["google", "--calender", "x"], "Unknown option '--calender'."],
  [["google", "--only", "no rule is called so"], "No rule's name holds no rule is called so."],
])("%j is answered with what is wrong", (args, reason) => {
  expect(() => readCommand(args)).toThrow(reason);
});

describe("a place", () => {
  const dav = createCaldavSimulator({ now: () => 0 });
  dav.addUser({ email: ANA, password: PASSWORD, profile: "radicale" });
  const { path } = dav.addCalendar({ owner: ANA, name: "Work", timeZone: null });
  const login = { LIVE_CALDAV_URL: "https://dav.example.org", LIVE_USERNAME: ANA, LIVE_PASSWORD: PASSWORD };
  const open = (env: Record<string, string>, kind: "caldav" | "google" = "caldav") =>
    openPlace(kind, { env, send: dav.fetch, show: () => {} });

  test("names everything at once that it needs", async () => {
    await expect(open({ LIVE_USERNAME: ANA, LIVE_PASSWORD: "" })).rejects.toThrow(
      "Set LIVE_PASSWORD, LIVE_CALDAV_URL (docs/live.md).",
    );
    const client = { GOOGLE_CLIENT_ID: "c", GOOGLE_CLIENT_SECRET: "s", LIVE_PORT: "http" };
    await expect(open(client, "google")).rejects.toThrow("Send LIVE_PORT a number from 1 to 65535.");
  });

  test.each([
    [{ LIVE_PASSWORD: "wrong" }, "did not accept this user name and password"],
    [{ LIVE_CALDAV_URL: "http://dav.example.org" }, "The address must begin with https://"],
    [{ LIVE_CALDAV_URL: "https://dav.example.org:993" }, "Leave the port out of the address"],
    [{ LIVE_CALDAV_URL: "https://nobody.example.net" }, "No server answers at this address"],
  ])("that can't be opened says why in words: %j", async (wrong, words) => {
    await expect(open({ ...login, ...wrong })).rejects.toThrow(words);
  });

  test("takes the address of a calendar as people write it, and none of another server", async () => {
    const { calendarNamed } = await open(login);
    for (const written of [path, path.replace(/\/$/, ""), `https://dav.example.org${path}`])
      expect(calendarNamed(written)).toBe(path);
    expect(() => calendarNamed("https://other.example.net/work/")).toThrow("isn't at the account's server");
  });
});

describe("a transcript", () => {
  const recorder = createRecorder("CALDAV", 0);
  recorder.beginCase("a case", [{ id: "/ana/work/", timeZone: "Europe/Lisbon" }]);
  const whole = JSON.stringify(recorder.transcript());

  test("is read as it was written", () => {
    expect(readTranscript(whole)).toEqual(recorder.transcript());
  });

  test.each([
    ...["", "no JSON", "[]", "{}", '{"version":1}', "null"],
    ...[whole.replace('"version":1', '"version":2'), whole.replace("CALDAV", "ELSE")],
    whole.replace('case"', 'else"'),
  ])("isn't %s", (text) => {
    expect(() => readTranscript(text)).toThrow("This file is no transcript of a run.");
  });
});
