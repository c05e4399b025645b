// The page behind a connect link: it says whose calendars the link opens, and asks before it opens them.
import { CONNECT_PATH } from "./connect.tsx";
import { Page } from "./layout.tsx";

/** Where the page's form goes. */
const OPEN_PATH = `${CONNECT_PATH}/open`;

/** What the page shows. */
export interface ConnectLinkPageInput {
  readonly agentId: string;
  /** The agent who is signed in already, if it is another one. */
  readonly other: string | null;
  readonly secret: string;
  /** The page's own id, so that its form may be sent twice. */
  readonly openedBy: string;
}

const Warning = ({ agentId, other }: { agentId: string; other: string }) => (
  <p class="notice bad" role="alert">
    You are signed in as <strong>{other}</strong>, and this link is for another agent. If somebody sent it to
    you, stay signed in: the calendars that you connect would be connected for <strong>{agentId}</strong>.
  </p>
);

/** The whole page. */
export const ConnectLinkPage = ({ agentId, other, secret, openedBy }: ConnectLinkPageInput) => (
  <Page title="Open your calendars">
    <h1>Open the calendars of {agentId}</h1>
    {other === null ? null : <Warning agentId={agentId} other={other} />}
    <p>
      Calendars that you connect on the next page decide when clients can book the agent{" "}
      <strong>{agentId}</strong>. Go on only if that is you.
    </p>
    <form method="post" action={OPEN_PATH}>
      <input type="hidden" name="link" value={secret} />
      <input type="hidden" name="openedBy" value={openedBy} />
      <div class="actions">
        {other === null ? null : (
          <a class="button primary" href={CONNECT_PATH}>
            Stay signed in as {other}
          </a>
        )}
        <button type="submit" class={other === null ? "primary" : "danger"}>
          Go on as {agentId}
        </button>
      </div>
    </form>
  </Page>
);
