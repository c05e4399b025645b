// A run: the suite and the questions on one account, recorded, and nothing left behind.
import type { ProviderName } from "../../src/providers/provider.ts";
import { openCalendars } from "./calendars.ts";
import type { Place } from "./places.ts";
import { type Asking, putQuestions, questionsOf } from "./questions.ts";
import type { Result } from "./report.ts";
import { type Outcome, runSuite } from "./suite.ts";
import { createRecorder, type Transcript } from "./transcript.ts";

/** What to run, and whom to tell. */
export interface Wish {
  /** The id of an empty calendar to use; null: one is made. */
  readonly calendar: string | null;
  isWanted(caseName: string): boolean;
  tell(outcome: Outcome): void;
  /** Ends the run early. */
  readonly stop: AbortSignal;
}

/** The run was stopped before its end. The message says what it left behind. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

function askingOver(
  place: Place,
  send: typeof fetch,
  calendarId: string,
  authorization: string,
  origin: string,
) {
  return {
    calendarId,
    now: place.now,
    tag: place.tag,
    async ask(method, url, body, headers = {}) {
      const isText = typeof body === "string";
      const response = await send(new URL(url, origin), {
        method,
        body: body === undefined ? null : isText ? body : JSON.stringify(body),
        headers: {
          ...(!isText && body && { "content-type": "application/json" }),
          ...headers,
          authorization,
        },
      });
      const text = await response.text();
      let json: Record<string, unknown> | null = null;
      try {
        json = JSON.parse(text);
      } catch {
        // It's no JSON.
      }
      return { status: response.status, headers: response.headers, text, json };
    },
  } satisfies Asking;
}

/**
 * Runs everything on one account. What was made is deleted, also after a failure.
 * @throws Stopped where it was stopped
 */
export async function runLive(place: Place, wish: Wish): Promise<Result & { transcript: Transcript }> {
  const { name }: { name: ProviderName } = place.providerOver(place.send);
  const recorder = createRecorder(name, place.now);
  const calendars = await openCalendars(place.ownerOver(place.send), wish.calendar);
  async function ask() {
    const outcomes = await runSuite(place, calendars, recorder, wish.isWanted, wish.tell);
    const send = recorder.recording(place.send);
    const answers = await putQuestions(questionsOf(name), async (question) => {
      const { main, all } = await calendars.fresh();
      recorder.beginCase(question, all);
      return askingOver(place, send, main.id, await place.authorization(), place.origin);
    });
    return { outcomes, answers, transcript: recorder.transcript() };
  }
  let asked: Awaited<ReturnType<typeof ask>> | null;
  try {
    asked = await Promise.race([ask(), stopped(wish.stop)]);
  } catch (error) {
    await calendars.close();
    throw error;
  }
  const left = await calendars.close();
  if (asked !== null) return { ...asked, left };
  throw new Stopped(
    left === 0 ? "Stopped. Nothing is left behind." : `Stopped. Left behind: ${left} calendars.`,
  );
}

const stopped = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
