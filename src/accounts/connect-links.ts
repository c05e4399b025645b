// Connect links: makes links that open an agent's page, looks at them, and opens them.
import type { Deps } from "../deps.ts";
import { EngineError } from "../domain/errors.ts";
import { type Instant, MINUTE_MS } from "../domain/instant.ts";
import { digestOf } from "../encoding/digest.ts";
import { newLinkSecret } from "../encoding/link-secret.ts";
import {
  type ConnectLinkRow,
  findConnectLink,
  insertConnectLink,
  openConnectLink,
} from "../store/agents/connect-links.ts";

/**
 * Makes a link to the agent's page. It opens that page and nothing else.
 * @returns its secret, which is kept nowhere
 */
export async function makeConnectLink(
  deps: Deps,
  input: { agentId: string; returnTo: string | null; minutes: number; singleUse: boolean },
): Promise<{ secret: string; expiresAt: Instant }> {
  const { agentId, returnTo, singleUse } = input;
  const secret = newLinkSecret();
  const createdAt = deps.now();
  const expiresAt = createdAt + input.minutes * MINUTE_MS;
  const secretHash = await digestOf(secret);
  await insertConnectLink(deps.db, { secretHash, agentId, returnTo, singleUse, expiresAt, createdAt });
  return { secret, expiresAt };
}

/**
 * Looks at a link without opening it: programs that look at links before people do must not use them up.
 * @throws EngineError connect_link_over where it is unknown or has ended
 */
export async function lookAtConnectLink(
  deps: Deps,
  input: { secret: string },
): Promise<{ agentId: string; isOver: boolean }> {
  const secretHash = await digestOf(input.secret);
  const { agentId, singleUse, openedBy } = known(
    await findConnectLink(deps.db, { secretHash, now: deps.now() }),
  );
  return { agentId, isOver: singleUse && openedBy !== null };
}

/**
 * Opens a link.
 * @param input.openedBy an id of the page whose form was sent: it may be sent again
 * @throws EngineError connect_link_over where it is unknown, has ended or was opened before
 */
export async function followConnectLink(
  deps: Deps,
  input: { secret: string; openedBy: string },
): Promise<{ agentId: string; returnTo: string | null }> {
  const secretHash = await digestOf(input.secret);
  const { openedBy } = input;
  const { agentId, returnTo } = known(
    await openConnectLink(deps.db, { secretHash, openedBy, now: deps.now() }),
  );
  return { agentId, returnTo };
}

/** The error of a link that doesn't open. It doesn't tell an unknown link from one that was used. */
export const linkIsOver = (): EngineError =>
  new EngineError(
    "connect_link_over",
    "This link has been used already or has ended. Go back to the marketplace and open your calendars from there.",
  );

function known(link: ConnectLinkRow | null): ConnectLinkRow {
  if (link === null) throw linkIsOver();
  return link;
}
