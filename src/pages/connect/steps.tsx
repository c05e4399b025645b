// The connect page's two further steps: choosing more calendars of an account, and confirming a disconnect.
import type { ConnectionView, RemoteCalendarView } from "../../accounts/views.ts";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import { CONNECT_PATH } from "../navigation.ts";
import type { Words } from "../words/english.ts";

const Back = ({ words }: { words: Words }) => (
  <p>
    <a class="back" href={CONNECT_PATH}>
      {words.account.back}
    </a>
  </p>
);

/** What can be done with a calendar of an account. */
const Offer = (props: { words: Words; calendar: RemoteCalendarView; action: string }) => {
  const { calendar, action } = props;
  const { account } = props.words;
  if (calendar.connectionId !== null) return <span class="chip good">{account.connected}</span>;
  if (!calendar.readable) return <span class="chip off">{account.unreadable}</span>;
  return (
    <form method="post" action={action}>
      <input type="hidden" name="calendarId" value={calendar.calendarId} />
      <button type="submit" aria-label={account.connectNamed(calendar.name)}>
        {account.connect}
      </button>
    </form>
  );
};

function meaningOf({ account }: Words, { primary, readable, role }: RemoteCalendarView): string {
  const use = role === "reader" ? account.reader : account.writer;
  const means = readable ? use : account.notReadable;
  return primary ? `${account.main} ${means}` : means;
}

/** All calendars of an account, each to be connected with one press. */
export const AccountPage = (input: {
  frame: Frame;
  agentId: string;
  accountId: string;
  calendars: readonly RemoteCalendarView[];
}) => {
  const { frame, agentId, accountId, calendars } = input;
  const { words } = frame;
  const action = `${CONNECT_PATH}/accounts/${encodeURIComponent(accountId)}`;
  return (
    <Page frame={frame} title={words.account.title}>
      <Back words={words} />
      <h1>{words.account.heading}</h1>
      <p class="soft">{words.account.for(<strong>{agentId}</strong>)}</p>
      <div class="card">
        {calendars.map((calendar) => (
          <div class="row">
            <div>
              <p>
                <strong dir="auto">{calendar.name}</strong>
              </p>
              <p class="soft small">{meaningOf(words, calendar)}</p>
            </div>
            <Offer words={words} calendar={calendar} action={action} />
          </div>
        ))}
        {calendars.length === 0 ? <p>{words.account.none}</p> : null}
      </div>
    </Page>
  );
};

/** Asks once more before a calendar is disconnected. */
export const DisconnectPage = ({ frame, connection }: { frame: Frame; connection: ConnectionView }) => {
  const { words } = frame;
  const { disconnect } = words;
  return (
    <Page frame={frame} title={disconnect.title}>
      <Back words={words} />
      <h1>{disconnect.heading(connection.name)}</h1>
      <p>
        {disconnect.means} {connection.status === "calendar_gone" ? disconnect.renamed : disconnect.kept}
      </p>
      <form
        method="post"
        action={`${CONNECT_PATH}/connections/${encodeURIComponent(connection.id)}/disconnect`}
      >
        <div class="actions">
          <button type="submit" class="danger solid">
            {disconnect.disconnect}
          </button>
          <a class="button" href={CONNECT_PATH}>
            {disconnect.keep}
          </a>
        </div>
      </form>
    </Page>
  );
};
