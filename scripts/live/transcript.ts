// Transcript: what was asked and answered in a run, scrubbed before it is kept.
import * as z from "zod";
import type { Instant } from "../../src/domain/instant.ts";
import { isTimeZone } from "../../src/domain/zone.ts";
import { parseCleanJson } from "../../src/encoding/clean-text.ts";
import { PROVIDER_NAMES, type ProviderName } from "../../src/providers/provider.ts";
import { type Body, createScrubber } from "./scrub.ts";

/** One request and its answer. */
export interface Exchange {
  readonly what: "exchange";
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | null;
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Body | null;
  };
}

/** A calendar that is there when a case begins, by the words that stand for its id. */
export interface KnownCalendar {
  readonly id: string;
  readonly timeZone: string;
}

/** What follows belongs to this case, which begins with these calendars, all empty. */
export interface CaseBegins {
  readonly what: "case";
  readonly name: string;
  readonly calendars: readonly KnownCalendar[];
}

export type Entry =
  | Exchange
  | CaseBegins
  | (KnownCalendar & { readonly what: "calendar made" })
  | (KnownCalendar & { readonly what: "calendar removed" });

export interface Transcript {
  readonly version: 1;
  readonly provider: ProviderName;
  readonly now: Instant;
  readonly entries: readonly Entry[];
}

const StoredHeaders = z.record(z.string(), z.string());
const StoredBody = z
  .object({ form: z.enum(["json", "xml", "icalendar", "form", "other"]), content: z.json() })
  .nullable();
const Known = { id: z.string(), timeZone: z.string().refine(isTimeZone) };

/** A transcript as a file holds it. */
const Stored: z.ZodType<Transcript> = z.object({
  version: z.literal(1),
  provider: z.enum(PROVIDER_NAMES),
  now: z.number(),
  entries: z.array(
    z.discriminatedUnion("what", [
      z.object({
        what: z.literal("exchange"),
        // `fetch` refuses these three.
        method: z.string().regex(/^(?!CONNECT$|TRACE$|TRACK$)[A-Z]+$/),
        url: z.string().regex(/^https?:\/\/[^/]+\//),
        headers: StoredHeaders,
        body: StoredBody,
        answer: z.object({ status: z.number(), headers: StoredHeaders, body: StoredBody }),
      }),
      z.object({ what: z.literal("case"), name: z.string(), calendars: z.array(z.object(Known)) }),
      z.object({ what: z.literal("calendar made"), ...Known }),
      z.object({ what: z.literal("calendar removed"), ...Known }),
    ]),
  ),
});

/**
 * Reads a file that a run has written.
 * @throws Error for any other text
 */
export function readTranscript(text: string): Transcript {
  const read = Stored.safeParse(parseCleanJson(text));
  if (read.success) return read.data;
  throw new Error("This file is no transcript of a run. A run writes one that ends in .json (docs/live.md).");
}

/** Calendars of CalDAV are paths, others are ids. */
const isPath = (id: string) => id.startsWith("/");

/** Records what goes through `fetch`. Only scrubbed text is kept. */
export function createRecorder(provider: ProviderName, now: Instant) {
  const scrubber = createScrubber();
  const entries: Entry[] = [];
  const known = (calendar: KnownCalendar): KnownCalendar => ({
    id: isPath(calendar.id) ? scrubber.path(calendar.id) : scrubber.word(calendar.id),
    timeZone: calendar.timeZone,
  });
  return {
    recording(send: typeof fetch): typeof fetch {
      return async (input, init) => {
        const request = new Request(input, init);
        const text = await request.clone().text();
        const response = await send(request);
        const answered = await response.clone().text();
        const typeOf = (headers: Headers) => headers.get("content-type") ?? "";
        entries.push({
          what: "exchange",
          method: request.method,
          url: scrubber.url(request.url),
          headers: scrubber.headers(request.headers),
          body: scrubber.body(text, typeOf(request.headers)),
          answer: {
            status: response.status,
            headers: scrubber.headers(response.headers),
            body: scrubber.body(answered, typeOf(response.headers)),
          },
        });
        return response;
      };
    },
    beginCase: (name: string, calendars: readonly KnownCalendar[]) =>
      void entries.push({ what: "case", name, calendars: calendars.map(known) }),
    calendarMade: (calendar: KnownCalendar) =>
      void entries.push({ what: "calendar made", ...known(calendar) }),
    calendarRemoved: (calendar: KnownCalendar) =>
      void entries.push({ what: "calendar removed", ...known(calendar) }),
    transcript: (): Transcript => ({ version: 1, provider, now, entries: [...entries] }),
  };
}

export type Recorder = ReturnType<typeof createRecorder>;
