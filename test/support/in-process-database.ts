// In-process databases: libSQL's own engine in this process behind the server's protocol. `npm test` asks them, because
// most of a test's time went into requests to the server; `npm run test:all` runs the same tests of most rooms on the server itself.
import { setImmediate } from "node:timers/promises";
import { applyMigrations } from "../../scripts/local/migrations.ts";
import { type LocalDatabase, localDatabase } from "../simulation/world/hrana.ts";
import { openEngine } from "./engines.ts";

const SUFFIX = ".in-process.test";
const opened = new Map<string, Promise<LocalDatabase>>();

/** The URL of the in-process database of this name. Each process has its own. */
export const inProcessUrl = (name: string): string => `http://${name}${SUFFIX}`;

/** Is this the host of such a URL? */
export const isInProcess = (host: string): boolean => host.endsWith(SUFFIX);

/** Others run before and after the database works, as while a request is on its way. */
async function answer(database: LocalDatabase, request: Request): Promise<Response> {
  // The client asks by GET whether a newer protocol is there.
  if (request.method === "GET") return new Response(null, { status: 404 });
  const body = await request.text();
  await setImmediate();
  const answered = database.pipeline(body).body;
  await setImmediate();
  return new Response(answered, { headers: { "content-type": "application/json" } });
}

async function open(url: string): Promise<LocalDatabase> {
  const database = localDatabase(openEngine());
  const ask: typeof fetch = (input, init) => answer(database, new Request(input, init));
  await applyMigrations({ url, authToken: null }, ask);
  return database;
}

/** What the database would answer. It is opened with all migrations at its first use. */
export async function answerInProcess(request: Request): Promise<Response> {
  const { origin, hostname } = new URL(request.url);
  const database = opened.get(hostname) ?? open(origin);
  opened.set(hostname, database);
  return answer(await database, request);
}
