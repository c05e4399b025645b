// Retry: dead letters are listed until they are tried again, and their agent may do that.
import { beforeEach, describe, expect, test } from "vitest";
import { changeConnection } from "../../src/accounts/connections.ts";
import { createBooking } from "../../src/bookings/create.ts";
import { getBooking } from "../../src/bookings/get.ts";
import { formatDeadLetterId, parseDeadLetterCursor, parseDeadLetterId } from "../../src/dead-letters/id.ts";
import { type DeadLetterView, listDeadLetters } from "../../src/dead-letters/list.ts";
import { DEAD_QUEUES, recordDeadLetters } from "../../src/dead-letters/record.ts";
import { retryDeadLetter } from "../../src/dead-letters/retry.ts";
import type { DeadLetterKey } from "../../src/store/outbox/dead-letters.ts";
import { bookingRequest, codeOf, liveEvents } from "../bookings/requests.ts";
import { useOwnDatabase } from "../support/own-database.ts";
import { createWorld, type World } from "../support/world.ts";

const databaseUrl = useOwnDatabase();
const DAY = 86_400_000;

let world: World;
let connectionId: string;

beforeEach(async () => {
  world = createWorld({ databaseUrl: databaseUrl() });
  ({ connectionId } = await world.connect());
});

const list = async (agentId: string | null = world.agentId): Promise<readonly DeadLetterView[]> =>
  (await listDeadLetters(world.deps, { agentId, cursor: null, limit: 50 })).failures;

const retry = (failureId: string, ownedBy: string | null = world.agentId) =>
  retryDeadLetter(world.deps, { ownedBy, failureId });

const recordDeadJob = (id: string, body: unknown) =>
  recordDeadLetters(world.deps, { lane: "urgent", messages: [{ id, body }] });

const pull = () => ({ kind: "pull", connectionId });

/** Inserts a notice that was given up at `at` (ms). */
const failNotice = (id: string, at: number, agentId = world.agentId) =>
  world.query(
    `INSERT INTO notices (id, agent_id, kind, subject, data, state, attempts, next_attempt_at, lease_until,
       failure_code, created_at, updated_at)
     VALUES (?, ?, 'booking.delivered', 'booking:b-1', '{}', 'failed', 9, 0, 0, '500', ?, ?)`,
    [id, agentId, at, at],
  );

/** Makes a booking that its calendar refuses for good; returns its dead letter. */
async function failDelivery(): Promise<DeadLetterView> {
  world.google.knobs.set("cal.role", "reader", { calendar: world.email });
  await createBooking(world.deps, bookingRequest(world));
  const [failure] = await list();
  if (failure === undefined) throw new Error("the delivery has not failed");
  return failure;
}

describe("A booking that a calendar refuses for good", () => {
  test("P3: is listed with calendar, revision and reason", async () => {
    expect(await failDelivery()).toMatchObject({
      kind: "delivery",
      agentId: world.agentId,
      connectionId,
      bookingId: "b-1",
      revision: 1,
      reason: expect.any(String),
    });
  });

  test("P3: is written by its retry when the cause is gone, and leaves the list", async () => {
    const { failureId } = await failDelivery();
    world.google.knobs.clear();
    await retry(failureId);
    expect(await list()).toEqual([]);
    expect(world.jobs.urgent).toContainEqual({ kind: "deliver", connectionId, bookingId: "b-1" });
    await world.drain();
    expect(liveEvents(world)).toHaveLength(1);
    const { results } = await getBooking(world.deps, { agentId: world.agentId, bookingId: "b-1" });
    expect(results).toMatchObject([{ status: "synced", reason: null }]);
  });

  test("returns to the list when its retry is refused again", async () => {
    const { failureId } = await failDelivery();
    await retry(failureId);
    await world.drain();
    expect(await list()).toMatchObject([{ failureId, kind: "delivery" }]);
  });

  test("stays on the list while its calendar is inactive, and the retry says what to do", async () => {
    const { failureId } = await failDelivery();
    const switchTo = (isActive: boolean) =>
      changeConnection(world.deps, { ownedBy: world.agentId, connectionId, patch: { isActive } });
    await switchTo(false);
    expect(await codeOf(retry(failureId))).toBe("calendar_switched_off");
    expect(await list()).toMatchObject([{ failureId }]);
    world.google.knobs.clear();
    await switchTo(true);
    await retry(failureId);
    await world.drain();
    expect(liveEvents(world)).toHaveLength(1);
  });

  test("P3: is tried again by the next sweep when the retry's job is lost", async () => {
    const { failureId } = await failDelivery();
    world.google.knobs.clear();
    await retry(failureId);
    world.jobs.urgent.length = 0;
    await world.cron();
    expect(liveEvents(world)).toHaveLength(1);
  });

  test("is no dead letter once retried: a second retry is refused", async () => {
    const { failureId } = await failDelivery();
    await retry(failureId);
    expect(await codeOf(retry(failureId))).toBe("failure_not_found");
  });
});

describe("A job that a queue gave up", () => {
  test("is listed with its agent, found by its connection or account", async () => {
    const [account] = await world.query("SELECT id FROM accounts WHERE agent_id = ?", [world.agentId]);
    const refresh = { kind: "refresh-account", accountId: String(account?.["id"]) };
    await recordDeadLetters(world.deps, {
      lane: "background",
      messages: [
        { id: "m-1", body: pull() },
        { id: "m-2", body: refresh },
      ],
    });
    expect(await list()).toMatchObject([
      { kind: "job", agentId: world.agentId, lane: "background", job: pull() },
      { kind: "job", agentId: world.agentId, lane: "background", job: refresh },
    ]);
  });

  test.each([[null], ["text"], [7], [[]], [{ kind: "unheard-of" }], [undefined]])(
    "and whose body was %j is kept all the same, and only services see it",
    async (body) => {
      await recordDeadJob("m-1", body);
      expect(await list()).toEqual([]);
      expect(await list(null)).toMatchObject([{ kind: "job", agentId: null, job: body ?? null }]);
    },
  );

  test("is one dead letter however often its message comes", async () => {
    await recordDeadJob("m-1", pull());
    await recordDeadJob("m-1", pull());
    expect(await list()).toHaveLength(1);
  });

  test("is sent to its queue again, and leaves the list", async () => {
    await recordDeadJob("m-1", pull());
    const [failure] = await list();
    await retry(failure?.failureId ?? "");
    expect(world.jobs.urgent).toEqual([pull()]);
    expect(await list()).toEqual([]);
    await world.drain();
  });

  test("P3: stays on the list when the queue takes nothing", async () => {
    await recordDeadJob("m-1", pull());
    const [failure] = await list();
    const send = async () => {
      throw new Error("the queue is away");
    };
    const failureId = failure?.failureId ?? "";
    const attempt = retryDeadLetter({ ...world.deps, queue: { send } }, { ownedBy: null, failureId });
    await expect(attempt).rejects.toThrow("the queue is away");
    expect(await list()).toHaveLength(1);
  });

  test("P3: is left in the queue while the database can't record it", async () => {
    const write = async (): Promise<never> => {
      throw new Error("the database is away");
    };
    const deps = { ...world.deps, db: { ...world.deps.db, write } };
    await expect(recordDeadLetters(deps, { lane: "urgent", messages: [] })).rejects.toThrow(
      "the database is away",
    );
  });

  test("is forgotten after 30 days", async () => {
    await recordDeadJob("m-1", pull());
    world.advance(29 * DAY);
    await world.cron("17 3 * * *");
    expect(await list(null)).toHaveLength(1);
    world.advance(2 * DAY);
    await world.cron("17 3 * * *");
    expect(await list(null)).toEqual([]);
  });
});

describe("A notice given up", () => {
  test("is listed with its type and the reason why it was given up", async () => {
    await failNotice("ntc_1", 5);
    expect(await list()).toMatchObject([
      { kind: "notice", id: "ntc_1", notice: "booking.delivered", subject: "booking:b-1", reason: "500" },
    ]);
  });

  test("is pending again after its retry, as if new", async () => {
    await failNotice("ntc_1", 5);
    const [failure] = await list();
    await retry(failure?.failureId ?? "");
    expect(await list()).toEqual([]);
    expect(await world.query("SELECT state, attempts, next_attempt_at FROM notices")).toMatchObject([
      { state: "pending", attempts: 0, next_attempt_at: 0 },
    ]);
  });
});

describe("P8: another agent", () => {
  test("neither sees nor retries a dead letter of any kind", async () => {
    await failDelivery();
    await recordDeadJob("m-1", pull());
    await failNotice("ntc_1", 5);
    const failures = await list();
    expect(failures.map(({ kind }) => kind).sort()).toEqual(["delivery", "job", "notice"]);
    expect(await list("stranger")).toEqual([]);
    for (const { failureId } of failures) {
      expect(await codeOf(retry(failureId, "stranger"))).toBe("failure_not_found");
    }
    expect(await list()).toEqual(failures);
    expect(world.jobs.urgent).toEqual([]);
  });
});

describe("The list", () => {
  test("names each dead letter once over all pages, newest first, also when times are equal", async () => {
    const at = world.deps.now();
    for (let n = 0; n < 4; n += 1) await failNotice(`ntc_${n}`, at - (n % 2));
    for (let n = 0; n < 4; n += 1) {
      await world.query(
        "INSERT INTO dead_jobs (id, agent_id, lane, job, failed_at) VALUES (?, ?, 'urgent', '{}', ?)",
        [`m-${n}`, world.agentId, at - (n % 2)],
      );
      await world.query(
        `INSERT INTO deliveries (connection_id, booking_id, agent_id, wanted_revision, delivered_revision, state,
           generation, attempts, next_attempt_at, lease_until, created_at, updated_at)
         VALUES (?, ?, ?, 2, 1, 'failed', 0, 9, 0, 0, 0, ?)`,
        [`c-${n % 3}`, `b-${n}`, world.agentId, at - (n % 2)],
      );
    }
    const whole = await list();
    expect(whole).toHaveLength(12);
    expect(whole.map(({ failedAt }) => at - failedAt)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    for (const agentId of [world.agentId, null]) {
      for (const limit of [1, 2, 5, 12]) {
        const paged: DeadLetterView[] = [];
        let cursor: string | null = null;
        do {
          const page = await listDeadLetters(world.deps, { agentId, cursor, limit });
          paged.push(...page.failures);
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(paged).toEqual(whole);
      }
    }
  });

  test("refuses a cursor that no page gave", async () => {
    for (const cursor of ["", "x", "5", "5.", "5.e30", "-1.abc"]) {
      expect(await codeOf(listDeadLetters(world.deps, { agentId: null, cursor, limit: 1 }))).toBe(
        "invalid_request",
      );
    }
  });
});

describe("A dead letter's id", () => {
  const keys: DeadLetterKey[] = [
    { kind: "delivery", connectionId: "c-1", bookingId: 'b/../?#%2F ü 予約 🙂"\\' },
    { kind: "job", id: "15264b25" },
    { kind: "notice", id: "ntc_1" },
  ];

  test.each(keys)("fits into a path, and is read back: %j", (key) => {
    const id = formatDeadLetterId(key);
    expect(id).toMatch(/^[\w-]+$/);
    expect(parseDeadLetterId(id)).toEqual(key);
    expect(parseDeadLetterCursor(`17.${id}`)).toEqual({ failedAt: 17, key });
  });

  test("that was made up is unknown", async () => {
    const madeUp = [`["job"]`, `["delivery","c"]`, `["other","x"]`, `{}`, `null`, `[1,2]`, "%E0%A4%A"];
    const ids = [...madeUp.map((text) => btoa(text).replaceAll("=", "")), "", "!", "a", "ü"];
    for (const id of ids) {
      expect(parseDeadLetterId(id)).toBeNull();
      expect(await codeOf(retry(id, null))).toBe("failure_not_found");
    }
  });
});

test("every dead-letter queue of wrangler.toml has its lane, and every lane its queue", async () => {
  const { readFile } = await import("node:fs/promises");
  const toml = await readFile(new URL("../../wrangler.toml", import.meta.url), "utf8");
  const dead = [...toml.matchAll(/^dead_letter_queue = "(.+)"$/gm)].map(([, name]) => name);
  expect(Object.keys(DEAD_QUEUES).sort()).toEqual(dead.sort());
  const consumed = [...toml.matchAll(/^queue = "(.+)"$/gm)].map(([, name]) => name);
  expect(consumed).toEqual(expect.arrayContaining(dead));
});
