// Questions: the facts that the pages of the providers mark as not confirmed, each put to the real provider.
import type { ProviderName } from "../../src/providers/provider.ts";
import { CALDAV_QUESTIONS } from "./questions/caldav.ts";
import { GOOGLE_QUESTIONS } from "./questions/google.ts";
import { MICROSOFT_QUESTIONS } from "./questions/microsoft.ts";
import { reasonOf } from "./suite.ts";

/** An answer as far as questions need it. */
export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Null where the text is no JSON. */
  readonly json: Record<string, unknown> | null;
}

/** What a question may use. The calendar is empty. */
export interface Asking {
  readonly calendarId: string;
  readonly now: number;
  /** Part of every id that is made. */
  readonly tag: string;
  /** Sends one request. Paths go to the calendar's own server. */
  ask(
    method: string,
    url: string,
    body?: string | object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Seen>;
}

/** One fact. `ask` answers in words of our own, with statuses, codes and numbers. */
export interface Question {
  /** Where the page marks it: `docs/providers/google.md` G 1. */
  readonly fact: string;
  readonly question: string;
  /** A text instead of a function says why it can't be asked. */
  readonly ask: string | ((asking: Asking) => Promise<string>);
}

export interface Answer {
  readonly fact: string;
  readonly question: string;
  readonly answer: string;
}

export const questionsOf = (provider: ProviderName): readonly Question[] => {
  if (provider === "GOOGLE") return GOOGLE_QUESTIONS;
  return provider === "OUTLOOK" || provider === "OFFICE365" ? MICROSOFT_QUESTIONS : CALDAV_QUESTIONS;
};

/** A code that a server wrote, if it is one. */
export const codeIn = (value: unknown): string =>
  typeof value === "string" && /^[A-Za-z_]{2,60}$/.test(value) ? value : "no code";

export async function putQuestions(
  questions: readonly Question[],
  asking: (question: string) => Promise<Asking>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { fact, question, ask } of questions) {
    let answer: string;
    try {
      answer = typeof ask === "string" ? `not asked: ${ask}` : await ask(await asking(question));
    } catch (error) {
      answer = `no answer: ${reasonOf(error)}`;
    }
    answers.push({ fact, question, answer });
  }
  return answers;
}
