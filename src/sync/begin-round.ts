// Begin a round: asks the provider for what a calendar needs next, and gives its answers as they come.
import { calendarRefOf } from "../accounts/calendar-ref.ts";
import type { Deps } from "../deps.ts";
import { ProviderError } from "../providers/error.ts";
import type { CalendarRef, ProviderAccount } from "../providers/provider.ts";
import type { OpenableConnection } from "../store/calendars/leases.ts";
import { type Round, roundOf } from "./pull-round.ts";
import type { Answer } from "./pull-steps.ts";

/** A calendar that has failed this often in a row is read without the series and objects that fail alone. */
const PATIENCE = 3;

/** A round that has begun already: what it asks for, and its answers. */
export interface BegunRound {
  readonly round: Round;
  readonly answers: AsyncIterable<Answer>;
}

/** The round that goes on from where the connection stands. */
export function beginRound(
  deps: Deps,
  opened: ProviderAccount,
  read: Pick<OpenableConnection, "connection" | "settings">,
): BegunRound {
  const round = roundOf(read.connection, deps.now(), deps.config.window);
  const leavesFailing = read.connection.failures >= PATIENCE;
  return { round, answers: answersOf(opened, calendarRefOf(read), round, leavesFailing) };
}

/** The provider's answers in a round. If it can't go on so, the last answer is the error that says so. */
async function* answersOf(
  opened: ProviderAccount,
  calendar: CalendarRef,
  { cursor, kept, way }: Round,
  leavesFailing: boolean,
): AsyncGenerator<Answer> {
  try {
    yield* opened.pull(calendar, cursor, kept, { way, leavesFailing });
  } catch (error) {
    if (!(error instanceof ProviderError && (error.kind === "resync" || error.kind === "unsupported"))) {
      throw error;
    }
    yield error;
  }
}
