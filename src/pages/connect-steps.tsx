// The connect page's two further steps: choosing more calendars of an account, and confirming a disconnect.
import type { ConnectionView, RemoteCalendarView } from "../accounts/views.ts";
import { CONNECT_PATH } from "./connect.tsx";
import { Page } from "./layout.tsx";

const Back = () => (
  <nav>
    <a href={CONNECT_PATH}>← Your calendars</a>
  </nav>
);

const NOT_READABLE_WORDS =
  "It is listed for you, but we may not read its events. Its owner can share them with you.";

const bookingWords = ({ role }: RemoteCalendarView): string =>
  role === "reader" ? "Read-only: can't receive bookings." : "Can receive bookings.";

/** All calendars of an account, each to be connected with one press. */
export const AccountPage = (input: {
  agentId: string;
  accountId: string;
  calendars: readonly RemoteCalendarView[];
}) => (
  <Page title="More calendars">
    <Back />
    <h1>More calendars of this account</h1>
    <p class="soft">
      A calendar that you connect here blocks the availability of <strong>{input.agentId}</strong>. You can
      change that afterwards.
    </p>
    <div class="card">
      {input.calendars.map((calendar) => (
        <div class="row">
          <div>
            <p>
              <strong>{calendar.name}</strong>
            </p>
            <p class="soft small">
              {calendar.primary ? "Main calendar. " : ""}
              {calendar.readable ? bookingWords(calendar) : NOT_READABLE_WORDS}
            </p>
          </div>
          {calendar.connectionId !== null ? (
            <span class="chip good">Connected</span>
          ) : calendar.readable ? (
            <form method="post" action={`${CONNECT_PATH}/accounts/${encodeURIComponent(input.accountId)}`}>
              <input type="hidden" name="calendarId" value={calendar.calendarId} />
              <button type="submit" aria-label={`Connect ${calendar.name}`}>
                Connect
              </button>
            </form>
          ) : (
            <span class="chip off">Can't be read</span>
          )}
        </div>
      ))}
      {input.calendars.length === 0 ? <p>This account has no calendars.</p> : null}
    </div>
  </Page>
);

/** Asks once more before a calendar is disconnected. */
export const DisconnectPage = ({ connection }: { connection: ConnectionView }) => (
  <Page title="Disconnect a calendar">
    <Back />
    <h1>Disconnect “{connection.name}”?</h1>
    <p>
      Its events will no longer block your availability, so clients may book you at those times. New bookings
      will not be written into it.{" "}
      {connection.status === "calendar_gone"
        ? "If it is in your account under another name, connect it there first."
        : "Bookings that are in the calendar already stay there."}
    </p>
    <form
      method="post"
      action={`${CONNECT_PATH}/connections/${encodeURIComponent(connection.id)}/disconnect`}
    >
      <div class="actions">
        <button type="submit" class="danger solid">
          Disconnect
        </button>
        <a class="button" href={CONNECT_PATH}>
          Keep it
        </a>
      </div>
    </form>
  </Page>
);
