// Run: runs one plan to its end and until rest, with all checks.

import { consent } from "./actions/access.ts";
import { type Audience, insist } from "./actions/client.ts";
import { catchUp } from "./actions/notices.ts";
import { perform } from "./actions/perform.ts";
import { checkAtRest, checkDeadLetters } from "./checks/at-rest.ts";
import { createCacheChecks, readConnections } from "./checks/cache.ts";
import { createCommonSlotChecks } from "./checks/common-slots.ts";
import { type BeforeErasure, beforeErasure, checkErased } from "./checks/erasure.ts";
import { createExternalChangeChecks } from "./checks/external-changes.ts";
import { createHistoryChecks } from "./checks/history.ts";
import { createInsertedNoticeChecks } from "./checks/notices-inserted.ts";
import { createSaleChecks } from "./checks/sales.ts";
import { createTogetherChecks } from "./checks/together.ts";
import { askAtRest, checkUnreadable } from "./checks/unreadable.ts";
import { hashOf } from "./plan/dice.ts";
import type { Plan } from "./plan/plan.ts";
import { agentIdOf } from "./world/cast.ts";
import { type LocalDatabase, openLocalDatabase, type Written } from "./world/hrana.ts";
import { HOUR, MINUTE } from "./world/outside-event.ts";
import { closedDateOf } from "./world/sales.ts";
import { createWorld, type Sabotage, type World } from "./world/world.ts";

/** A broken promise. */
export interface Violation {
  /** P1 to P9. */
  readonly promise: string;
  readonly message: string;
  /** The step of the simulation. */
  readonly step: number;
}

/** The result of one simulation. */
export interface Report {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  /** A hash of the trace. The same plan always gives the same hash. */
  readonly hash: string;
  readonly steps: number;
  readonly kills: number;
  readonly invocations: number;
  readonly checks: number;
  readonly counts: ReadonlyMap<string, number>;
  /** The world at its end, for tests that examine it. */
  readonly world: World;
}

/**
 * The pauses between the runs of cron after the faults have ended. Their sum exceeds every backoff. After the longest
 * one the window is rolled, then the calendar is read, then it is audited: each may wait for the one before it. The
 * last is that of an audit which a roll has spoilt.
 */
const TURNS_MS = [
  ...[MINUTE, 2 * MINUTE, 30 * MINUTE, 3 * HOUR, 9 * HOUR, 31 * HOUR],
  ...[2 * MINUTE, 2 * MINUTE, 26 * MINUTE],
];

let database: LocalDatabase | undefined;

async function setUp(world: World, after: () => void): Promise<void> {
  const { plan } = world;
  const settled = plan.agents.map((agent, index) =>
    world.call(`settings ${index}`, "PUT", `/settings?agentId=${agentIdOf(index)}`, {
      timeZone: agent.zone,
      rules: {
        tentative: agent.tentativeBlocks,
        allDay: agent.allDayBlocks,
        outOfOffice: true,
        unanswered: true,
        workingElsewhere: false,
      },
      bufferBeforeMinutes: agent.bufferMinutes,
      bufferAfterMinutes: agent.bufferMinutes,
      minimumNoticeMinutes: 0,
      workingHours: null,
      overrides:
        agent.closedDay === null ? [] : [{ date: closedDateOf(plan.startAt, agent.closedDay), hours: [] }],
      maxPerDay: agent.maxPerDay,
      maxPerWeek: agent.maxPerWeek,
      onStale: agent.onStale,
      onExternalChange: agent.onExternalChange,
      reminderMinutes: [30],
    }),
  );
  await world.scheduler.run(plan.startAt + 900, after);
  for (const reply of await Promise.all(settled)) {
    if (reply.status !== 200) throw new Error(`settings were refused: ${JSON.stringify(reply.body)}`);
  }
}

/** Ends the faults. People renew grants and retry dead letters, and cron does the rest. */
async function heal(world: World, after: () => void): Promise<void> {
  const { scheduler, simulators, places, faults } = world;
  const begin = () => scheduler.now();
  faults.switch(false);
  for (const [simulator, { knobs }] of Object.entries(simulators)) {
    for (const { name, fired } of knobs.list()) faults.count(`knob ${simulator} ${name}`, fired);
    knobs.clear();
  }
  world.maraplace.recover();
  world.down = false;
  for (const place of places) {
    if (
      place.second &&
      places.some((other) => other.agent === place.agent && other.email === place.email && !other.second)
    )
      continue;
    const connected = readConnections(world).some(
      ({ agent_id, provider }) => agent_id === place.agentId && provider === place.provider,
    );
    if (connected) await rest(world, consent(world, place, `heal ${place.index}`), after);
  }
  for (const [turn, ms] of TURNS_MS.entries()) {
    await scheduler.run(begin() + ms, after);
    world.cron(`heal ${turn}`, "* * * * *");
    // Not before the first run of cron, because an attempt in progress may still be refused.
    if (turn === 0) await rest(world, catchUp(world), after);
    if (turn === 3) world.cron(`heal daily`, "17 3 * * *");
    await scheduler.run(begin() + 30_000, after);
  }
  await scheduler.run(begin() + 2 * MINUTE, after);
}

/** The pauses between the runs of cron after an erasure has begun. */
const ERASURE_TURNS_MS = [MINUTE, 5 * MINUTE, 30 * MINUTE, 3 * HOUR, 9 * HOUR, 25 * HOUR];

/** Erases all agents amid the faults of the plan. Then the faults end, and the service asks once more. */
async function eraseAll(world: World, { events }: BeforeErasure, after: () => void): Promise<void> {
  const { scheduler, faults, plan } = world;
  const ask = (round: string) =>
    Promise.all(
      plan.agents.map((_, index) =>
        insist(world, 2, () =>
          world.call(`erase ${index} ${round}`, "DELETE", `/agents/${agentIdOf(index)}?events=${events}`),
        ),
      ),
    );
  faults.switch(true);
  await rest(world, ask("first"), after);
  faults.switch(false);
  await rest(world, ask("again"), after);
  for (const [turn, ms] of ERASURE_TURNS_MS.entries()) {
    await scheduler.run(scheduler.now() + ms, after);
    world.cron(`erase ${turn}`, "* * * * *");
  }
  await scheduler.run(scheduler.now() + 2 * MINUTE, after);
}

/** Lets time pass until the work is done, for 30 minutes at most. */
async function rest(world: World, work: Promise<unknown>, after: () => void): Promise<void> {
  let done = false;
  void work.finally(() => {
    done = true;
  });
  for (let minutes = 0; !done && minutes < 30; minutes += 1) {
    await world.scheduler.run(world.scheduler.now() + MINUTE, after);
  }
}

class Stop extends Error {
  override readonly name = "Stop";
}

/** Records the notices that were given up: after a retry they arrive in any order. */
function noteGivenUp({ database, faults, ledger }: World): void {
  const given = database.query<{ id: string }>("SELECT id FROM notices WHERE state = 'failed'");
  if (given.length > 0) faults.count("notices given up");
  ledger.gaveUp(given.map(({ id }) => id));
}

/** Runs a plan to its end, or to the first violation. */
export async function runPlan(plan: Plan, sabotage?: Sabotage): Promise<Report> {
  database ??= openLocalDatabase();
  const violations: Violation[] = [];
  let world: World | undefined;
  const accuse = (promise: string, message: string) => {
    violations.push({ promise, message, step: world?.scheduler.counts.steps ?? 0 });
    world?.scheduler.note(`VIOLATION of ${promise}: ${message}`);
  };
  let erasing = false;
  const onCommit = (written: readonly Written[]) => {
    // Everything that the checks compare is about to vanish.
    if (erasing) return;
    const text = written.map(({ sql }) => sql).join("\n");
    const named = new Set(written.flatMap(({ args }) => args));
    if (/\bbusy\b|connections/.test(text)) cache.check(named);
    if (world !== undefined && /\bnotices\b/.test(text) && named.has("failed")) noteGivenUp(world);
    insertedNotices.check(text, named);
    if (/notices/.test(text)) externalChanges.check();
    if (/\bbookings\b|\bholds\b/.test(text)) {
      history.check();
      sales.check();
      together.check();
    }
  };
  world = await createWorld(plan, database, onCommit, sabotage);
  const cache = createCacheChecks(world, accuse);
  const externalChanges = createExternalChangeChecks(world, accuse);
  const insertedNotices = createInsertedNoticeChecks(world, accuse);
  const history = createHistoryChecks(world, accuse);
  const sales = createSaleChecks(world, accuse, history);
  const together = createTogetherChecks(world, accuse, history);
  const commonSlots = createCommonSlotChecks(world, accuse, sales);
  const audience: Audience = {
    found: (input) => commonSlots.found(input),
    checked: (input) => sales.checked(input),
    booked: (input) => sales.booked(input),
    shown: (input) => history.shown(input),
  };
  const after = () => {
    if (violations.length > 0) throw new Stop();
  };
  try {
    await setUp(world, after);
    world.faults.switch(true);
    for (const action of plan.actions) {
      await world.scheduler.run(plan.startAt + action.at, after);
      perform(world, action, audience);
    }
    await world.scheduler.run(world.scheduler.now() + 3 * MINUTE, after);
    externalChanges.healing();
    await heal(world, after);
    cache.check(null);
    sales.check();
    history.checkAcknowledged();
    checkAtRest(world, externalChanges, accuse);
    const deadLetters = world.call("failures", "GET", "/failures?limit=200");
    const answers = askAtRest(world);
    await rest(world, Promise.all([deadLetters, answers]), after);
    checkDeadLetters(world, await deadLetters, accuse);
    checkUnreadable(world, await answers, accuse);
    after();
    const before = beforeErasure(world);
    erasing = true;
    await eraseAll(world, before, after);
    checkErased(world, before, accuse);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  } finally {
    world.close();
  }
  const { trace, counts } = world.scheduler;
  return {
    seed: plan.seed,
    violations,
    trace,
    hash: hashOf(trace.join("\n")).toString(16),
    ...counts,
    checks: cache.made() + sales.made(),
    counts: world.faults.counts,
    world,
  };
}
