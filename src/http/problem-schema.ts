// The shape of every error answer, for the OpenAPI document and for answers that contain errors.
import * as z from "zod";
import type { ErrorCode } from "../domain/errors.ts";
import { PROBLEMS } from "./errors.ts";
import { HttpStatus } from "./fields.ts";

const codes = Object.keys(PROBLEMS) as ErrorCode[];

/** RFC 9457 problem details with our stable `code`; some codes add members of their own. */
export const Problem = z
  .looseObject({
    type: z.string().describe("Where this kind of problem is explained."),
    title: z.string().describe("What kind of problem it is, in a few words."),
    status: HttpStatus.describe("The HTTP status."),
    code: z.enum(codes).describe("Stable: decide by this, never by the texts."),
    detail: z.string().describe("What is wrong here and what to do, for a person."),
    requestId: z.string().optional(),
    errors: z
      .array(
        z.strictObject({
          path: z.string().describe("The field, by its place in what was sent."),
          message: z.string().describe("What to send instead."),
        }),
      )
      .optional()
      .describe("With invalid_request: each field and what to do."),
  })
  .meta({ id: "Problem" });
