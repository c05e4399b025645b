// Card: one connected calendar, with what is wrong with it, its switches, and what can be done with it.
import type { CalendarOverview, UnwrittenBookings } from "../../availability/calendar-overview.ts";
import { wordsUnder } from "../error-words.ts";
import type { Words } from "../words/english.ts";
import type { ConnectPageInput } from "./page-input.ts";
import { accountPath, cardId, connectionPath, consentPath, controlId, type Purpose } from "./paths.ts";
import { evidenceWords, statusWords } from "./status.ts";
import { Unreadable } from "./unreadable.tsx";

/** A calendar as its card shows it. */
interface CardInput {
  readonly calendar: CalendarOverview;
  /** What it is called: no two calendars are called the same. */
  readonly title: string;
  readonly page: ConnectPageInput;
  readonly isFirst: boolean;
  /** The first one with unreadable events, which says what to do about them. */
  readonly isFirstDamaged: boolean;
  /** The first one of its account, which leads to the account's other calendars. */
  readonly isFirstOfAccount: boolean;
  /** How many unreadable events are listed. */
  readonly mostEvents: number;
}

const Switch = (props: {
  input: CardInput;
  purpose: Purpose;
  label: string;
  explanation: string | null;
  isOn: boolean;
  isFixed: boolean;
}) => {
  const { purpose, label, explanation, isOn, isFixed } = props;
  const { calendar, title } = props.input;
  return (
    <div class="row">
      <div>
        <strong>{label}</strong>
        {explanation === null ? null : <p class="soft small">{explanation}</p>}
      </div>
      <button
        type="submit"
        role="switch"
        name="set"
        value={`${purpose} ${isOn ? "off" : "on"}`}
        id={controlId(purpose, calendar.connection.id)}
        aria-checked={isOn ? "true" : "false"}
        aria-label={`${label}: ${title}`}
        disabled={isFixed}
      />
    </div>
  );
};

/** What the calendar is for. The first card of the page explains it. */
const Switches = ({ words: { connect }, input }: { words: Words; input: CardInput }) => {
  const { connection, isRead } = input.calendar;
  const { isActive, receivesBookings, blocksAvailability, role } = connection;
  const readOnly = role === "reader";
  const explained = (means: string): string | null => (input.isFirst ? means : null);
  return (
    <form method="post" action={connectionPath(connection.id)}>
      <Switch
        input={input}
        purpose="read"
        label={connect.read}
        explanation={explained(connect.readMeans)}
        isOn={isRead}
        isFixed={false}
      />
      <Switch
        input={input}
        purpose="blocksAvailability"
        label={connect.blocks}
        explanation={isRead ? explained(connect.blocksMeans) : connect.offMeans}
        isOn={isRead && blocksAvailability}
        isFixed={!isRead}
      />
      <Switch
        input={input}
        purpose="receivesBookings"
        label={connect.receives}
        explanation={
          isActive ? (readOnly ? connect.readOnlyMeans : explained(connect.receivesMeans)) : connect.offMeans
        }
        isOn={isActive && receivesBookings}
        isFixed={!isActive || (readOnly && !receivesBookings)}
      />
    </form>
  );
};

/** What the calendar doesn't show, in a sentence. */
function unwrittenWords(
  { unwritten: say }: Words,
  { state, booking, failureKind, count }: UnwrittenBookings,
) {
  const what = booking === "cancelled" ? say.surplus(count) : say.missing(count);
  if (state === "waiting") return say.waiting(what);
  return say.failed(what, wordsUnder(say.reasons, failureKind ?? "") ?? say.otherReason);
}

const Unwritten = ({ words, input }: { words: Words; input: CardInput }) => {
  const { unwritten, connection } = input.calendar;
  if (unwritten.length === 0) return null;
  const isOver = unwritten.some(({ state }) => state === "failed");
  return (
    <div class={`notice ${isOver ? "bad" : "warn"}`}>
      {unwritten.map((bookings) => (
        <p>{unwrittenWords(words, bookings)}</p>
      ))}
      {isOver ? (
        <>
          <p class="small">{words.unwritten.advice}</p>
          <form method="post" action={`${connectionPath(connection.id)}/retry`}>
            <button type="submit" aria-label={`${words.unwritten.tryAgain}: ${input.title}`}>
              {words.unwritten.tryAgain}
            </button>
          </form>
        </>
      ) : null}
    </div>
  );
};

const Actions = ({ words: { connect }, input }: { words: Words; input: CardInput }) => {
  const { calendar, title, page } = input;
  const { id, provider, accountId, status } = calendar.connection;
  const isGone = status === "calendar_gone";
  return (
    <div class="actions">
      {status === "needs_reauth" ? (
        <a
          class="button primary"
          href={consentPath(page.agentId, provider, accountId)}
          aria-label={`${connect.connectAgain}: ${title}`}
        >
          {connect.connectAgain}
        </a>
      ) : null}
      {calendar.isRead && !isGone && status !== "needs_reauth" ? (
        <form method="post" action={`${connectionPath(id)}/sync`}>
          <button type="submit" id={controlId("check", id)} aria-label={`${connect.checkNow}: ${title}`}>
            {connect.checkNow}
          </button>
        </form>
      ) : null}
      {status === "needs_reauth" || !(isGone || input.isFirstOfAccount) ? null : (
        <a
          class="button"
          href={accountPath(accountId)}
          aria-label={isGone ? `${connect.lookInAccount}: ${title}` : `${connect.moreOfAccount}: ${title}`}
        >
          {isGone ? connect.lookInAccount : connect.moreOfAccount}
        </a>
      )}
      <a
        class="button danger"
        href={`${connectionPath(id)}/disconnect`}
        aria-label={isGone ? `${connect.itIsGone}: ${title}` : `${connect.disconnect}: ${title}`}
      >
        {isGone ? connect.itIsGone : connect.disconnect}
      </a>
    </div>
  );
};

/** How far the first reading has come. */
const Progress = ({ words, calendar }: { words: Words; calendar: CalendarOverview }) => {
  const { eventsRead, connection } = calendar;
  if (eventsRead === null || connection.status !== "syncing" || !calendar.isRead) return null;
  return (
    <p>
      {eventsRead === 0 ? "" : words.status.eventsRead(eventsRead)} <a href="?">{words.connect.lookAgain}</a>
    </p>
  );
};

/** The whole card. */
export const Card = (input: CardInput) => {
  const { calendar, title, page, mostEvents } = input;
  const { connection, isRead } = calendar;
  const { id } = connection;
  const { frame, overview, now } = page;
  const { words } = frame;
  const { connect } = words;
  const { timeZone, onStale } = overview.settings;
  const status = statusWords(words, calendar, onStale);
  const readOnly = connection.role === "reader";
  return (
    <article class="card" id={cardId(id)} tabindex={-1}>
      <div class="head">
        <h3 dir="auto">{title}</h3>
        <span class={`chip ${status.tone}`}>{status.short}</span>
      </div>
      <p class="status soft small">
        {words.providers[connection.provider]}
        {readOnly ? `, ${connect.readOnly}` : ""}. {evidenceWords(words, calendar, now)}
      </p>
      {status.long === "" ? null : <p>{status.long}</p>}
      <Progress words={words} calendar={calendar} />
      <Unwritten words={words} input={input} />
      {connection.blocksAvailability && isRead ? (
        <Unreadable
          words={words}
          name={connection.name}
          title={title}
          objects={calendar.unreadable}
          most={mostEvents}
          isAdvised={input.isFirstDamaged}
          action={`${connectionPath(id)}/count-free`}
          timeZone={timeZone}
          onStale={onStale}
        />
      ) : null}
      <Switches words={words} input={input} />
      <Actions words={words} input={input} />
    </article>
  );
};
