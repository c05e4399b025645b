import { beforeAll, describe, expect, test } from "vitest";
import { generatePlan } from "../simulation/plan/generate.ts";
import { describeFailure, shrink } from "../simulation/plan/shrink.ts";
import { type Report, runPlan } from "../simulation/run.ts";
import { FAULT_KINDS } from "../simulation/world/faults.ts";
import type { Sabotage } from "../simulation/world/world.ts";
import { ALL_TESTS, shareOf } from "../support/share.ts";

/** Short ones, of which there are many: `npm run simulate` runs long ones, and more of them. */
const ACTIONS = 20;
const MINUTES = 60_000;

/** Always the same, so that what lands is no matter of luck; among all of them one in which a job is given up. */
const FROM = 201;
const SEEDS = shareOf(300, 12);
const seeds = Array.from({ length: SEEDS }, (_, index) => FROM + index);

const broken = new Map<string, string[]>();
const counts = new Map<string, number>();
let kills = 0;

function add(report: Report): void {
  kills += report.kills;
  for (const [name, count] of report.counts) counts.set(name, (counts.get(name) ?? 0) + count);
}

beforeAll(async () => {
  console.log(`simulating seeds ${FROM} to ${FROM + SEEDS - 1}`);
  for (const seed of seeds) {
    const plan = generatePlan(seed, ACTIONS);
    const report = await runPlan(plan);
    add(report);
    const [violation] = report.violations;
    if (violation === undefined) continue;
    const smallest = await shrink(plan);
    broken.set(violation.promise, [
      ...(broken.get(violation.promise) ?? []),
      describeFailure(smallest.plan, smallest.report),
    ]);
  }
}, 15 * MINUTES);

/** What broke a promise, as far as the simulations have shown. */
const failuresOf = (promise: string): string[] =>
  [...broken].filter(([name]) => name.split(", ").includes(promise)).flatMap(([, failures]) => failures);

describe("two Workers, five providers and every fault of theirs", () => {
  for (const [promise, text] of [
    ["P1", "no two bookings or holds of an agent share time, however they race"],
    ["P2", "nothing busy that was read is ever forgotten, or sold over"],
    ["P3", "every booking and every notice arrives, once, or says why it doesn't"],
    ["P4", "lost, doubled, late and forged notifications do no harm"],
    ["P5", "no cursor is ahead of its rows"],
    ["P6", "what can be watched is watched, what can't is polled"],
    ["P8", "nobody is connected to what isn't theirs"],
    ["P9", "no answer claims more than is known"],
  ] as const) {
    test(`${promise}: ${text}`, () => {
      expect(failuresOf(promise).join("\n\n")).toBe("");
    });
  }

  // Only all seeds together come through every one of them.
  test.runIf(ALL_TESTS)(
    "all kinds of faults happened, and the engine came through the places that they lead to",
    () => {
      const missing = [
        ...FAULT_KINDS.filter((kind) => kind !== "kill"),
        ...["pull.resync", "pull.failed", "channel.opened", "channel.failed", "connection.closed"].map(
          (event) => `log ${event}`,
        ),
        ...["delivery.failed", "notification.unknown", "account.needs_reauth", "jobs.given_up"].map(
          (event) => `log ${event}`,
        ),
        ...["log notices.disabled", "log notices.replayed", "op lose", "notice connection.lost"],
        "check watched",
      ].filter((name) => !counts.has(name));
      expect(missing).toEqual([]);
      expect(kills).toBeGreaterThan(50);
    },
  );
});

test(
  "the same seed takes the same course",
  async () => {
    for (const seed of [3, 7, 11].slice(0, shareOf(3, 1))) {
      const [once, again] = [await runPlan(generatePlan(seed)), await runPlan(generatePlan(seed))];
      expect(again.hash).toBe(once.hash);
      expect(again.trace).toEqual(once.trace);
    }
  },
  MINUTES,
);

describe("the checks bite", () => {
  /** What is broken on purpose, and how it is found. */
  interface Break extends Sabotage {
    /** What one of the accusations says; left out: the promise alone tells. */
    readonly says?: RegExp;
    /** So long that it can happen; short by default. */
    readonly actions?: number;
    /** The first of the seeds that are tried: the first that shows it today. 1 by default. */
    readonly from?: number;
    /** The search takes five seconds and more. Only `npm run test:all` makes it. */
    readonly long?: true;
  }

  /** The promises that a sabotaged engine breaks, over some seeds. */
  async function brokenBy(
    { says = /./, actions = ACTIONS, from = 1, long: _, ...sabotage }: Break,
    enough: string,
  ) {
    const found = new Set<string>();
    for (let tried = 0; tried < 40 && !found.has(enough); tried += 1) {
      const { violations } = await runPlan(generatePlan(from + tried, actions), sabotage);
      for (const { promise } of violations.filter(({ message }) => says.test(message))) {
        for (const name of promise.split(", ")) found.add(name);
      }
    }
    return [...found];
  }

  const instead = (pattern: RegExp, replacement = "SELECT 1 WHERE 0") => ({
    sql: (sql: string) => (pattern.test(sql) ? replacement : sql),
  });

  /** The notices whose statement matches are never written. */
  const withoutNotice = (pattern: RegExp, says: RegExp): Break => ({
    actions: 60,
    sql: (sql) => (sql.includes("INSERT INTO notices") && pattern.test(sql) ? "SELECT 1 WHERE 0" : sql),
    says,
  });

  /** Google takes no new event, so that deliveries fail for good. */
  const refused: Sabotage = {
    provider: ({ method, url }) =>
      method === "POST" && /googleapis[^?]*\/events(?:\?|$)/.test(url)
        ? Response.json({ error: { code: 400, message: "no", errors: [] } }, { status: 400 })
        : null,
  };

  /** Batches that are all or nothing are neither, and every second of such statements is lost. */
  const halfOf = (pattern: RegExp): Sabotage => {
    let count = 0;
    return {
      sql(sql) {
        if (sql.startsWith("SELECT 1 LIMIT CASE WHEN EXISTS")) return sql.replace("ELSE 'none'", "ELSE 1");
        if (!pattern.test(sql)) return sql;
        count += 1;
        return count % 2 === 0 ? "SELECT 1 WHERE 0" : sql;
      },
    };
  };

  const breaks: readonly [promise: string, what: string, Break][] = [
    [
      "P1",
      "the row that keeps a booking's time is not written",
      { from: 6, ...instead(/^\s*INSERT INTO busy[^;]*'booking'/i) },
    ],
    ["P1", "a series is sold in part", { ...halfOf(/INSERT INTO bookings/), says: /bookings of the series/ }],
    [
      "P1",
      "a group is moved in part",
      { long: true, ...halfOf(/UPDATE bookings SET/), says: /stayed where/ },
    ],
    [
      "P1",
      "a group is cancelled in part",
      { from: 8, ...halfOf(/UPDATE bookings SET state/), says: /is left where/ },
    ],
    [
      "P9",
      "a search for slots doesn't read what was sold",
      {
        from: 5,
        sql: (sql) =>
          sql.replace("FROM busy b WHERE b.agent_number = a.number", "$& AND b.booking_id IS NULL"),
        says: /in the common slot/,
      },
    ],
    [
      "P1",
      "of several agents the last one is taken and not the first",
      {
        from: 14,
        sql: (sql) => sql.replace("ORDER BY e.key LIMIT 1", "ORDER BY e.key DESC LIMIT 1"),
        says: /comes first by first/,
      },
    ],
    [
      "P1",
      "the agent with the most bookings is taken for the one with the fewest",
      {
        from: 43,
        sql: (sql) =>
          sql.replace(
            /COUNT\(\*\)(?= FROM bookings k WHERE k\.agent_id = a\.agent_id AND k\.state)/,
            "-COUNT(*)",
          ),
        says: /comes first by least_booked/,
      },
    ],
    [
      "P1",
      "the agent who was booked last is taken for the one who has been idle longest",
      {
        from: 5,
        sql: (sql) => sql.replace("k.starts_at DESC LIMIT 1), 0)", "k.starts_at DESC LIMIT 1), 0) * -1"),
        says: /comes first by longest_idle/,
      },
    ],
    [
      "P1",
      "the limit of a week is never read",
      {
        sql: (sql) => sql.replaceAll(/(?<![".\w])(?:a\.)?max_per_week\b(?!")/g, "NULL"),
        says: /allowed a week/,
      },
    ],
    ["P2", "a page's rows are not written", instead(/^\s*INSERT INTO busy[^;]*json_each/i)],
    ["P9", "a page's removals are not written", instead(/^\s*DELETE FROM busy WHERE connection_number/i)],
    [
      "P9",
      "calendars are said to have been verified an hour later than they were",
      { sql: (sql) => sql.replace(/verified_at = \?/, "verified_at = ? + 3600000") },
    ],
    [
      "P2",
      "the same of calendars that are settled together",
      {
        from: 7,
        sql: (sql) =>
          sql.replace("verified_at = (e.value ->> 'at')", "verified_at = (e.value ->> 'at') + 3600000"),
      },
    ],
    [
      "P3",
      "the provider's removal of an event is swallowed",
      {
        long: true,
        from: 9,
        provider: ({ method, url }) =>
          method === "DELETE" && url.includes("/events/") ? new Response(null, { status: 204 }) : null,
      },
    ],
    [
      "P3",
      "a notice is thanked for and thrown away",
      { provider: ({ url }) => (url.includes("/notices") ? new Response(null, { status: 204 }) : null) },
    ],
    [
      "P3",
      "a change of a booking is applied once more, ten minutes later, whatever has come since",
      {
        long: true,
        says: /no request asks for that/,
        actions: 60,
        from: 45,
        sql: (sql) => sql.replace(/AND revision = \?/, "AND (revision = ? OR 1)"),
        repeats: (body) => (body.includes("UPDATE bookings SET") ? 10 * MINUTES : null),
      },
    ],
    [
      "P2",
      "no notice of a conflict is written",
      { from: 11, ...withoutNotice(/CROSS JOIN busy/, /lies over/) },
    ],
    [
      "P3",
      "no notice of a failed delivery is written",
      { ...withoutNotice(/d\.wanted_revision <=/, /can't be delivered/), ...refused },
    ],
    [
      "P3",
      "no notice of a loss of access is written",
      { long: true, ...withoutNotice(/a\.status <> 'needs_reauth'/, /connection\.needs_consent/) },
    ],
    [
      "P3",
      "no notice of restored access is written",
      { long: true, ...withoutNotice(/a\.status <> 'active'/, /connection\.restored/) },
    ],
    [
      "P3",
      "no notice of a lost calendar is written",
      {
        long: true,
        from: 59,
        ...withoutNotice(/c\.lease_id = \S+ AND c\.gone_at IS NULL/, /is noted as gone/),
      },
    ],
    [
      "P3",
      "failed deliveries are kept from the list of failures",
      {
        ...refused,
        ...instead(/^SELECT agent_id, connection_id, booking_id, wanted_revision/),
        says: /isn't listed/,
      },
    ],
    [
      "P3",
      "no notice of an event that was put back is written",
      {
        long: true,
        from: 4,
        ...withoutNotice(/'followed'[\s\S]*EXISTS \(SELECT 1 FROM deliveries WHERE/, /that the event of/),
      },
    ],
    [
      "P3",
      "no notice of a removed event is written",
      {
        long: true,
        from: 17,
        sql: (sql) => (sql.includes("'followed'") && !sql.includes("'startsAt'") ? "SELECT 1 WHERE 0" : sql),
        says: /was removed at|no request asks for that/,
      },
    ],
    [
      "P3",
      "no booking follows its event",
      {
        long: true,
        from: 20,
        sql: (sql) => (/^select/i.test(sql) ? sql.replace('"on_external_change"', "'keep'") : sql),
        says: /doesn't follow/,
      },
    ],
    [
      "P2",
      "what can't be read is not remembered",
      {
        from: 4,
        ...instead(/^\s*INSERT INTO unreadable_objects/),
        says: /called fresh, and nobody can read|was sold although nobody can read|isn't known to hold/,
      },
    ],
    [
      "P9",
      "what can be read again, or is gone, is remembered for ever",
      {
        long: true,
        from: 25,
        ...instead(/^\s*DELETE FROM unreadable_objects WHERE connection_id = \S+\s+AND object_key IN/),
        says: /is called unreadable|is said to hold/,
      },
    ],
    ["P4", "nobody pulls what is due", { swallows: ({ kind }) => kind === "pull" }],
    [
      "P6",
      "the next pull is planned two days later than it should be",
      {
        says: /is not polled/,
        sql: (sql) =>
          sql.replace("poll_due_at = IIF(poll_due_at", "poll_due_at = 172800000 + IIF(poll_due_at"),
      },
    ],
    [
      "P8",
      "an erasure forgets a table",
      { ...instead(/^\s*DELETE FROM sync_runs WHERE/), says: /sync_runs still holds/ },
    ],
    ["P6", "nobody opens channels", { swallows: ({ kind }) => kind === "open-channel" }],
  ];

  test.each(breaks.filter(([, , { long = false }]) => ALL_TESTS || !long))(
    "%s is found broken when %s",
    async (promise, _, sabotage) => {
      expect(await brokenBy(sabotage, promise)).toContain(promise);
    },
    3 * MINUTES,
  );
});
