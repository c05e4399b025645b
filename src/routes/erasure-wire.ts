// The shapes of an erasure, for the answer to it and for the notice that it is done.
import * as z from "zod";
import { Count } from "../http/fields.ts";
import { Provider } from "../http/provider-segment.ts";

export const EventsChoice = z
  .enum(["keep", "remove"], 'Send "keep" or "remove".')
  .describe(
    "What becomes of the events of bookings in the agent's own calendars, past and to come. keep: they stay. remove: " +
      "they are deleted there.",
  );

export const EventsLeft = Count.describe(
  "Events that were to be removed and stay, because nobody can reach them.",
);

/** Access that may live on at a provider. */
export const UnrevokedAccess = z
  .strictObject({
    provider: Provider,
    reason: z
      .string()
      .describe(
        "A stable code. not_revocable: only the person can end it, at the provider. grant_shared: another agent uses " +
          "the same account. Else why the provider refused.",
      ),
  })
  .meta({ id: "UnrevokedAccess" });
