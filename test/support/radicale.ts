// A real Radicale for tests: started on a free port, with people, rights and storage of its own.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, start, waitFor } from "../../scripts/local/process.ts";

/** The server, and its storage as it lies on disk. */
export interface Radicale {
  readonly url: string;
  readonly password: string;
  /** A person nobody has used yet, with an empty home. */
  newUser(): string;
  /** Makes a calendar and returns its path. Those named `shared` can only be read. */
  addCalendar(user: string, slug: string, properties: Readonly<Record<string, string>>): string;
  /** What is stored in a calendar, by file name. */
  objects(path: string): Map<string, string>;
  removeCalendar(path: string): void;
  /** All sync tokens handed out for the calendar are worthless. */
  forgetTokens(path: string): void;
  close(): Promise<void>;
}

const PASSWORD = "abcd-efgh-ijkl-mnop";
const USERS = 200;
const START_MS = 10_000;

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

/**
 * Why there is none here; null where there is one.
 * @throws Error with the reason where REQUIRE_RADICALE demands one
 */
export function radicaleMissing(): string | null {
  const { status } = spawnSync(GUNICORN, ["--check-config", "radicale"], { stdio: "ignore" });
  if (status === 0) return null;
  const reason = "radicale and gunicorn (Debian packages of these names) aren't installed";
  if (process.env["REQUIRE_RADICALE"] === "1") throw new Error(reason);
  return reason;
}

/** @throws Error where it doesn't answer within ten seconds */
export async function startRadicale(): Promise<Radicale> {
  const folder = mkdtempSync(join(tmpdir(), "radicale-"));
  const storage = join(folder, "storage", "collection-root");
  mkdirSync(storage, { recursive: true });
  const emails = Array.from({ length: USERS }, (_, index) => `ana-${index}@example.com`);
  writeFileSync(join(folder, "users"), emails.map((email) => `${email}:${PASSWORD}\n`).join(""));
  writeFileSync(join(folder, "rights"), RIGHTS);
  writeFileSync(
    join(folder, "config"),
    `[auth]\ntype = htpasswd\nhtpasswd_filename = ${join(folder, "users")}\nhtpasswd_encryption = plain\ndelay = 0\n` +
      `[rights]\ntype = from_file\nfile = ${join(folder, "rights")}\n` +
      `[storage]\nfilesystem_folder = ${join(folder, "storage")}\n[logging]\nlevel = error\n`,
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = start(GUNICORN, ["--bind", `127.0.0.1:${port}`, "--threads", "4", "radicale"], {
    env: { ...process.env, RADICALE_CONFIG: join(folder, "config") },
  });
  const close = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor("Radicale to answer", START_MS, async () => (await fetch(url)).status < 500);
  } catch (error) {
    await close();
    throw new Error(`Radicale did not start.\n${server.tail()}`, { cause: error });
  }
  const at = (path: string) => join(storage, decodeURIComponent(path));
  return {
    url,
    password: PASSWORD,
    newUser() {
      const email = emails.pop();
      if (email === undefined) throw new Error("no people left");
      mkdirSync(join(storage, email));
      return email;
    },
    addCalendar(user, slug, properties) {
      const path = `/${encodeURIComponent(user)}/${slug}/`;
      mkdirSync(at(path));
      writeFileSync(join(at(path), ".Radicale.props"), JSON.stringify({ tag: "VCALENDAR", ...properties }));
      return path;
    },
    objects: (path) =>
      new Map(
        readdirSync(at(path))
          .filter((name) => !name.startsWith("."))
          .map((name) => [name, readFileSync(join(at(path), name), "utf8")]),
      ),
    removeCalendar: (path) => rmSync(at(path), { recursive: true }),
    forgetTokens: (path) => rmSync(join(at(path), ".Radicale.cache", "sync-token"), { recursive: true }),
    close,
  };
}
