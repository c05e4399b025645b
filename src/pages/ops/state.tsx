// What the deployment holds now: what waits, the keys in use, and the runtime's time zones.
import type { Child } from "hono/jsx";
import { Table } from "../table.tsx";
import type { OpsPart } from "./part.ts";

/** What waits, as `GET /ready` counts it. */
export const Backlog = ({ part: { words, view, write } }: { part: OpsPart }) => {
  const { ops } = words;
  const { backlog } = view;
  const numbers: readonly [string, Child][] = [
    [ops.database, ops.databaseOk],
    [ops.migration, backlog.migration === null ? ops.none : <code>{backlog.migration}</code>],
    [ops.oldestDue, `${write.count(backlog.oldestDueMs / 1_000)} s`],
    [ops.dueChannels, write.count(backlog.dueChannels)],
    [ops.pendingDeliveries, write.count(backlog.pendingDeliveries)],
    [ops.overdueAudits, write.count(backlog.overdueAudits)],
    [ops.driftCalendars, write.count(backlog.drift.calendars)],
    [ops.missing, write.count(backlog.drift.missing)],
    [ops.extra, write.count(backlog.drift.extra)],
    [ops.unreadable, write.count(backlog.unreadable)],
    [ops.goneCalendars, write.count(backlog.goneCalendars)],
    [ops.limits, view.limits === "on" ? ops.on : ops.off],
    [ops.mcp, view.mcp === "on" ? ops.on : ops.off],
  ];
  return (
    <dl class="tiles">
      {numbers.map(([name, value]) => (
        <div class="card">
          <dt class="soft small">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

/** The keys in use. */
export const Keys = ({ part: { words, view, write } }: { part: OpsPart }) => {
  const { ops } = words;
  const { keys, unsealed, lost } = view.backlog.secrets;
  return (
    <>
      <Table
        label={ops.keys}
        head={[ops.key, ops.accounts, ops.bookings]}
        rows={[
          ...keys.map(({ id, accounts, bookings }) => [
            <code>{id}</code>,
            write.count(accounts),
            write.count(bookings),
          ]),
          [ops.unsealed, "–", write.count(unsealed)],
          [ops.lost, write.count(lost), "–"],
        ]}
      />
      <p class="soft small">{ops.atMost(write.count(10_000))}</p>
    </>
  );
};

/** Time zone data. */
export const Clocks = ({ part: { words, view } }: { part: OpsPart }) => {
  const { ops } = words;
  const { tzdata, wrong } = view.clocks;
  return (
    <ul>
      <li>
        {ops.tzdata}: {tzdata ?? ops.tzUnknown}
      </li>
      <li>
        {ops.wrongZones}: {wrong.length === 0 ? ops.none : wrong.join(", ")}
      </li>
    </ul>
  );
};
