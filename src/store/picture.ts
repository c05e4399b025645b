// Picture: what an availability check reads of an agent's time, in one round trip.
import { sql } from "drizzle-orm";
import type { BusyRow } from "../domain/busy.ts";
import type { Instant } from "../domain/instant.ts";
import { type Interval, MAX_ROW_MS } from "../domain/interval.ts";
import type { AgentSettings } from "../domain/settings.ts";
import type { ProviderName } from "../providers/provider.ts";
import { selectAgent, settingsOf } from "./agents.ts";
import { BLOCKING } from "./connections.ts";
import { type Database, rowsOf, type Statement } from "./db.ts";
import { agents, busy } from "./schema.ts";
import { unexpired } from "./slot-guard.ts";

/** A calendar as an availability check sees it. */
export interface PictureCalendar {
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly name: string;
  readonly verifiedAt: Instant | null;
  /** The provider has said that it changed, and no pull has seen the change yet. */
  readonly hinted: boolean;
  /** The stretch of time that is cached; null: none yet. */
  readonly window: Interval | null;
  readonly failureKind: string | null;
  /** Only read where something failed; null otherwise. */
  readonly accountStatus: "active" | "needs_reauth" | null;
}

/** All that decides about an agent's time in one reach. */
export interface Picture {
  /** Null: an agent never heard of. */
  readonly settings: AgentSettings | null;
  /** The calendars that count. */
  readonly calendars: readonly PictureCalendar[];
  readonly rows: readonly BusyRow[];
}

/** Statements: settings, calendars and busy rows of one agent that overlap `reach`; expired holds left out. */
export function selectPicture(
  db: Database,
  { agentId, reach, now }: { agentId: string; reach: Interval; now: Instant },
): [Statement, Statement, Statement] {
  return [
    selectAgent(db, agentId),
    // Every row read counts (P7): accounts only where something failed, and sorted by us.
    sql`SELECT c.id, c.provider, c.name, c.verified_at, c.dirty > c.clean AS hinted, c.failure_kind, c.window_starts_at, c.window_ends_at, c.created_at,
          CASE WHEN c.failure_kind IS NOT NULL
            THEN (SELECT a.status FROM accounts a WHERE a.id = c.account_id) END AS account_status
        FROM connections c WHERE c.agent_id = ${agentId} AND ${BLOCKING}`,
    sql`SELECT * FROM busy b WHERE agent_id = ${agentId} AND starts_at < ${reach.endsAt}
          AND starts_at > ${reach.startsAt - MAX_ROW_MS} AND ends_at > ${reach.startsAt} AND ${unexpired(now)}`,
  ];
}

type Results = Awaited<ReturnType<Database["read"]>>;

/** Reads the answers to `selectPicture`. Rows of calendars that don't count are left out. */
export function pictureOf([agentResult, calendarResult, busyResult]: readonly (
  | Results[number]
  | undefined
)[]): Picture {
  const [agent] = rowsOf(agents, agentResult);
  const rows = [...(calendarResult?.rows ?? [])].sort(
    (a, b) =>
      Number(a["created_at"]) - Number(b["created_at"]) || (String(a["id"]) < String(b["id"]) ? -1 : 1),
  );
  const calendars = rows.map((row) => ({
    connectionId: String(row["id"]),
    provider: row["provider"] as ProviderName,
    name: String(row["name"]),
    verifiedAt: row["verified_at"] as Instant | null,
    hinted: row["hinted"] === 1,
    window:
      row["window_starts_at"] === null || row["window_ends_at"] === null
        ? null
        : { startsAt: Number(row["window_starts_at"]), endsAt: Number(row["window_ends_at"]) },
    failureKind: row["failure_kind"] as string | null,
    accountStatus: row["account_status"] as "active" | "needs_reauth" | null,
  }));
  const counting = new Set(["", ...calendars.map(({ connectionId }) => connectionId)]);
  return {
    settings: agent === undefined ? null : settingsOf(agent),
    calendars,
    rows: rowsOf(busy, busyResult)
      .filter(({ connectionId }) => counting.has(connectionId))
      .map((row) => ({
        startsAt: row.startsAt,
        endsAt: row.endsAt,
        connectionId: row.connectionId === "" ? null : row.connectionId,
        eventKey: row.eventKey,
        status: row.status,
        allDay: row.allDay,
        bookingId: row.bookingId,
      })),
  };
}

/** The pictures of any number of checks in one round trip. */
export async function readPictures(
  db: Database,
  checks: readonly { agentId: string; reach: Interval }[],
  now: Instant,
): Promise<Picture[]> {
  const results = await db.read(
    checks.flatMap(({ agentId, reach }) => selectPicture(db, { agentId, reach, now })),
  );
  return checks.map((_, index) => pictureOf(results.slice(index * 3, index * 3 + 3)));
}
