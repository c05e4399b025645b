// The page behind a connect link: it says whose calendars the link opens, and asks before it opens them.
import type { Frame } from "../frame.ts";
import { Page } from "../layout.tsx";
import { CONNECT_PATH } from "../navigation.ts";

/** Where the page's form goes. */
const OPEN_PATH = `${CONNECT_PATH}/open`;

/** What the page shows. */
export interface ConnectLinkPageInput {
  readonly frame: Frame;
  readonly agentId: string;
  /** The agent who is signed in already, if it is another one. */
  readonly other: string | null;
  readonly secret: string;
  /** The page's own id, so that its form may be sent twice. */
  readonly openedBy: string;
}

/** The whole page. */
export const ConnectLinkPage = ({ frame, agentId, other, secret, openedBy }: ConnectLinkPageInput) => {
  const { link } = frame.words;
  const agent = <strong>{agentId}</strong>;
  return (
    <Page frame={frame} title={link.title}>
      <h1>{link.heading(agentId)}</h1>
      {other === null ? null : (
        <p class="notice bad" role="alert">
          {link.signedInAs(<strong>{other}</strong>, agent)}
        </p>
      )}
      <p>{link.decides(agent)}</p>
      <form method="post" action={OPEN_PATH}>
        <input type="hidden" name="link" value={secret} />
        <input type="hidden" name="openedBy" value={openedBy} />
        <div class="actions">
          {other === null ? null : (
            <a class="button primary" href={CONNECT_PATH}>
              {link.stayAs(other)}
            </a>
          )}
          <button type="submit" class={other === null ? "primary" : "danger"}>
            {link.goOnAs(agentId)}
          </button>
        </div>
      </form>
    </Page>
  );
};
