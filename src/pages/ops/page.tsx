// The operators' page: what waits, how fresh calendars are, what fails and what is about to end.
import type { Child } from "hono/jsx";
import { OPS_PATH } from "../../http/operator-session.ts";
import type { OperationsView } from "../../sync/operations.ts";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import { writerOf } from "../report/numbers.ts";
import type { OpsDone, OpsPart } from "./part.ts";
import { Backlog, Clocks, Keys } from "./state.tsx";
import { Channels, Failures, Freshness } from "./trends.tsx";
import { DeadLetters, Notices } from "./work.tsx";

const Section = ({ title, children }: { title: string; children: Child }) => (
  <section>
    <h2>{title}</h2>
    {children}
  </section>
);

/** The page. */
export const OpsPage = (input: { frame: Frame; view: OperationsView; done: OpsDone | null }) => {
  const { frame, view, done } = input;
  const { words } = frame;
  const { ops } = words;
  const write = writerOf(words, "UTC");
  const part: OpsPart = { words, view, write };
  return (
    <Page frame={frame} title={ops.title} wide>
      <div class="head">
        <h1>{ops.title}</h1>
        <form method="post" action={`${OPS_PATH}/sign-out`}>
          <button type="submit" class="plain">
            {ops.signOut}
          </button>
        </form>
      </div>
      {done === null ? null : (
        <p class="notice good" role="status">
          {ops.done[done]}
        </p>
      )}
      <p class="soft">
        {ops.at(<time datetime={new Date(view.at).toISOString()}>{write.time(view.at)} UTC</time>)}
      </p>
      <Section title={ops.backlog}>
        <Backlog part={part} />
      </Section>
      <Section title={ops.freshness}>
        <Freshness part={part} />
      </Section>
      <Section title={ops.failures}>
        <Failures part={part} />
      </Section>
      <Section title={ops.channels}>
        <Channels part={part} />
      </Section>
      <Section title={ops.deadLetters}>
        <DeadLetters part={part} />
      </Section>
      <Section title={ops.notices}>
        <Notices part={part} />
      </Section>
      <Section title={ops.keys}>
        <Keys part={part} />
      </Section>
      <Section title={ops.clocks}>
        <Clocks part={part} />
      </Section>
    </Page>
  );
};
