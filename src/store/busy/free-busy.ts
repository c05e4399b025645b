// Free-busy: reads what the cache knows about an agent's time, in one round trip.
import { type SQL, sql } from "drizzle-orm";
import type { BusyRow, BusyStatus } from "../../domain/busy.ts";
import type { Instant } from "../../domain/instant.ts";
import { type Interval, MAX_ROW_MS } from "../../domain/interval.ts";
import type { Counted } from "../../domain/limits.ts";
import type { Buffers } from "../../domain/rules.ts";
import type { AgentSettings } from "../../domain/settings.ts";
import { settingsOf } from "../agents/agents.ts";
import { beingErased, unexpired } from "../conditions.ts";
import { type Database, jsonOf, prepared, rowOfJson, type Statement } from "../db.ts";
import { agents } from "../schema/calendars.ts";
import { type Bounds, countedColumns, countedOf } from "./counted.ts";
import { calendarsColumn, calendarsOf, type FreeBusyCalendar } from "./free-busy-calendars.ts";

/** Everything that decides about an agent's time within one reach. */
export interface FreeBusy {
  /** Null: the agent is unknown. */
  readonly settings: AgentSettings | null;
  /** The calendars that count for availability, oldest first. */
  readonly calendars: readonly FreeBusyCalendar[];
  readonly rows: readonly BusyRow[];
  /** The buffers that the booking of the question was sold with; left out: it names none, or there is none. */
  readonly kept?: Buffers;
  /** What counts for the agent's limits, in all days and weeks that the reach touches; empty without limits. */
  readonly counted: readonly Counted[];
}

/** SQL: all of it as JSON texts of one row. Several statements would need a transaction, at twice the cost. */
function freeBusyColumns({ bookingId, from, startsAfter, until, now }: Bounds & { bookingId: SQL }): SQL {
  return sql`${jsonOf(agents)} AS agent,
      ${calendarsColumn(now)},
      (SELECT json_group_array(json_array(b.starts_at, b.ends_at, b.connection_number, b.event_key, b.status, b.all_day,
          b.booking_id, b.buffer_before_ms, b.buffer_after_ms))
        FROM busy b WHERE b.agent_number = a.number
          AND b.starts_at < ${until} AND b.starts_at > ${startsAfter} AND b.ends_at > ${from}
          AND ${unexpired(now)}) AS busy,
      (SELECT json_array(k.buffer_before_ms, k.buffer_after_ms) FROM bookings k
        WHERE k.agent_id = a.agent_id AND k.booking_id = ${bookingId}) AS kept,
      ${countedColumns({ from, startsAfter, until, now })}`;
}

/** SQL: the agent is being erased, and unknown from now on. */
const ERASED = beingErased(sql`a.agent_id`);

const freeBusyOfOne = prepared<"agentId" | "bookingId" | keyof Bounds>((value) => {
  const bounds = {
    bookingId: value("bookingId"),
    from: value("from"),
    startsAfter: value("startsAfter"),
    until: value("until"),
    now: value("now"),
  };
  return sql`SELECT ${freeBusyColumns(bounds)} FROM agents a
    WHERE a.agent_id = ${value("agentId")} AND NOT ${ERASED}`;
});

/** One question about an agent's time. */
export interface Asked {
  readonly agentId: string;
  readonly reach: Interval;
  /** A booking whose buffers are asked for. */
  readonly bookingId?: string;
}

const boundsOf = ({ startsAt, endsAt }: Interval) => ({
  ...{ from: startsAt, startsAfter: startsAt - MAX_ROW_MS, until: endsAt },
});

/** Statement: the free-busy of an agent within `reach`, for `freeBusyOf`. No row: the agent is unknown. */
export const selectFreeBusy = ({
  agentId,
  reach,
  bookingId = "",
  now,
}: Asked & { readonly now: Instant }): Statement =>
  freeBusyOfOne({ agentId, bookingId, ...boundsOf(reach), now });

/** One statement for any number of questions: a transaction of as many would cost several times as much. */
const freeBusyOfMany = prepared<"asked" | "now">((value) => {
  const bounds = {
    ...{
      bookingId: sql`e.value ->> 'bookingId'`,
      from: sql`e.value ->> 'from'`,
      startsAfter: sql`e.value ->> 'startsAfter'`,
      until: sql`e.value ->> 'until'`,
    },
    now: value("now"),
  };
  return sql`SELECT e.key AS position, ${freeBusyColumns(bounds)}
    FROM json_each(${value("asked")}) e CROSS JOIN agents a
      ON a.agent_id = e.value ->> 'agentId' AND NOT ${ERASED}`;
});

/** A busy row's columns, in the order of `selectFreeBusy`. */
type RowValues = readonly [
  startsAt: Instant,
  endsAt: Instant,
  connectionNumber: number,
  eventKey: string,
  status: BusyStatus,
  allDay: 0 | 1,
  bookingId: string | null,
  bufferBeforeMs: number | null,
  bufferAfterMs: number | null,
];

type Result = Awaited<ReturnType<Database["read"]>>[number] | undefined;

/** Reads the answer to `selectFreeBusy`. */
export const freeBusyOf = (result: Result): FreeBusy => freeBusyOfRow(result?.rows[0]);

/** Reads one row of free-busy, without busy rows of calendars that don't count. Undefined: the agent is unknown. */
function freeBusyOfRow(row: Readonly<Record<string, unknown>> | undefined): FreeBusy {
  const read = (column: string): unknown => JSON.parse(String(row?.[column] ?? "null"));
  const agent = read("agent") as unknown[] | null;
  const calendars = calendarsOf(read("calendars"));
  const rows = (read("busy") as RowValues[] | null) ?? [];
  const kept = read("kept") as readonly [number, number] | null;
  const connectionIds = new Map<number, string | null>([
    [0, null],
    ...calendars.map(({ number, calendar }): [number, string] => [number, calendar.connectionId]),
  ]);
  return {
    settings: agent === null ? null : settingsOf(rowOfJson(agents, agent)),
    calendars: calendars.map(({ calendar }) => calendar),
    rows: rows.flatMap((values) => {
      const [startsAt, endsAt, number, eventKey, status, allDay, bookingId, bufferBeforeMs, bufferAfterMs] =
        values;
      const connectionId = connectionIds.get(number);
      if (connectionId === undefined) return [];
      const row = { startsAt, endsAt, connectionId, eventKey, status, allDay: allDay === 1, bookingId };
      return [{ ...row, bufferBeforeMs, bufferAfterMs }];
    }),
    counted: countedOf(read("booked"), read("held")),
    ...(kept === null ? {} : { kept: { bufferBeforeMs: kept[0], bufferAfterMs: kept[1] } }),
  };
}

/** An agent's free-busy for their own eyes. */
export interface OwnFreeBusy extends FreeBusy {
  /** Everything about the agent is being deleted. Then the agent is unknown. */
  readonly isBeingErased: boolean;
}

/** Statements: the free-busy of an agent for `ownFreeBusyOf`. */
export const selectOwnFreeBusy = (question: Asked & { readonly now: Instant }): [Statement, Statement] => [
  selectFreeBusy(question),
  sql`SELECT ${beingErased(question.agentId)} AS erased`,
];

/** Reads the answers to `selectOwnFreeBusy`. */
export const ownFreeBusyOf = (freeBusy: Result, erasure: Result): OwnFreeBusy => ({
  ...freeBusyOf(freeBusy),
  isBeingErased: Number(erasure?.rows[0]?.["erased"] ?? 0) === 1,
});

/** Statement: the free-busy of any number of questions, for `freeBusiesOf`. */
export const selectFreeBusies = (questions: readonly Asked[], now: Instant): Statement =>
  freeBusyOfMany({
    asked: JSON.stringify(questions.map(({ reach, ...asked }) => ({ ...asked, ...boundsOf(reach) }))),
    now,
  });

/** Reads the answer to `selectFreeBusies`, in the order of the questions. */
export function freeBusiesOf(result: Result, questions: readonly Asked[]): FreeBusy[] {
  const rows = new Map((result?.rows ?? []).map((row) => [Number(row["position"]), row]));
  return questions.map((_, position) => freeBusyOfRow(rows.get(position)));
}

/** The free-busy of any number of questions, in one round trip. */
export async function readFreeBusy(
  db: Database,
  questions: readonly Asked[],
  now: Instant,
): Promise<FreeBusy[]> {
  const [only] = questions;
  if (only === undefined) return [];
  if (questions.length === 1) {
    const [result] = await db.read([selectFreeBusy({ ...only, now })]);
    return [freeBusyOf(result)];
  }
  const [result] = await db.read([selectFreeBusies(questions, now)]);
  return freeBusiesOf(result, questions);
}
