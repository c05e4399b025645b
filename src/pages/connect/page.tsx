// The connect page: what needs the agent first, then their calendars, and how to connect more.
import type { CalendarOverview } from "../../availability/calendar-overview.ts";
import { titlesOf } from "../../domain/calendar-titles.ts";
import { placeText } from "../../domain/zone-choices.ts";
import { Page } from "../layout.tsx";
import { CONNECT_PATH, SETTINGS_PATH } from "../navigation.ts";
import { AlertList } from "./alert-list.tsx";
import { Card } from "./card.tsx";
import { readWords, writtenWords } from "./ended.ts";
import type { ConnectPageInput } from "./page-input.ts";
import { consentPath } from "./paths.ts";
import { connectWords } from "./status.ts";

/** A page lists no more unreadable events than this, so that it stays small. */
const MOST_EVENTS = 10;
/** But so many of each calendar at least. */
const LEAST_EVENTS = 1;

const Providers = ({ page }: { page: ConnectPageInput }) => {
  const { agentId, providers, overview } = page;
  const connections = overview.calendars.map(({ connection }) => connection);
  return (
    <div class="actions">
      {providers.map((provider) => (
        <a
          class={`button ${connections.length === 0 ? "primary" : ""}`}
          href={consentPath(agentId, provider, null)}
        >
          {connectWords(page.frame.words, provider, connections)}
        </a>
      ))}
    </div>
  );
};

/** The agent's time zone, and the browser's if that is another one; only a script can tell. */
const Zone = ({ page }: { page: ConnectPageInput }) => {
  const { connect } = page.frame.words;
  const { timeZone } = page.overview.settings;
  return (
    <div class="card">
      <p>{connect.timeZone(<strong>{placeText(timeZone, page.now)}</strong>)}</p>
      <form method="post" action={`${CONNECT_PATH}/time-zone`} data-zone-now={timeZone} hidden>
        <input type="hidden" name="agentId" value={page.agentId} />
        <input type="hidden" name="timeZone" value={timeZone} />
        <p>
          {connect.browserZone(<output />)} <button type="submit">{connect.useZone}</button>
        </p>
      </form>
      <p>
        <a href={`${SETTINGS_PATH}/zone`}>{connect.chooseZone}</a>
      </p>
    </div>
  );
};

const isOfOneAccount = (a: CalendarOverview, b: CalendarOverview): boolean =>
  a.connection.accountId === b.connection.accountId;

/** Says how something ended that went on when the page was opened; the page's script shows it then. */
const Ended = ({ id, moves, text }: { id: string; moves: boolean; text: string }) => (
  <p id={id} role="status" data-ended={text} data-moves={moves ? "" : undefined} />
);

/** The whole page. */
export const ConnectPage = (input: ConnectPageInput) => {
  const { frame, agentId, overview, notice } = input;
  const { words } = frame;
  const { connect } = words;
  const { calendars, isBeingErased } = overview;
  const titles = titlesOf(calendars.map(({ connection: { id, name }, address }) => ({ id, name, address })));
  const damaged = calendars.filter(({ unreadable }) => unreadable.length > 0);
  const mostEvents = Math.max(LEAST_EVENTS, Math.floor(MOST_EVENTS / Math.max(damaged.length, 1)));
  return (
    <Page frame={frame} title={connect.title}>
      <h1>{connect.title}</h1>
      {notice === null ? null : (
        <p class={`notice ${notice.tone}`} role="status">
          {notice.text}
        </p>
      )}
      {isBeingErased ? (
        <p class="notice bad" role="status">
          {connect.beingErased}
        </p>
      ) : null}
      <AlertList page={input} titles={titles} />
      <p>{connect.for(<strong>{agentId}</strong>)}</p>
      <p class="soft">{connect.intro}</p>
      <Ended
        id="ended-reading"
        moves={calendars.some(({ isFirstRead }) => isFirstRead)}
        text={readWords(words, calendars)}
      />
      <Ended
        id="ended-writing"
        moves={calendars.some(({ isWriting }) => isWriting)}
        text={writtenWords(words, calendars)}
      />
      <h2>{calendars.length === 0 ? connect.none : connect.connected}</h2>
      <div
        id="calendars"
        data-live=""
        data-refresh={
          calendars.some(({ isFirstRead, isWriting }) => isFirstRead || isWriting) ? "" : undefined
        }
      >
        {calendars.map((calendar, index) => (
          <Card
            calendar={calendar}
            isFirst={index === 0}
            isFirstDamaged={calendar === damaged[0]}
            isFirstOfAccount={index === calendars.findIndex((one) => isOfOneAccount(one, calendar))}
            title={titles.get(calendar.connection.id) ?? calendar.connection.name}
            page={input}
            mostEvents={mostEvents}
          />
        ))}
      </div>
      {isBeingErased ? null : <Providers page={input} />}
      <h2>{connect.where}</h2>
      <Zone page={input} />
    </Page>
  );
};
