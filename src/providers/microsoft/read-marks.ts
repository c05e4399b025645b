// Reading marks: which bookings the events of a page belong to. One event whose mark always fails costs no other event.
import { ProviderError } from "../error.ts";
import { BATCH, type GraphApi, type Mark } from "./api.ts";

/** The failures that say how fast we may ask, whichever part they come in. */
const PACE: readonly ProviderError["kind"][] = ["wait", "pause"];

/**
 * The bookings in the events' marks, by event id; null where there is no mark or no longer an event.
 * @param leavesFailing an event whose part fails twice, while the account answers otherwise, counts as one without a
 *   mark: it takes its time like any other
 * @throws ProviderError `retry` where a part fails. The batch was answered, so that says nothing about the grant
 */
export async function readMarks(
  api: GraphApi,
  calendarId: string,
  eventIds: readonly string[],
  leavesFailing: boolean,
): Promise<Map<string, string | null>> {
  const marks = new Map<string, string | null>();
  const failing = await ask(api, calendarId, eventIds, marks);
  if (failing.size === 0) return marks;
  const again = leavesFailing ? await ask(api, calendarId, [...failing.keys()], marks) : failing;
  const [failure] = again.values();
  if (failure === undefined) return marks;
  const { code, status, retryAt } = failure;
  if (!leavesFailing) throw new ProviderError({ kind: "retry", code, status, retryAt, cause: failure });
  await api.listCalendars();
  for (const eventId of again.keys()) marks.set(eventId, null);
  return marks;
}

/** Adds the marks that can be read, and returns the failures of the others by event id. */
async function ask(
  api: GraphApi,
  calendarId: string,
  eventIds: readonly string[],
  marks: Map<string, string | null>,
): Promise<Map<string, ProviderError>> {
  const failing = new Map<string, ProviderError>();
  for (let from = 0; from < eventIds.length; from += BATCH) {
    const asked = eventIds.slice(from, from + BATCH);
    const answers: readonly Mark[] = await api.listMarks(calendarId, asked);
    for (const [index, eventId] of asked.entries()) {
      const mark = answers[index] ?? null;
      if (!(mark instanceof ProviderError)) marks.set(eventId, mark);
      else if (PACE.includes(mark.kind)) throw mark;
      else failing.set(eventId, mark);
    }
  }
  return failing;
}
