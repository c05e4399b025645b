// `npm run live -- caldav` as a person runs it, on a real Radicale: all rules kept, nothing left, no secret written.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { caldavOwner } from "../contract/worlds/caldav-owner.ts";
import { radicale } from "../support/servers/radicale.ts";

/** Runs the command in a process of its own. A signal is sent once it has printed the text. */
function live(
  args: readonly string[],
  env: Record<string, string>,
  stop: { readonly by: NodeJS.Signals; readonly after: string } | null = null,
): Promise<{ code: number; printed: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", "scripts/live.ts", ...args], {
      env: { ...process.env, ...env },
    });
    let printed = "";
    let isStopped = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => {
        printed += data.toString("utf8");
        if (stop === null || isStopped || !printed.includes(stop.after)) return;
        isStopped = true;
        child.kill(stop.by);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? -1, printed }));
  });
}

test.skipIf(!radicale.isInstalled())(
  "the live kit finds every rule kept by Radicale, compares it with the simulator, and leaves nothing behind",
  async () => {
    const server = await radicale.start();
    const out = mkdtempSync(join(tmpdir(), "live-"));
    try {
      const { username, password, home } = await server.newPerson();
      const owner = caldavOwner({ origin: server.url, home, username, password }, fetch);
      const own = await owner.makeCalendar("Own", "Europe/Lisbon");
      const event = ["BEGIN:VEVENT", "UID:own", "DTSTAMP:20260301T100000Z", "DTSTART:20260302T100000Z"];
      const text = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Own//EN",
        ...event,
        "DTEND:20260302T110000Z",
      ];
      await owner.put(
        `${own}own.ics`,
        [...text, "SUMMARY:canary", "END:VEVENT", "END:VCALENDAR", ""].join("\r\n"),
      );
      const env = { LIVE_CALDAV_URL: server.url, LIVE_USERNAME: username, LIVE_PASSWORD: password };

      const run = await live(["caldav", "--out", out], env);
      expect(run.printed).toMatch(/caldav: \d+ of \d+ rules kept, 0 broken, \d+ not asked\./);
      expect(run.printed).toContain("properties survive, parameters survive");
      expect(run.code).toBe(0);
      expect(await owner.calendars()).toHaveLength(2);
      expect(await owner.eventIds(own)).toEqual(["own.ics"]);

      const file = readdirSync(out).find((name) => name.endsWith(".json")) ?? "";
      const compared = await live(["compare", join(out, file)], {});
      expect(compared.code).toBe(0);
      expect(compared.printed).toMatch(/d:sync-collection|calendar-multiget|d:propfind/);
      // What Radicale took, the simulator takes too.
      expect(compared.printed).not.toMatch(/^PUT .*the simulator 40[03]/m);

      const refused = await live(["caldav", "--calendar", own, "--out", out], env);
      expect(refused).toMatchObject({
        code: 2,
        printed: expect.stringContaining("This calendar has events."),
      });

      const written = [...readdirSync(out).map((name) => readFileSync(join(out, name), "utf8")), run.printed];
      for (const secret of [
        username,
        password,
        btoa(`${username}:${password}`),
        "canary",
        "Consultation",
        server.url,
      ]) {
        expect(written.join("\n").replaceAll(/"what":\s*"case"[^}]*/g, "")).not.toContain(secret);
      }
    } finally {
      await server.close();
      rmSync(out, { recursive: true, force: true });
    }
  },
  600_000,
);

test.skipIf(!radicale.isInstalled()).each(["SIGINT", "SIGTERM"] as const)(
  "the live kit deletes the calendars that it made where %s ends it",
  async (by) => {
    const server = await radicale.start();
    const out = mkdtempSync(join(tmpdir(), "live-"));
    try {
      const { username, password, home } = await server.newPerson();
      const owner = caldavOwner({ origin: server.url, home, username, password }, fetch);
      const before = await owner.calendars();
      const env = { LIVE_CALDAV_URL: server.url, LIVE_USERNAME: username, LIVE_PASSWORD: password };
      const run = await live(["caldav", "--out", out], env, { by, after: "kept: " });
      expect(run.printed).toContain("Stopped. Nothing is left behind.");
      expect(run.code).toBe(130);
      expect(await owner.calendars()).toEqual(before);
      expect(readdirSync(out)).toEqual([]);
    } finally {
      await server.close();
      rmSync(out, { recursive: true, force: true });
    }
  },
  120_000,
);
