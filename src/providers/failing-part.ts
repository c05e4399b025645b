// Failing part: one series or object that fails while the rest of its calendar can be read.
import { attempt, ProviderError } from "./error.ts";
import type { Unread } from "./provider.ts";

/** The failures that may concern one part alone. The others are about the account, or about requests of any kind. */
const ONE_PART = ["retry", "bug", "gone"] as const;

/** The reasons of parts that couldn't be fetched. Unlike what can't be read, they may be fetched the next time. */
const UNFETCHED: readonly string[] = ["series_missing", "object_refused"];

/** Whether the part couldn't be fetched, which says nothing about what it holds. */
export const isUnfetched = ({ reason }: Unread): boolean => UNFETCHED.includes(reason);

/** Whether the error may concern the asked part alone. */
export const mayFailAlone = ({ kind }: ProviderError): boolean => ONE_PART.some((each) => each === kind);

/**
 * What `read` returns; null where the part fails alone: it has failed twice, and the rest still answers.
 * @param proof asks for something else. If that fails too, it throws: the part isn't to blame
 * @throws ProviderError any other failure
 */
export async function readOrLeave<T>(
  read: () => Promise<T>,
  proof: () => Promise<unknown>,
): Promise<T | null> {
  const first = await attempt(read(), ONE_PART);
  if (!(first instanceof ProviderError)) return first;
  const again = await attempt(read(), ONE_PART);
  if (!(again instanceof ProviderError)) return again;
  await proof();
  return null;
}

/**
 * The answer to a question for changes.
 * @param proof as for `readOrLeave`
 * @throws ProviderError `unsupported` where changes fail alone, as a calendar that has failed several times shows
 */
export async function readChangesOr<T>(
  read: () => Promise<T>,
  proof: () => Promise<unknown>,
  leavesFailing: boolean,
): Promise<T> {
  const answer = await attempt(read(), leavesFailing ? ONE_PART : []);
  if (!(answer instanceof ProviderError)) return answer;
  await proof();
  const { code, status } = answer;
  throw new ProviderError({ kind: "unsupported", code, status, cause: answer });
}
