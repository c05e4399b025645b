// The connect page: an agent's calendars, with the status and the two purposes of each.
import type { ConnectionView } from "../accounts/views.ts";
import type { UnreadableView } from "../availability/unreadable.ts";
import type { Instant } from "../domain/instant.ts";
import { BASE_PATH } from "../http/operation.ts";
import { segmentOf } from "../http/provider-segment.ts";
import type { ProviderName } from "../providers/provider.ts";
import { Page } from "./layout.tsx";
import { Unreadable } from "./unreadable.tsx";
import { connectWords, PROVIDER_WORDS, statusWords } from "./words.ts";

/** Where the page lives. */
export const CONNECT_PATH = `${BASE_PATH}/connect`;

/** The two things a calendar can be for. */
export type Purpose = "blocksAvailability" | "receivesBookings";

/** What the connect page shows. */
export interface ConnectPageInput {
  readonly agentId: string;
  /** Where the page leads back to; null: nowhere. */
  readonly returnTo: string | null;
  readonly connections: readonly ConnectionView[];
  /** The outstanding events of all calendars that can't be read. */
  readonly unreadable: readonly UnreadableView[];
  readonly onStale: "refuse" | "allow";
  readonly providers: readonly ProviderName[];
  readonly timeZone: string;
  readonly timeZones: readonly string[];
  readonly notice: { readonly tone: "good" | "bad"; readonly text: string } | null;
  readonly now: Instant;
}

/** The agent is named, so that a page that stood open while another agent signed in connects nothing for them. */
function consentPath(agentId: string, provider: ProviderName, accountId: string | null): string {
  const query = new URLSearchParams({ agentId, returnTo: CONNECT_PATH });
  if (accountId !== null) query.set("accountId", accountId);
  return `${BASE_PATH}/${segmentOf(provider)}/auth?${query}`;
}

const connectionPath = (id: string) => `${CONNECT_PATH}/connections/${encodeURIComponent(id)}`;

const Switch = (props: {
  connection: ConnectionView;
  purpose: Purpose;
  label: string;
  explanation: string;
  disabled?: boolean;
}) => {
  const { connection, purpose, label, explanation, disabled = false } = props;
  const on = connection[purpose];
  return (
    <div class="row">
      <div>
        <p>
          <strong>{label}</strong>
        </p>
        <p class="soft small">{explanation}</p>
      </div>
      <form method="post" action={connectionPath(connection.id)}>
        <input type="hidden" name="purpose" value={purpose} />
        <input type="hidden" name="on" value={String(!on)} />
        <button
          type="submit"
          role="switch"
          aria-checked={on ? "true" : "false"}
          aria-label={`${label}: ${connection.name}`}
          disabled={disabled}
        />
      </form>
    </div>
  );
};

const BLOCKS_WORDS =
  "While an event in this calendar is under way, clients can't book you. Switched off, its events don't count.";
const RECEIVES_WORDS = "Each new booking is written into this calendar, and follows every change of it.";
const READ_ONLY_WORDS = "You may only read this calendar, so bookings can't be written into it.";

const Connection = ({ connection, page }: { connection: ConnectionView; page: ConnectPageInput }) => {
  const { now, timeZone, onStale } = page;
  const status = statusWords(connection, now, onStale);
  const readOnly = connection.role === "reader";
  const isGone = connection.status === "calendar_gone";
  return (
    <article class="card">
      <div class="head">
        <h3>{connection.name}</h3>
        <span class={`chip ${status.tone}`}>{status.short}</span>
      </div>
      <p class="status soft small">
        {PROVIDER_WORDS[connection.provider]}
        {readOnly ? ", read-only" : ""}. {status.long}
      </p>
      {connection.blocksAvailability ? (
        <Unreadable
          name={connection.name}
          objects={page.unreadable.filter(({ connectionId }) => connectionId === connection.id)}
          action={`${connectionPath(connection.id)}/count-free`}
          timeZone={timeZone}
          onStale={onStale}
        />
      ) : null}
      <Switch
        connection={connection}
        purpose="blocksAvailability"
        label="Blocks my availability"
        explanation={BLOCKS_WORDS}
      />
      <Switch
        connection={connection}
        purpose="receivesBookings"
        label="Receives bookings"
        explanation={readOnly ? READ_ONLY_WORDS : RECEIVES_WORDS}
        disabled={readOnly && !connection.receivesBookings}
      />
      <div class="actions">
        {connection.status === "needs_reauth" ? (
          <a
            class="button primary"
            href={consentPath(page.agentId, connection.provider, connection.accountId)}
          >
            Connect again
          </a>
        ) : (
          <a class="button" href={`${CONNECT_PATH}/accounts/${encodeURIComponent(connection.accountId)}`}>
            {isGone ? "Look in this account" : "More calendars of this account"}
          </a>
        )}
        <a class="button danger" href={`${connectionPath(connection.id)}/disconnect`}>
          {isGone ? "It is gone…" : "Disconnect…"}
        </a>
      </div>
    </article>
  );
};

const TimeZoneForm = ({ agentId, timeZone, timeZones }: ConnectPageInput) => (
  <form class="card" method="post" action={`${CONNECT_PATH}/time-zone`}>
    <input type="hidden" name="agentId" value={agentId} />
    <label for="timeZone">Time zone</label>
    <p class="soft small">Your opening hours and all-day events are meant in this zone.</p>
    <div class="actions">
      <select id="timeZone" name="timeZone">
        {timeZones.map((zone) => (
          <option value={zone} selected={zone === timeZone}>
            {zone.replaceAll("_", " ")}
          </option>
        ))}
      </select>
      <button type="submit">Save</button>
    </div>
  </form>
);

/** The whole page. */
export const ConnectPage = (input: ConnectPageInput) => (
  <Page title="Your calendars">
    {input.returnTo === null ? null : (
      <nav>
        <a href={input.returnTo}>← Back to where you came from</a>
      </nav>
    )}
    <h1>Your calendars</h1>
    <p>
      Calendars are connected here for <strong>{input.agentId}</strong>. If that is not you, connect nothing
      and close this page.
    </p>
    <p class="soft">
      Connect the calendars you live by. Clients then see only times at which you are free, and your bookings
      appear where you look for them. We keep when you are busy, never what your events are about.
    </p>
    {input.notice === null ? null : (
      <p class={`notice ${input.notice.tone}`} role="status">
        {input.notice.text}
      </p>
    )}
    <h2>{input.connections.length === 0 ? "No calendar is connected yet" : "Connected"}</h2>
    {input.connections.map((connection) => (
      <Connection connection={connection} page={input} />
    ))}
    <div class="actions">
      {input.providers.map((provider) => (
        <a
          class={`button ${input.connections.length === 0 ? "primary" : ""}`}
          href={consentPath(input.agentId, provider, null)}
        >
          {connectWords(provider, input.connections)}
        </a>
      ))}
    </div>
    <h2>Where you are</h2>
    <TimeZoneForm {...input} />
  </Page>
);
