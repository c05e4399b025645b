// The house rules that no linter knows: which room may use which, and what only one room may touch.
import { existsSync, readdirSync, readFileSync } from "node:fs";
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

/** Without what tools leave there: wrangler keeps its own files beside the configuration of the Worker of MCP. */
const paths = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/node_modules|\.wrangler|calendar-api/.test(name))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`);

const sources = paths("src").map(read);
const everything = [
  ...sources,
  ...paths("test").map(read),
  ...paths("scripts").map(read),
  ...paths("examples").map(read),
];

/** The floors of the house, top first. An import goes down, or stays inside its room. */
const FLOORS: readonly string[] = [
  "src/worker.ts",
  "src/app.ts",
  "src/jobs.ts",
  "src/cron.ts",
  "src/pages/",
  "src/routes/",
  "src/http/",
  "src/dead-letters/",
  "src/erasure/",
  "src/bookings/",
  "src/availability/",
  "src/sync/",
  "src/upkeep/",
  "src/accounts/",
  "src/notices/",
  "src/deps.ts",
  "src/config.ts",
  "src/config-values.ts",
  "src/store/",
  "src/providers/",
  "src/encoding/",
  "src/domain/",
  "src/mcp/",
  "src/platform/",
];

/** The aggregates inside the store, top first; the files beside them are the ground on which all stand. */
const AGGREGATES: readonly string[] = [
  "src/store/reports/",
  "src/store/erasure/",
  "src/store/bookings/",
  "src/store/busy/",
  "src/store/calendars/",
  "src/store/deliveries/",
  "src/store/accounts/",
  "src/store/outbox/",
  "src/store/agents/",
  "src/store/schema/",
];

const isIn = (room: string, path: string): boolean =>
  room.endsWith("/") ? path.startsWith(room) : path === room;

const indexIn = (rooms: readonly string[], path: string): number =>
  rooms.findIndex((room) => isIn(room, path));

function floorOf(path: string): number {
  const floor = indexIn(FLOORS, path);
  if (floor === -1 && !path.endsWith(".d.ts")) throw new Error(`${path} is in no room of the house`);
  return floor;
}

/** An aggregate's place in the store; the ground is the lowest. The schema may use the ground, and it the schema. */
function aggregateOf(path: string): number {
  const place = indexIn(AGGREGATES, path);
  return place === -1 ? AGGREGATES.length - 1 : place;
}

/** The imports that break a rule, as "path -> import". */
function breaking(rule: (source: Source, from: string, typeOnly: boolean) => boolean): string[] {
  return sources.flatMap((source) =>
    source.imports
      .filter(({ from, typeOnly }) => rule(source, from, typeOnly))
      .map(({ from }) => `${source.path} -> ${from}`),
  );
}

/** Files that import each other in a circle, smallest circles first; type imports count. */
function circles(): string[][] {
  const importsOf = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.map(({ from }) => from).filter((from) => from.startsWith("src/")),
    ]),
  );
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) found.push([...trail.slice(start), path]);
    if (start !== -1 || done.has(path)) return;
    for (const next of importsOf.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found.sort((a, b) => a.length - b.length);
}

/** Who may import a package, by the beginning of the importer's path. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "drizzle-orm": ["src/store/"],
  "@libsql/client": ["src/store/db.ts", "src/store/single-read.ts"],
  hono: ["src/app.ts", "src/routes/", "src/http/", "src/pages/"],
  "@hono/zod-validator": ["src/http/"],
  "googleapis-common": ["src/providers/google/api.ts"],
  tsdav: ["src/providers/caldav/api.ts"],
  // Only tests read with it (`docs/decisions/003-own-recurrence-expansion.md`).
  "ical.js": [],
  oslo: ["src/encoding/", "src/providers/", "src/config-values.ts", "src/accounts/", "src/sync/secret.ts"],
  jose: ["src/http/", "src/accounts/consent.ts", "src/providers/oauth.ts"],
  standardwebhooks: ["src/notices/send.ts"],
  "temporal-polyfill": ["src/domain/zone.ts"],
  "@modelcontextprotocol/server": ["src/mcp/protocol.ts"],
  zod: [
    "src/config.ts",
    "src/config-values.ts",
    "src/http/",
    "src/routes/",
    "src/pages/",
    "src/providers/",
    "src/accounts/consent.ts",
  ],
  "cloudflare:workers": ["src/worker.ts", "src/mcp/worker.ts"],
};

const isPackage = (from: string, name: string) => from === name || from.startsWith(`${name}/`);

/** Rooms beside the providers' own: a format they share. */
const FORMATS = ["icalendar", "webdav"];

/** The provider whose folder a file is in. */
const providerOf = (path: string) => {
  const folder = /^src\/providers\/(\w+)\//.exec(path)?.[1];
  return folder === undefined || FORMATS.includes(folder) ? undefined : folder;
};

describe("imports", () => {
  test("go down only, type imports included", () => {
    const up = breaking(({ path }, from) => from.startsWith("src/") && floorOf(from) < floorOf(path));
    expect(up).toEqual([]);
  });

  test("inside the store go down from aggregate to aggregate", () => {
    const up = breaking(
      ({ path }, from) =>
        path.startsWith("src/store/") &&
        from.startsWith("src/store/") &&
        aggregateOf(from) < aggregateOf(path),
    );
    expect(up).toEqual([]);
  });

  test("make no circle, type imports included", () => {
    expect(circles()).toEqual([]);
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

  test("each provider's folder has the same eight files, and perhaps parts of them", () => {
    const eight = ["api", "auth", "failures", "index", "push", "read", "wire", "write"];
    const folders = new Set(sources.map(({ path }) => providerOf(path)).filter((name) => name !== undefined));
    expect(folders.size).toBeGreaterThan(0);
    for (const name of folders) {
      const files = readdirSync(join(ROOT, "src/providers", name)).map((file) => file.replace(/\.ts$/, ""));
      expect(files).toEqual(expect.arrayContaining(eight));
    }
  });

  test("packages stay in the rooms that they were chosen for", () => {
    const strays = breaking((source, from, typeOnly) => {
      if (typeOnly) return false;
      const rooms = Object.entries(PACKAGES).find(([name]) => isPackage(from, name))?.[1];
      return rooms !== undefined && !rooms.some((room) => source.path.startsWith(room));
    });
    expect(strays).toEqual([]);
  });

  test("the Worker of MCP gives the main one nothing but types", () => {
    const bundled = breaking(
      ({ path }, from, typeOnly) => from.startsWith("src/mcp/") && !path.startsWith("src/mcp/") && !typeOnly,
    );
    expect(bundled).toEqual([]);
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

  test("zod comes as a namespace, oslo by sub-path, libsql without WebSockets", () => {
    const wrong = sources.flatMap(({ path, text }) =>
      /import \{[^}]*\} from "zod"|from "oslo"|from "@libsql\/client(?!\/http)|libsql\/web"/.test(text)
        ? [path]
        : [],
    );
    expect(wrong).toEqual([]);
  });
});

describe("the outside world", () => {
  /** It holds the text of a script that runs in browsers. */
  const IN_BROWSERS = "src/pages/script.ts";
  const OUTSIDE =
    /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bconsole\.|\bsetTimeout\b|\bglobalThis\b|\bprocess\./;

  test("only deps.ts reads the clock, randomness, the console and the globals", () => {
    const readers = sources.filter(
      ({ path, text }) => path !== "src/deps.ts" && path !== IN_BROWSERS && OUTSIDE.test(text),
    );
    expect(readers.map(({ path }) => path)).toEqual([]);
  });

  test("only deps.ts hands out the global fetch", () => {
    // A call of a bare `fetch(…)` in a file that doesn't define that name itself is a call of the global one.
    const callers = sources.filter(
      ({ path, text }) =>
        path !== "src/deps.ts" &&
        path !== IN_BROWSERS &&
        /(?<![.\w])fetch\(/.test(text) &&
        !/\{ fetch \}|\bfetch\(request: /.test(text),
    );
    expect(callers.map(({ path }) => path)).toEqual([]);
  });

  test("outside src/providers nobody asks which provider it is", () => {
    const NAMES = /"(?:GOOGLE|OUTLOOK|OFFICE365|APPLE|CALDAV)"/;
    const asking = sources.filter(
      ({ path, text }) =>
        /^src\/(?:sync|bookings|availability|routes|http|store|accounts|notices|dead-letters|domain)\//.test(
          path,
        ) && NAMES.test(text),
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
      const name = posix.basename(path).replace(/(?:\.property)?(?:\.test)?(?:\.d)?(?:\.config)?\.tsx?$/, "");
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
    // All words of a language stand in one file, so that a translator has to look nowhere else.
    const long = sources.filter(
      ({ path, text }) => !path.startsWith("src/pages/words/") && text.split("\n").length > 270,
    );
    expect(long.map(({ path, text }) => `${path}: ${text.split("\n").length}`)).toEqual([]);
  });

  test("have no default export but the Workers", () => {
    const exporting = sources.filter(
      ({ path, text }) => !/^src\/(?:mcp\/)?worker\.ts$/.test(path) && /^export default/m.test(text),
    );
    expect(exporting.map(({ path }) => path)).toEqual([]);
  });
});

/** What a reader meets as prose: comments, and the titles of tests. */
const proseOf = ({ text }: Source): string =>
  [
    ...[...text.matchAll(/(?:^|\s)\/\/ ?(.*)$/gm)].map(([, line = ""]) => line),
    ...[...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, block = ""]) =>
      block.replaceAll(/\s*\n\s*\*\s?/g, " "),
    ),
    ...[...text.matchAll(/\b(?:test|describe)(?:\.\w+)*\(\s*(["'`])(.*?)\1/gs)].map(
      ([, , title = ""]) => title,
    ),
  ].join("\n");

const readDocument = (path: string): string | null => {
  const file = join(ROOT, path);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
};

describe("what comments and titles cite", () => {
  /** Where each letter's codes stand, as the first cell of a table's row or as a heading. */
  const CODES: Readonly<Record<string, string>> = {
    G: "docs/providers/google.md",
    M: "docs/providers/microsoft.md",
    C: "docs/providers/caldav.md",
    L: "docs/lessons.md",
  };

  test("is a document of this repository", () => {
    const gone = everything.flatMap((source) =>
      [...proseOf(source).matchAll(/[\w./-]*\b[\w-]+\.md\b/g)]
        .map(([path]) => path)
        .filter((path) => readDocument(path) === null)
        .map((path) => `${source.path}: ${path}`),
    );
    expect(gone).toEqual([]);
  });

  test("is a section that its document has", () => {
    const gone = everything.flatMap((source) =>
      [...proseOf(source).matchAll(/(docs\/[\w/-]+\.md)`? ((?:[A-G]\.)?\d+(?:\.\d+)*|[A-G]\b)/g)]
        .filter(([, path = "", section = ""]) => {
          const heading = new RegExp(`^#+ (?:Part )?${section.replaceAll(".", "\\.")}(?![\\d.]*\\d)`, "m");
          const item = new RegExp(`^(?:- )?\\*{0,2}${section.replaceAll(".", "\\.")}\\*{0,2}[.:\\s|]`, "m");
          const document = readDocument(path) ?? "";
          return !heading.test(document) && !item.test(document);
        })
        .map(([citation]) => `${source.path}: ${citation}`),
    );
    expect(gone).toEqual([]);
  });

  test("is a case or a lesson that its document has", () => {
    const documents = Object.fromEntries(
      Object.entries(CODES).map(([letter, path]) => [letter, readDocument(path) ?? ""]),
    );
    const gone = everything.flatMap((source) =>
      [...proseOf(source).matchAll(/(?<![\w`"'/-])([GMCL])(\d{1,2})(?![\w"'`/-])/g)]
        .filter(
          ([code, letter = ""]) => !new RegExp(`^(?:\\| |#+ )${code}\\b`, "m").test(documents[letter] ?? ""),
        )
        .map(([code]) => `${source.path}: ${code}`),
    );
    expect(gone).toEqual([]);
  });
});

describe("documents", () => {
  const documents = ["", "docs", "test", "findings", "examples", ".github"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: folder !== "", encoding: "utf8" })
      .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
      .map((name) => posix.join(folder, name)),
  );
  const slugOf = (heading: string): string =>
    heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-");

  test("link to files and headings of this repository that are there", () => {
    expect(documents).toContain("docs/architecture.md");
    const gone = documents.flatMap((path) =>
      [...(readDocument(path) ?? "").matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)/g)]
        .filter(([, file = "", anchor]) => {
          const target = file === "" ? path : posix.normalize(posix.join(posix.dirname(path), file));
          if (!existsSync(join(ROOT, target))) return true;
          if (anchor === undefined) return false;
          const headings = [...(readDocument(target) ?? "").matchAll(/^#+ (.*)$/gm)];
          return !headings.some(([, heading = ""]) => slugOf(heading) === anchor);
        })
        .map(([link]) => `${path}: ${link}`),
    );
    expect(gone).toEqual([]);
  });
});

describe("the promises", () => {
  test("are each in the name of at least three tests", () => {
    const titles = everything
      .filter(({ path }) => path.startsWith("test/"))
      .map(proseOf)
      .join("\n");
    const counts = ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9"].map((promise) => ({
      promise,
      tests: titles.match(new RegExp(`\\b${promise}: `, "g"))?.length ?? 0,
    }));
    expect(counts.filter(({ tests }) => tests < 3)).toEqual([]);
  });
});
