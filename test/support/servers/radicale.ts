// Radicale under gunicorn, with people, rights and storage of its own.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "../../../scripts/local/process.ts";
import { NO_PUSH } from "../../contract/worlds/caldav.ts";
import { type CalendarServer, startServer } from "./server.ts";

const PASSWORD = "abcd-efgh-ijkl-mnop";
const USERS = 300;

const RIGHTS = `[root]
user: .+
collection:
permissions: R

[principal]
user: .+
collection: {user}
permissions: RW

[shared]
user: .+
collection: {user}/shared
permissions: r

[calendars]
user: .+
collection: {user}/[^/]+
permissions: rw
`;

/** Debian's own where it is there: the first on the path may belong to a Python that knows no Radicale. */
const GUNICORN = existsSync("/usr/bin/gunicorn") ? "/usr/bin/gunicorn" : "gunicorn";

const emails = Array.from({ length: USERS }, (_, index) => `ana-${index}@example.com`);

function configure(folder: string): void {
  writeFileSync(join(folder, "users"), emails.map((email) => `${email}:${PASSWORD}\n`).join(""));
  writeFileSync(join(folder, "rights"), RIGHTS);
  writeFileSync(
    join(folder, "config"),
    `[auth]\ntype = htpasswd\nhtpasswd_filename = ${join(folder, "users")}\nhtpasswd_encryption = plain\ndelay = 0\n` +
      `[rights]\ntype = from_file\nfile = ${join(folder, "rights")}\n` +
      `[storage]\nfilesystem_folder = ${join(folder, "storage")}\n[logging]\nlevel = error\n`,
  );
}

export const radicale: CalendarServer = {
  name: "Radicale",
  packages: ["radicale", "gunicorn"],
  always: true,
  isInstalled: () => spawnSync(GUNICORN, ["--check-config", "radicale"], { stdio: "ignore" }).status === 0,
  keepsZones: true,
  skips: [
    NO_PUSH,
    {
      reason: "Radicale forgets what is deleted, its UID too",
      tests: ["L31: an id that is burnt is left for another, and found again there"],
    },
  ],
  start: () =>
    startServer(
      "Radicale",
      (folder, port) => {
        configure(folder);
        return start(GUNICORN, ["--bind", `127.0.0.1:${port}`, "--threads", "4", "radicale"], {
          env: { ...process.env, RADICALE_CONFIG: join(folder, "config") },
        });
      },
      ({ folder }) => {
        let used = 0;
        return {
          async newPerson() {
            const username = emails[used];
            if (username === undefined) throw new Error("no people left");
            used += 1;
            const home = `/${encodeURIComponent(username)}/`;
            // Nobody can make a calendar over HTTP that they may only read.
            const shared = join(folder, "storage", "collection-root", username, "shared");
            mkdirSync(shared, { recursive: true });
            writeFileSync(join(shared, ".Radicale.props"), '{"tag":"VCALENDAR","D:displayname":"Shared"}');
            return { username, password: PASSWORD, home, readOnly: `${home}shared/` };
          },
        };
      },
    ),
};
