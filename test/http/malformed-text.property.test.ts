// Malformed text: whatever stands in whatever text field of whatever operation is the caller's mistake, never ours.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OPERATIONS } from "../../src/app.ts";
import { BASE_PATH, type Operation } from "../../src/http/operation.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { shareOf } from "../support/share.ts";
import { createWorld, type World } from "../support/world.ts";
import { operatorCookie, sessionCookie } from "./closed-world.ts";
import { furnished, type RealIds, sampleOf } from "./own-samples.ts";
import { SAMPLES, type Sample } from "./samples.ts";
import { type TextField, textFieldsOf, withText } from "./text-fields.ts";

const ORIGIN = "https://sync.example.org";
const RUNS = shareOf(24, 1);
/** Each field meets every so manieth of the hard texts, and its neighbours the others. */
const STRIDE = shareOf(1, 4);

/** Texts that have broken something somewhere. */
const HARD = [
  ...[
    "\ud83d",
    "a\ude00b",
    "\u0000",
    "\u0007",
    "\u0085",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\uffff",
    "\u{10ffff}",
  ],
  ...[
    "",
    " ",
    ".",
    "..",
    "/",
    "../../x",
    "%",
    "%00",
    "%zz",
    "?x#y",
    "'",
    '"',
    "\\",
    "`",
    "{}",
    "[]",
    "null",
    "-1",
    "1e400",
  ],
  ...[
    "__proto__",
    "constructor",
    "<b>&amp;",
    "\r\nX: 1",
    "' OR 1=1 --",
    "x'; DROP TABLE busy; --",
    "[object Object]",
  ],
  ...[
    "2026-02-30T25:61:00Z",
    "+275760-09-13T00:00:00.001Z",
    "-271821-04-20T00:00:00Z",
    "0000-01-01",
    "24:00:01",
  ],
  ...[
    "Europe/Nowhere",
    "Etc/GMT+99",
    "+26:00",
    "e\u0301\u0301\u0301",
    "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  ],
  ...[
    "9".repeat(400),
    "a".repeat(5_000),
    "\u{1f600}".repeat(200),
    "https://[::1",
    "https://\ud83d.example",
    "javascript:x",
  ],
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...HARD), fc.string({ unit: "binary" }), fc.string()), { maxLength: 4 })
  .map((pieces) => pieces.join(""));

/** Percent-encodes also halves of surrogate pairs, as their three bytes: no client should, but some do. */
const encoded = (value: string): string =>
  [...value]
    .map((letter) => {
      if (letter.isWellFormed()) return encodeURIComponent(letter);
      const code = letter.charCodeAt(0);
      return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
        .map((byte) => `%${byte.toString(16).toUpperCase()}`)
        .join("");
    })
    .join("");

const pairs = (fields: Record<string, unknown> = {}): string =>
  Object.entries(fields)
    .map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`)
    .join("&");

/** The request as a careless client writes it; null where HTTP itself can't carry it. */
function written(declared: Operation, sample: Sample, headers: Record<string, string>): Request | null {
  const path = declared.path.replaceAll(/:(\w+)/g, (_, name: string) => encoded(sample.params?.[name] ?? ""));
  const query = pairs(sample.query);
  const isForm = sample.body === undefined && sample.form !== undefined;
  const body = isForm ? pairs(sample.form) : sample.body === undefined ? null : JSON.stringify(sample.body);
  const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
  try {
    return new Request(`${ORIGIN}${BASE_PATH}${path}${query === "" ? "" : `?${query}`}`, {
      method: declared.method.toUpperCase(),
      headers: {
        origin: ORIGIN,
        ...(body === null ? {} : { "content-type": type }),
        ...headers,
        ...sample.headers,
      },
      ...(body === null ? {} : { body }),
    });
  } catch {
    return null;
  }
}

const databaseUrl = useOwnDatabase();

let world: World;
let ids: RealIds;
let credentials: Record<Operation["access"], Record<string, string>>;

/** The database is emptied before each test, so each furnishes a world of its own. */
async function prepare(): Promise<void> {
  world = createWorld({ databaseUrl: databaseUrl() });
  ({ ids } = await furnished(world));
  const bearer = { authorization: `Bearer ${await world.token("service")}` };
  const cookie = { cookie: await sessionCookie(world.deps, world.agentId) };
  const operator = { cookie: await operatorCookie(world.deps) };
  credentials = { open: {}, bearer, either: bearer, session: cookie, operator };
}

async function expectNoFault(declared: Operation, field: TextField, value: string): Promise<void> {
  const sample = withText(sampleOf(SAMPLES[declared.id] ?? {}, ids), field, value);
  const request = written(declared, sample, credentials[declared.access]);
  if (request === null) return;
  const answer = await world.app.request(request);
  const told = await answer.text();
  const where = `${declared.id} ${field.part}.${field.path.join(".")} = ${JSON.stringify(value.slice(0, 80))}`;
  expect(answer.status, `${where}: ${told.slice(0, 300)}`).toBeLessThan(500);
}

const WITH_TEXT = OPERATIONS.map((declared) => ({
  id: declared.id,
  declared,
  fields: textFieldsOf(declared),
})).filter(({ fields }) => fields.length > 0);

test("finds the text fields of every operation that takes any", () => {
  const named = WITH_TEXT.flatMap(({ id, fields }) =>
    fields.map(({ part, path }) => `${id} ${part}.${path.join(".")}`),
  );
  expect(named).toContain("createBooking body.title");
  expect(named).toContain("checkManyAvailabilities body.checks.0.agentId");
  expect(named).toContain("bulkBookings body.operations.0.clientEmail");
  expect(named).toContain("countUnreadableAsFree body.objects.0.key");
  expect(named).toContain("connectByPassword form.password");
  expect(named).toContain("retryFailure params.id");
  const taking = OPERATIONS.filter(({ params, body, form }) => params ?? body ?? form);
  const without = taking.filter(({ id }) => !WITH_TEXT.some((one) => one.id === id)).map(({ id }) => id);
  // A form of a button has none, but mostly an id in its path.
  expect(without).toEqual(["operatorSignOut", "signOut"]);
});

describe("Malformed text is never a 5xx", () => {
  test.each(WITH_TEXT)("in $id", async ({ declared, fields }) => {
    await prepare();
    for (const [position, field] of fields.entries()) {
      const share = HARD.filter((_, index) => (index + position) % STRIDE === 0);
      for (const value of share) await expectNoFault(declared, field, value);
    }
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), text, (field, value) =>
        expectNoFault(declared, field, value),
      ),
      { numRuns: RUNS },
    );
    expect(world.logs.filter(({ event }) => event === "request.failed")).toEqual([]);
  });

  test.each(["google", "microsoft"])("in the body and headers of a notification of %s", async (provider) => {
    await prepare();
    const url = `${ORIGIN}${BASE_PATH}/webhooks/${provider}`;
    const send = async (value: string) => {
      const entry = { subscriptionId: value, clientState: value, lifecycleEvent: value };
      for (const body of [value, JSON.stringify(value), JSON.stringify({ value: [entry, value, null] })]) {
        const headers: Record<string, string> = { "content-type": "application/json" };
        const latin = value.replaceAll(/[^\x20-\x7e]/g, "");
        for (const name of ["id", "token", "resource-id"]) headers[`x-goog-channel-${name}`] = latin;
        headers["x-goog-resource-id"] = latin;
        headers["x-goog-resource-state"] = "exists";
        const answer = await world.app.request(url, { method: "POST", headers, body });
        expect(answer.status, JSON.stringify(value)).toBeLessThan(500);
      }
    };
    for (const value of HARD) await send(value);
    await fc.assert(fc.asyncProperty(text, send), { numRuns: RUNS });
  });
});
