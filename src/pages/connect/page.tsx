// The connect page: an agent's calendars, with the status and the two purposes of each.
import type { ConnectionView } from "../../accounts/views.ts";
import type { UnreadableView } from "../../availability/unreadable.ts";
import type { Instant } from "../../domain/instant.ts";
import { BASE_PATH } from "../../http/operation.ts";
import { segmentOf } from "../../http/provider-segment.ts";
import type { ProviderName } from "../../providers/provider.ts";
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import { CONNECT_PATH } from "../navigation.ts";
import type { Words } from "../words/english.ts";
import { connectWords, statusWords } from "./status.ts";
import { Unreadable } from "./unreadable.tsx";

/** The two things a calendar can be for. */
export type Purpose = "blocksAvailability" | "receivesBookings";

/** What the connect page shows. */
export interface ConnectPageInput {
  readonly frame: Frame;
  readonly agentId: string;
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

const Actions = ({ connection, page }: { connection: ConnectionView; page: ConnectPageInput }) => {
  const { connect } = page.frame.words;
  const isGone = connection.status === "calendar_gone";
  const { provider, accountId } = connection;
  return (
    <div class="actions">
      {connection.status === "needs_reauth" ? (
        <a class="button primary" href={consentPath(page.agentId, provider, accountId)}>
          {connect.connectAgain}
        </a>
      ) : (
        <a class="button" href={`${CONNECT_PATH}/accounts/${encodeURIComponent(accountId)}`}>
          {isGone ? connect.lookInAccount : connect.moreOfAccount}
        </a>
      )}
      <a class="button danger" href={`${connectionPath(connection.id)}/disconnect`}>
        {isGone ? connect.itIsGone : connect.disconnect}
      </a>
    </div>
  );
};

const Connection = ({ connection, page }: { connection: ConnectionView; page: ConnectPageInput }) => {
  const { now, timeZone, onStale } = page;
  const { words } = page.frame;
  const { connect } = words;
  const status = statusWords(words, connection, now, onStale);
  const readOnly = connection.role === "reader";
  return (
    <article class="card">
      <div class="head">
        <h3 dir="auto">{connection.name}</h3>
        <span class={`chip ${status.tone}`}>{status.short}</span>
      </div>
      <p class="status soft small">
        {words.providers[connection.provider]}
        {readOnly ? `, ${connect.readOnly}` : ""}. {status.long}
      </p>
      {connection.blocksAvailability ? (
        <Unreadable
          words={words}
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
        label={connect.blocks}
        explanation={connect.blocksMeans}
      />
      <Switch
        connection={connection}
        purpose="receivesBookings"
        label={connect.receives}
        explanation={readOnly ? connect.readOnlyMeans : connect.receivesMeans}
        disabled={readOnly && !connection.receivesBookings}
      />
      <Actions connection={connection} page={page} />
    </article>
  );
};

const TimeZoneForm = ({ words: { connect }, page }: { words: Words; page: ConnectPageInput }) => (
  <form class="card" method="post" action={`${CONNECT_PATH}/time-zone`}>
    <input type="hidden" name="agentId" value={page.agentId} />
    <label for="timeZone">{connect.timeZone}</label>
    <p class="soft small">{connect.timeZoneMeans}</p>
    <div class="actions">
      <select id="timeZone" name="timeZone">
        {page.timeZones.map((zone) => (
          <option value={zone} selected={zone === page.timeZone}>
            {zone.replaceAll("_", " ")}
          </option>
        ))}
      </select>
      <button type="submit">{connect.save}</button>
    </div>
  </form>
);

/** The whole page. */
export const ConnectPage = (input: ConnectPageInput) => {
  const { frame, agentId, connections, notice } = input;
  const { words } = frame;
  const { connect } = words;
  return (
    <Page frame={frame} title={connect.title}>
      <h1>{connect.title}</h1>
      <p>{connect.for(<strong>{agentId}</strong>)}</p>
      <p class="soft">{connect.intro}</p>
      {notice === null ? null : (
        <p class={`notice ${notice.tone}`} role="status">
          {notice.text}
        </p>
      )}
      <h2>{connections.length === 0 ? connect.none : connect.connected}</h2>
      {connections.map((connection) => (
        <Connection connection={connection} page={input} />
      ))}
      <div class="actions">
        {input.providers.map((provider) => (
          <a
            class={`button ${connections.length === 0 ? "primary" : ""}`}
            href={consentPath(agentId, provider, null)}
          >
            {connectWords(words, provider, connections)}
          </a>
        ))}
      </div>
      <h2>{connect.where}</h2>
      <TimeZoneForm words={words} page={input} />
    </Page>
  );
};
