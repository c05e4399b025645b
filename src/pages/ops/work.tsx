// What ended without success and what waits to be sent, each with its button.

import { formatDeadLetterId } from "../../dead-letters/id.ts";
import { keyOf } from "../../dead-letters/list.ts";
import { meaningOf } from "../../domain/explanation.ts";
import { OPS_PATH } from "../../http/operator-session.ts";
import type { DeadLetterRow } from "../../store/outbox/dead-letters.ts";
import { Table } from "../table.tsx";
import type { Words } from "../words/english.ts";
import type { OpsPart } from "./part.ts";

const Button = ({ path, text, label }: { path: string; text: string; label: string }) => (
  <form method="post" action={path}>
    <button type="submit" aria-label={label}>
      {text}
    </button>
  </form>
);

function whatOf({ ops }: Words, row: DeadLetterRow): string {
  if (row.kind === "delivery") return ops.delivery(row.bookingId);
  if (row.kind === "notice") return ops.notice(row.notice);
  const { kind } = (row.job ?? {}) as { kind?: unknown };
  return ops.job(typeof kind === "string" ? kind : "?");
}

const Why = ({ words, row }: { words: Words; row: DeadLetterRow }) => {
  if (row.kind === "job" || row.reason === null) return <>–</>;
  if (row.kind === "notice") return <code>{row.reason}</code>;
  return (
    <>
      {words.explanations[meaningOf(row.reason, row.failureKind)].means} <code>{row.reason}</code>
    </>
  );
};

/** What failed for good. */
export const DeadLetters = ({ part: { words, view, write } }: { part: OpsPart }) => {
  const { ops } = words;
  if (view.deadLetters.length === 0) return <p class="soft">{ops.nothing}</p>;
  return (
    <>
      <p class="soft small">{ops.deadLettersMeans}</p>
      <Table
        label={ops.deadLetters}
        head={[ops.what, ops.when, ops.agent, ops.why, ops.retry]}
        rows={view.deadLetters.map((row, index) => {
          const what = whatOf(words, row);
          const path = `${OPS_PATH}/failures/${formatDeadLetterId(keyOf(row))}/retry`;
          return [
            what,
            write.time(row.failedAt),
            row.agentId ?? "–",
            <Why words={words} row={row} />,
            <Button path={path} text={ops.retry} label={ops.retryNamed(what, index + 1)} />,
          ];
        })}
      />
    </>
  );
};

/** Notices that wait to be sent. */
export const Notices = ({ part: { words, view, write } }: { part: OpsPart }) => {
  const { ops } = words;
  return (
    <>
      <p>
        {ops.receiver}: {ops.receivers[view.receiver]}.
      </p>
      {view.notices.length === 0 ? (
        <p class="soft">{ops.nothing}</p>
      ) : (
        <>
          <p class="soft small">{ops.noticesMeans(write.count(view.waiting))}</p>
          <Table
            label={ops.notices}
            head={[ops.what, ops.when, ops.agent, ops.attempts, ops.why, ops.replay]}
            rows={view.notices.map((row, index) => [
              ops.notice(row.kind),
              write.time(row.createdAt),
              row.agentId,
              write.count(row.attempts),
              row.failureCode === null ? "–" : <code>{row.failureCode}</code>,
              <Button
                path={`${OPS_PATH}/notices/${encodeURIComponent(row.id)}/replay`}
                text={ops.replay}
                label={ops.replayNamed(ops.notice(row.kind), index + 1)}
              />,
            ])}
          />
        </>
      )}
    </>
  );
};
