// A real Radicale for tests: started on a free port, with people, rights and storage of its own.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

/** Why there is none here; null where there is one. */
export function radicaleMissing(): string | null {
  const found = spawnSync("gunicorn", ["--version"], { stdio: "ignore" });
  return found.status === 0
    ? null
    : "gunicorn and radicale aren't installed (Debian packages of these names)";
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
  const server = spawn("gunicorn", ["--bind", `127.0.0.1:${port}`, "--threads", "4", "radicale"], {
    env: { ...process.env, RADICALE_CONFIG: join(folder, "config") },
    stdio: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  await answering(url, server);
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
    async close() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100 && server.exitCode === null; attempt++) {
    const answered = await fetch(url).then(
      (response) => response.status < 500,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.kill();
  throw new Error("Radicale doesn't answer");
}
