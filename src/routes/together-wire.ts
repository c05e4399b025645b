// Together on the wire: how operations ended that belong together.
import * as z from "zod";
import type { TogetherOutcome } from "../bookings/together.ts";
import type { BookingAnswer } from "../bookings/views.ts";
import { EngineError } from "../domain/errors.ts";
import { PROBLEMS, problemOf } from "../http/errors.ts";
import { HttpStatus } from "../http/fields.ts";
import { BookingResult, bookingToWire } from "./events-wire.ts";

/** One booking of several, as it is now. */
export const TogetherResult = z.strictObject({
  bookingId: z.string(),
  status: HttpStatus.describe(
    "201: this very call made the booking. 200: it was changed, or was so already.",
  ),
  result: BookingResult,
});

/** How an operation ended that was done. */
export const doneToWire = (answer: BookingAnswer) => ({
  status: answer.created ? 201 : 200,
  result: bookingToWire(answer),
});

/** How an operation ended that can't be done. */
export const failedToWire = (error: EngineError) => ({
  status: PROBLEMS[error.code].status,
  error: problemOf(error),
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
      ...doneToWire(answer),
    }));
  }
  const failed = ended.errors.flatMap((error, index) => {
    return error === null ? [] : [{ index, bookingId: named[index]?.bookingId, ...failedToWire(error) }];
  });
  const how = failed.length === 1 ? "One of them can't be done" : `${failed.length} of them can't be done`;
  throw new EngineError("bulk_refused", `${how}, so nothing was. See failed: choose other times for these.`, {
    extra: { failed },
  });
}
