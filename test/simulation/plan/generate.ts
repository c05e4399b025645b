// Generate: a plan from a seed.
import { mulberry32 } from "../../simulators/random.ts";
import { FAULT_KINDS, type FaultRates } from "../world/faults.ts";
import { DAY, type EventSpec, HOUR, laterDate, MINUTE } from "../world/outside-event.ts";
import { between, hashOf, oneOf, weighted } from "./dice.ts";
import { castAgent, hotMinute, type Random, slotOf, ZONES } from "./draws.ts";
import { knobAction } from "./knobs.ts";
import type { Action, ActionSpec, CastCalendar, PlaceProvider, Plan } from "./plan.ts";
import { togetherOf } from "./together.ts";

/** A summer day, and days around the changes to summer time and back. */
const DAYS = ["2026-03-27", "2026-03-30", "2026-06-09", "2026-10-23", "2026-10-24"];
const PROVIDERS: readonly (readonly [number, PlaceProvider])[] = [
  [4, "GOOGLE"],
  [2, "OFFICE365"],
  [2, "OUTLOOK"],
  [2, "APPLE"],
  [2, "CALDAV"],
];

/** Rates of faults with their weights: few faults reach far into a plan, many reach rare states. */
const FAULT_RATES: readonly (readonly [number, number])[] = [
  [2, 0],
  [3, 0.01],
  [4, 0.04],
  [2, 0.12],
];

function castCalendars(random: Random, agent: number): CastCalendar[] {
  const count = oneOf(random(), [1, 1, 2, 2, 3]);
  const chosen: CastCalendar[] = [];
  for (let index = 0; index < count; index += 1) {
    // Some agents have two calendars of one account, so both are at one provider.
    const provider = (random() < 0.3 ? chosen[0]?.provider : undefined) ?? weighted(random(), PROVIDERS);
    const before = chosen.filter((calendar) => calendar.provider === provider).length;
    const second = before === 1;
    const push = random() < 0.9 || before === 0;
    // Others share calendars with work accounts and at Google. Personal accounts can't read them.
    const shared = second && (provider === "GOOGLE" || provider === "OFFICE365") && random() < 0.4;
    if (before < 2) chosen.push({ agent, owner: agent, provider, second, shared, push });
  }
  return chosen;
}

/** A new event. Each version begins at its own second, so that a row of the cache shows its version. */
function specOf(random: Random, startAt: number, serial: number): EventSpec {
  const status = weighted(random(), [
    [8, "busy"],
    [2, "tentative"],
    [1, "free"],
  ] as const);
  const day = Math.floor(startAt / DAY) * DAY;
  const kind = random();
  if (kind < 0.12) {
    const date = laterDate(new Date(day).toISOString().slice(0, 10), between(random(), -2, 17));
    return {
      span: { kind: "days", date, days: between(random(), 1, 3) },
      status,
      repeat: null,
      broken: null,
    };
  }
  const repeats = kind > 0.85;
  // Recurring events begin during the day, in hours that no clock repeats or skips.
  const minute = repeats || random() < 0.75 ? hotMinute(random) : between(random(), -2_000, 18 * 1_440);
  const startsAt = day + minute * MINUTE + between(random(), -20, 20) * MINUTE + serial * 1_000;
  const long = !repeats && random() < 0.1;
  const minutes = long ? between(random(), 1_500, 4_000) : oneOf(random(), [15, 30, 60, 120]);
  const repeat = repeats
    ? { every: oneOf(random(), ["day", "day", "week"] as const), count: between(random(), 2, 9) }
    : null;
  return { span: { kind: "timed", startsAt, minutes }, status, repeat, broken: null };
}

/** Makes some events unreadable. CalDAV servers take whatever a client writes. */
function perhapsBroken(random: Random, provider: PlaceProvider | undefined, spec: EventSpec): EventSpec {
  const isObject = provider === "APPLE" || provider === "CALDAV";
  if (random() >= (isObject ? 0.2 : 0.1) || spec.span.kind !== "timed") return spec;
  const parts = isObject ? (["rule", "rule", "end", "start"] as const) : (["end", "start", "row"] as const);
  return { ...spec, repeat: null, broken: oneOf(random(), parts) };
}

function endpointOf(random: Random): ActionSpec {
  const status = oneOf(random(), [302, 400, 410, 410, 429, 500, 503, 503]);
  const retryAfter = oneOf(random(), [null, null, "20", "7200", "21600", "soon"]);
  return { do: "endpoint", status, retryAfter, times: between(random(), 1, 4) };
}

/** Minutes after which every attempt of a notice is due, even with the longest random delay. */
const ATTEMPT_MINUTES = [1, 9, 48, 202, 582, 1_337, 2_392, 3_897];
const GIVEN_UP_MINUTES = 5_702;

function actionOf(
  random: Random,
  plan: Pick<Plan, "startAt" | "agents" | "calendars">,
  serial: number,
): ActionSpec {
  const calendar = Math.floor(random() * plan.calendars.length);
  const { agent = 0, provider } = plan.calendars[calendar] ?? {};
  const pick = Math.floor(random() * 1_000);
  const kind = weighted(random(), [
    [16, "add"],
    [8, "change"],
    [6, "remove"],
    [4, "except"],
    [14, "book"],
    [6, "hold"],
    [6, "reschedule"],
    [3, "describe"],
    [4, "cancel"],
    [2, "bulk"],
    [4, "move-booking-event"],
    [2, "remove-booking-event"],
    [2.5, "endpoint"],
    [0.2, "silence"],
    [1.5, "retry"],
    [1, "replay"],
    [12, "check"],
    [22, "cron"],
    [2, "sync"],
    [16, "knob"],
    [2, "expire-cursors"],
    [2, "expire-tokens"],
    [1, "revoke"],
    [2, "consent"],
    [1, "forge"],
    [2, "restart"],
    [0.5, "rezone"],
    [1, "lose"],
    [1, "give-new-id"],
    [1, "jump"],
    [0.7, "outage"],
    [0.7, "blackout"],
    [1.5, "disconnect"],
    [2, "connect"],
    [2, "count-free"],
    [2, "switch"],
  ] as const);
  switch (kind) {
    case "add":
    case "change": {
      const spec = perhapsBroken(random, provider, specOf(random, plan.startAt, serial));
      return kind === "add" ? { do: kind, calendar, spec } : { do: kind, calendar, pick, spec };
    }
    case "remove":
      return { do: kind, calendar, pick };
    case "except": {
      const moveMinutes = random() < 0.5 ? null : between(random(), -300, 300);
      return { do: kind, calendar, pick, index: between(random(), 0, 8), moveMinutes };
    }
    case "book":
      return { do: kind, agent, slot: slotOf(random), again: random() < 0.3, force: random() < 0.08 };
    case "hold": {
      const then = oneOf(random(), ["book", "book", "release", "forget"] as const);
      const hold = { minutes: between(random(), 1, 15), afterMs: between(random(), 0, 12 * MINUTE), then };
      return { do: kind, agent, slot: slotOf(random), ...hold };
    }
    case "reschedule":
      return { do: kind, agent, pick, slot: slotOf(random) };
    case "describe":
    case "cancel":
      return { do: kind, agent, pick };
    case "bulk":
      return { do: kind, agent, pick, slots: [slotOf(random), slotOf(random), slotOf(random)] };
    case "move-booking-event":
      return { do: kind, calendar, pick, minutes: between(random(), -240, 240) };
    case "remove-booking-event":
      return { do: kind, calendar, pick };
    case "endpoint":
      return endpointOf(random);
    case "silence":
      return { do: kind, ms: (GIVEN_UP_MINUTES + 1) * MINUTE };
    case "retry":
      return { do: kind, pick };
    case "replay":
      return { do: kind, pick, hours: random() < 0.5 ? null : between(random(), 1, 100) };
    case "check":
      return { do: kind, agent, slot: slotOf(random), purpose: random() < 0.5 ? "display" : "confirm" };
    case "cron":
      return { do: kind, daily: random() < 0.06, doubled: random() < 0.1 };
    case "knob":
      return knobAction(
        random,
        plan.calendars.map(({ provider }) => provider),
      );
    case "rezone":
      return { do: kind, calendar, zone: oneOf(random(), ZONES) };
    case "lose": {
      // At Google and Microsoft the first calendar of an account can't be deleted, so no plan does it.
      const others = plan.calendars.flatMap(({ second }, index) => (second ? [index] : []));
      if (others.length === 0) return { do: "cron", daily: true, doubled: false };
      return { do: kind, calendar: oneOf(random(), others) };
    }
    case "give-new-id":
      return { do: kind, calendar };
    case "restart":
      return { do: kind, worker: random() < 0.5 ? 0 : 1 };
    case "jump":
      return { do: kind, ms: between(random(), 1, 90) * MINUTE };
    case "blackout":
      return { do: kind, ms: between(random(), 5, 240) * 1_000 };
    case "outage":
      return { do: kind, ms: between(random(), 1, 5 * 24) * HOUR };
    case "switch": {
      const flag = oneOf(random(), [
        "isActive",
        "syncEnabled",
        "blocksAvailability",
        "receivesBookings",
      ] as const);
      return { do: kind, calendar, flag, on: random() < 0.6 };
    }
    default:
      return { do: kind, calendar };
  }
}

/** The pause between two actions in ms: none, seconds or minutes. */
function pauseOf(random: Random): number {
  return weighted(random(), [
    [3, 0],
    [4, between(random(), 1, 500)],
    [5, between(random(), 500, 20_000)],
    [4, between(random(), 20_000, 5 * MINUTE)],
    [1, between(random(), 5 * MINUTE, 45 * MINUTE)],
  ] as const);
}

function ratesOf(random: Random): FaultRates {
  const rate = () => weighted(random(), FAULT_RATES);
  return { db: rate(), net: rate(), queue: rate(), push: rate() * 2, client: rate(), kill: rate() };
}

/** So often cron runs in the quiet hours, which are long enough to trust a channel for an hour. */
const QUIET_CRONS = 20;

/**
 * Quiet hours, in which watched calendars earn trust. Then notifications get lost, an event is added, and the agent is
 * asked about, until a pull by the clock must have found it.
 */
function quietHours(
  random: Random,
  { startAt, agents, calendars }: Pick<Plan, "startAt" | "agents" | "calendars">,
) {
  const actions: { readonly after: number; readonly action: ActionSpec }[] = [];
  const add = (after: number, action: ActionSpec) => actions.push({ after, action });
  const cron = (after: number) => add(after, { do: "cron", daily: false, doubled: false });
  for (let count = 0; count < QUIET_CRONS; count += 1) cron(11 * MINUTE);
  const calendar = Math.floor(random() * calendars.length);
  for (const at_ of ["google", "microsoft"] as const)
    add(0, { do: "knob", at_, name: "push.drop", value: true, operation: null, times: 20 });
  add(MINUTE, { do: "add", calendar, spec: specOf(random, startAt, 1_000) });
  for (const minutes of [10, 25, 20, 15]) {
    const agent = calendars[calendar]?.agent ?? Math.floor(random() * agents.length);
    add(minutes * MINUTE, { do: "check", agent, slot: slotOf(random), purpose: "display" });
    cron(MINUTE);
  }
  return actions;
}

/** The plan of a seed. `length` is the number of actions after all calendars have been connected. */
export function generatePlan(seed: number, length = 60): Plan {
  const random = mulberry32(hashOf(`plan ${seed}`));
  const startAt = Date.parse(`${oneOf(random(), DAYS)}T00:00:00Z`) + between(random(), 0, 10 * 60) * MINUTE;
  const agents = Array.from({ length: random() < 0.6 ? 1 : 2 }, () => castAgent(random));
  const calendars = agents.flatMap((_, agent) => castCalendars(random, agent));
  const [first] = calendars;
  const [agent, other] = agents;
  if (first !== undefined && agent !== undefined && other !== undefined && random() < 0.3) {
    // Two agents share one mailbox, so they have one zone.
    agents[1] = { ...other, zone: agent.zone };
    calendars.push({ ...first, agent: 1 });
  }
  const actions: Action[] = [];
  let at = 1_000;
  const add = (action: ActionSpec) => actions.push({ id: actions.length, at, ...action } as Action);
  for (let calendar = 0; calendar < calendars.length; calendar += 1) {
    for (let event = between(random(), 0, 3); event > 0; event -= 1) {
      const spec = specOf(random, startAt, actions.length);
      add({ do: "add", calendar, spec: perhapsBroken(random, calendars[calendar]?.provider, spec) });
    }
    add({ do: "connect", calendar });
    at += between(random(), 0, 5_000);
  }
  const cast = { startAt, agents, calendars };
  for (let count = 0; count < length; count += 1) {
    at += pauseOf(random);
    const action = actionOf(random, cast, actions.length);
    add(action);
    if (action.do === "book" && random() < 0.3) {
      // Other clients ask for the same time at once.
      for (let rival = between(random(), 1, 3); rival > 0; rival -= 1) {
        const { minute, minutes } = action.slot;
        add({ ...action, slot: { minute: minute + oneOf(random(), [-30, 0, 0, 15]), minutes } });
      }
    }
    if (action.do === "silence") {
      const from = at;
      // A notice is needed, about a booking that is still ahead at the end.
      const minute = Math.ceil(((startAt % DAY) + at) / MINUTE) + 6 * 1_440;
      add({ do: "book", agent: 0, slot: { minute, minutes: 30 }, again: false, force: false });
      for (const minutes of [...ATTEMPT_MINUTES, GIVEN_UP_MINUTES]) {
        at = from + minutes * MINUTE - 1_000;
        add({ do: "cron", daily: false, doubled: false });
      }
      at += MINUTE;
      add({ do: "retry", pick: between(random(), 0, 1_000) });
    }
    if (action.do !== "outage") continue;
    // During an outage people still edit their calendars.
    const back = at + action.ms;
    for (let edit = between(random(), 0, 3); edit > 0; edit -= 1) {
      at += Math.floor(random() * (back - at));
      const calendar = Math.floor(random() * calendars.length);
      add({ do: "add", calendar, spec: specOf(random, startAt, actions.length) });
    }
    at = back;
  }
  // Drawn apart, so that the rest of a plan doesn't depend on it.
  const quiet = mulberry32(hashOf(`quiet ${seed}`));
  if (quiet() < 0.3) {
    for (const { after, action } of quietHours(quiet, cast)) {
      at += after;
      add(action);
    }
  }
  const days = mulberry32(hashOf(`days ${seed}`));
  const limited = agents.map((one) => ({
    ...one,
    maxPerDay: days() < 0.3 ? between(days(), 1, 3) : null,
    closedDay: days() < 0.3 ? between(days(), 0, 4) : null,
  }));
  const together = togetherOf(seed, limited, actions);
  return {
    seed,
    length,
    startAt,
    agents: together.agents,
    calendars,
    actions: together.actions,
    rates: ratesOf(random),
    kinds: FAULT_KINDS,
  };
}
