// Proof: what an account could do before and is asked for once something was refused, to see what the refusal is about.
import type { Deps } from "../deps.ts";
import { DEMANDS, type FailureKind } from "../domain/failure.ts";
import { HOUR_MS } from "../domain/instant.ts";
import { attempt, ProviderError } from "../providers/error.ts";
import type { ProviderAccount } from "../providers/provider.ts";
import { listAccountConnections } from "../store/calendars/connections.ts";
import type { AccountRow } from "../store/rows.ts";

/** The failure kinds by which a refusal may be meant for the whole account. */
export const ABOUT_ACCOUNT = Object.entries(DEMANDS)
  .filter(([, { accountNeedsConsent, accountUnavailable }]) => accountNeedsConsent || accountUnavailable)
  .map(([kind]) => kind as FailureKind);

/** Reads the calendar's next hour. @throws ProviderError as `pull` does */
export function readNextHour(deps: Deps, opened: ProviderAccount, calendarId: string): Promise<unknown> {
  const startsAt = deps.now();
  const window = { startsAt, endsAt: startsAt + HOUR_MS };
  return opened.pull({ calendarId, fallbackTimeZone: "UTC" }, null, window)[Symbol.asyncIterator]().next();
}

/**
 * Whether the account can list its calendars or, where that is refused too, read the one that was read last. Of those
 * that aren't found the next one is asked.
 * @param refused the calendar whose reading was refused: it can't speak for itself
 * @throws ProviderError of another kind where that can't be asked for now: then nothing is known
 */
export async function isLetIn(
  deps: Deps,
  { id }: AccountRow,
  opened: ProviderAccount,
  refused: string | undefined,
): Promise<boolean> {
  if (!((await attempt(opened.listCalendars(), ABOUT_ACCOUNT)) instanceof ProviderError)) return true;
  const others = (await listAccountConnections(deps.db, id))
    .filter(({ isActive, goneAt, verifiedAt }) => isActive && goneAt === null && verifiedAt !== null)
    .filter(({ calendarId }) => calendarId !== refused)
    .sort((a, b) => (b.verifiedAt ?? 0) - (a.verifiedAt ?? 0));
  for (const { calendarId } of others) {
    const read = await attempt(readNextHour(deps, opened, calendarId), [...ABOUT_ACCOUNT, "gone"]);
    if (!(read instanceof ProviderError)) return true;
    if (read.kind !== "gone") return false;
  }
  return false;
}
