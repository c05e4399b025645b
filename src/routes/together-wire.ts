// Together on the wire: how operations ended that belong together.
import * as z from "zod";
import type { TogetherOutcome } from "../bookings/together.ts";
import { EngineError } from "../domain/errors.ts";
import { PROBLEMS, problemOf } from "../http/errors.ts";
import { BookingResult, bookingToWire } from "./events-wire.ts";

/** One booking of several, as it is now. */
export const TogetherResult = z.strictObject({
  bookingId: z.string(),
  status: z.int().describe("201: this very call made the booking. 200: it was changed, or was so already."),
  result: BookingResult,
});

/**
 * The result of each operation.
 * @throws EngineError bulk_refused, with the operations that can't be done
 */
export function resultsTogether(
  ended: TogetherOutcome,
  named: readonly { readonly bookingId: string }[],
): z.input<typeof TogetherResult>[] {
  if (ended.kind === "done") {
    return ended.answers.map((answer) => ({
      bookingId: answer.booking.bookingId,
      status: answer.created ? 201 : 200,
      result: bookingToWire(answer),
    }));
  }
  const failed = ended.errors.flatMap((error, index) => {
    if (error === null) return [];
    const { status } = PROBLEMS[error.code];
    return [{ index, bookingId: named[index]?.bookingId, status, error: problemOf(error) }];
  });
  const how = failed.length === 1 ? "One of them can't be done" : `${failed.length} of them can't be done`;
  throw new EngineError("bulk_refused", `${how}, so nothing was. See failed: choose other times for these.`, {
    extra: { failed },
  });
}
