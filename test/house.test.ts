// The house rules that no linter knows: which room may use which, and what only one room may touch.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { readonly from: string; readonly typeOnly: boolean }[];
}

const ROOT = join(import.meta.dirname, "..");
const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)";/gms;

function read(path: string): Source {
  const text = readFileSync(join(ROOT, path), "utf8");
  const imports = [...text.matchAll(IMPORT)].map(([, typeOnly, from = ""]) => ({
    from: from.startsWith(".") ? posix.join(posix.dirname(path), from) : from,
    typeOnly: typeOnly !== undefined,
  }));
  return { path, text, imports };
}

const paths = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`);

const sources = paths("src").map(read);
const everything = [...sources, ...paths("test").map(read), ...paths("scripts").map(read)];

/** The floors of the house, top first. Imports go down, or stay on their floor inside one room. */
const FLOORS: readonly (readonly string[])[] = [
  ["src/worker.ts"],
  ["src/app.ts", "src/jobs.ts"],
  ["src/routes/", "src/pages/"],
  ["src/bookings/"],
  ["src/availability/"],
  ["src/sync/"],
  ["src/accounts/"],
  ["src/deps.ts"],
  ["src/config.ts"],
  ["src/store/"],
  ["src/providers/"],
  ["src/domain/"],
];

function floorOf(path: string): number {
  const floor = FLOORS.findIndex((rooms) =>
    rooms.some((room) => (room.endsWith("/") ? path.startsWith(room) : path === room)),
  );
  if (floor === -1 && !path.endsWith(".d.ts")) throw new Error(`${path} is in no room of the house`);
  return floor;
}

/** The value imports that break a rule, as "path -> import". Types may be named from anywhere above. */
function breaking(rule: (source: Source, from: string) => boolean): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter(({ from, typeOnly }) => !typeOnly && rule(source, from))
      .map(({ from }) => `${source.path} -> ${from}`),
  );
}

/** Who may import a package, by the beginning of the importer's path. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "drizzle-orm": ["src/store/"],
  "@libsql/client": ["src/store/db.ts"],
  hono: ["src/app.ts", "src/routes/", "src/pages/"],
  "@hono/zod-validator": ["src/routes/", "src/pages/"],
  "googleapis-common": ["src/providers/google/api.ts"],
  tsdav: ["src/providers/caldav/api.ts"],
  "ical.js": ["src/providers/icalendar/"],
  oslo: ["src/providers/", "src/config.ts", "src/accounts/", "src/sync/secret.ts"],
  jose: ["src/routes/", "src/accounts/consent.ts", "src/providers/oauth.ts"],
  standardwebhooks: ["src/notices/send.ts"],
  "temporal-polyfill": ["src/domain/zone.ts"],
  zod: ["src/config.ts", "src/routes/", "src/pages/", "src/providers/", "src/accounts/consent.ts"],
  "cloudflare:workers": ["src/worker.ts"],
};

const isPackage = (from: string, name: string) => from === name || from.startsWith(`${name}/`);

/** Rooms beside the providers' own: a format they share. */
const FORMATS = ["icalendar"];

/** The provider whose folder a file is in. */
const providerOf = (path: string) => {
  const folder = /^src\/providers\/(\w+)\//.exec(path)?.[1];
  return folder === undefined || FORMATS.includes(folder) ? undefined : folder;
};

describe("imports", () => {
  test("go down only, and rooms on one floor don't know each other", () => {
    const up = breaking(({ path }, from) => {
      if (!from.startsWith("src/")) return false;
      const [own, other] = [floorOf(path), floorOf(from)];
      const sameRoom =
        posix.dirname(path) === posix.dirname(from) || from.startsWith(`${posix.dirname(path)}/`);
      return (
        other < own || (other === own && !sameRoom && !path.startsWith("src/p") && !from.startsWith("src/r"))
      );
    });
    expect(up).toEqual([]);
  });

  test("no provider's folder imports another's", () => {
    const crossing = breaking(
      ({ path }, from) =>
        providerOf(path) !== undefined &&
        providerOf(from) !== undefined &&
        providerOf(path) !== providerOf(from),
    );
    expect(crossing).toEqual([]);
  });

  test("each provider's folder has the same eight files", () => {
    const eight = ["api", "auth", "failures", "index", "push", "read", "wire", "write"];
    const folders = new Set(sources.map(({ path }) => providerOf(path)).filter((name) => name !== undefined));
    expect(folders.size).toBeGreaterThan(0);
    for (const name of folders) {
      const files = readdirSync(join(ROOT, "src/providers", name)).map((file) => file.replace(/\.ts$/, ""));
      expect(files.sort()).toEqual(eight);
    }
  });

  test("packages stay in the rooms that they were chosen for", () => {
    const strays = breaking((source, from) => {
      const rooms = Object.entries(PACKAGES).find(([name]) => isPackage(from, name))?.[1];
      return rooms !== undefined && !rooms.some((room) => source.path.startsWith(room));
    });
    expect(strays).toEqual([]);
  });

  test("the domain imports nothing that does I/O", () => {
    const outside = breaking(
      ({ path }, from) =>
        path.startsWith("src/domain/") &&
        !from.startsWith("src/domain/") &&
        !from.startsWith("temporal-polyfill"),
    );
    expect(outside).toEqual([]);
  });

  test("zod comes as a namespace, oslo by sub-path, libsql for the web", () => {
    const wrong = sources.flatMap(({ path, text }) =>
      /import \{[^}]*\} from "zod"|from "oslo"|from "@libsql\/client"/.test(text) ? [path] : [],
    );
    expect(wrong).toEqual([]);
  });
});

describe("the outside world", () => {
  const OUTSIDE =
    /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bconsole\.|\bsetTimeout\b|\bglobalThis\b|\bprocess\./;

  test("only deps.ts reads the clock, randomness, the console and the globals", () => {
    const readers = sources.filter(({ path, text }) => path !== "src/deps.ts" && OUTSIDE.test(text));
    expect(readers.map(({ path }) => path)).toEqual([]);
  });

  test("only deps.ts hands out the global fetch", () => {
    // A call of a bare `fetch(…)` in a file that doesn't define that name itself is a call of the global one.
    const callers = sources.filter(
      ({ path, text }) =>
        path !== "src/deps.ts" &&
        /(?<![.\w])fetch\(/.test(text) &&
        !/\{ fetch \}|\bfetch\(request: /.test(text),
    );
    expect(callers.map(({ path }) => path)).toEqual([]);
  });

  test("outside src/providers nobody asks which provider it is", () => {
    const NAMES = /"(?:GOOGLE|OUTLOOK|OFFICE365|APPLE|CALDAV)"/;
    const asking = sources.filter(
      ({ path, text }) =>
        /^src\/(?:sync|bookings|availability|routes|store|accounts|domain)\//.test(path) && NAMES.test(text),
    );
    expect(asking.map(({ path }) => path)).toEqual([]);
  });
});

describe("files", () => {
  test("begin with a caption", () => {
    const bare = everything.filter(({ text }) => !/^(?:#!.*\n)?(?:\/\/ \S|\/\*\* \S)/.test(text));
    expect(bare.filter(({ path }) => !path.endsWith(".test.ts")).map(({ path }) => path)).toEqual([]);
  });

  test("are named in kebab-case", () => {
    const odd = everything.filter(({ path }) => {
      const name = posix.basename(path).replace(/(?:\.property)?(?:\.test)?(?:\.d)?\.tsx?$/, "");
      return !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name);
    });
    expect(odd.map(({ path }) => path)).toEqual([]);
  });

  test("of the source are no drawers for this and that", () => {
    const drawers = sources.filter(({ path }) =>
      /\b(?:utils?|helpers?|service|manager|common|misc)\.tsx?$/.test(path),
    );
    expect(drawers.map(({ path }) => path)).toEqual([]);
  });

  test("of the source stay under 270 lines", () => {
    const long = sources.filter(({ text }) => text.split("\n").length > 270);
    expect(long.map(({ path, text }) => `${path}: ${text.split("\n").length}`)).toEqual([]);
  });

  test("have no default export but the Worker", () => {
    const exporting = sources.filter(
      ({ path, text }) => path !== "src/worker.ts" && /^export default/m.test(text),
    );
    expect(exporting.map(({ path }) => path)).toEqual([]);
  });
});
