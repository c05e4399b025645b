// Transcript: what was asked and answered in a run, scrubbed before it is kept.
import type { Instant } from "../../src/domain/instant.ts";
import type { ProviderName } from "../../src/providers/provider.ts";
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
