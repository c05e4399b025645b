// Xandikos: one person, no sign-in, every calendar a git repository.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { start } from "../../../scripts/local/process.ts";
import { NO_PUSH } from "../../contract/worlds/caldav.ts";
import { type CalendarServer, startServer } from "./server.ts";

const XANDIKOS = "/usr/bin/xandikos";
const HOME = "/user/calendars/";

const LIST =
  '<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop><d:resourcetype/></d:prop></d:propfind>';

async function emptyHome(url: string): Promise<void> {
  const headers = { depth: "1", "content-type": "application/xml" };
  const answer = await fetch(url + HOME, { method: "PROPFIND", headers, body: LIST });
  const hrefs = [...(await answer.text()).matchAll(/href>([^<]+)</g)].map(([, href = ""]) => href);
  for (const href of hrefs.filter((one) => one !== HOME)) await fetch(url + href, { method: "DELETE" });
}

export const xandikos: CalendarServer = {
  name: "Xandikos",
  packages: ["xandikos"],
  always: true,
  isInstalled: () => existsSync(XANDIKOS),
  keepsZones: false,
  skips: [
    NO_PUSH,
    {
      reason: "the one person may write everywhere",
      tests: [
        "lists the person's calendars with role and, where it is known, zone; one of them is primary",
        "G21: a calendar that can't be written is read and says so when written",
      ],
    },
    {
      reason:
        "Xandikos doesn't list sync-collection among its reports, so etags are compared: nothing can be lost",
      tests: ["L19: a lost cursor asks for a resync, and a snapshot heals it"],
    },
    {
      reason: "Xandikos forgets what is deleted, its UID too",
      tests: ["L31: an id that is burnt is left for another, and found again there"],
    },
  ],
  start: () =>
    startServer(
      "Xandikos",
      (folder, port) =>
        start(XANDIKOS, ["-d", join(folder, "data"), "-l", "127.0.0.1", "-p", String(port), "--defaults"]),
      ({ url }) => ({
        async newPerson() {
          await emptyHome(url);
          return { username: "ana@example.com", password: "any", home: HOME, readOnly: null };
        },
      }),
    ),
};
