// Explanation: what a reason code means for people, and what they can do about it.
import type { FailureKind } from "./failure.ts";

/** What a reason means, in one of a few words that never change. */
export const MEANINGS = [
  "passing",
  "asked_to_wait",
  "limit_reached",
  "connect_again",
  "not_allowed",
  "no_calendar_service",
  "operator",
  "gone",
  "read_only",
  "request_refused",
  "in_doubt",
  "calendar_switched_off",
  "calendar_gone",
] as const;

export type Meaning = (typeof MEANINGS)[number];

const BY_KIND: Record<FailureKind, Meaning> = {
  retry: "passing",
  wait: "asked_to_wait",
  pause: "limit_reached",
  reauth: "connect_again",
  refused: "not_allowed",
  "no-service": "no_calendar_service",
  operator: "operator",
  resync: "passing",
  "recreate-channel": "passing",
  adopt: "passing",
  reread: "passing",
  gone: "gone",
  "read-only": "read_only",
  unsupported: "request_refused",
  ignore: "request_refused",
  bug: "request_refused",
};

/** The engine's own codes that say more than their kind. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  write_abandoned: "in_doubt",
  write_in_doubt: "in_doubt",
  calendar_switched_off: "calendar_switched_off",
  calendar_gone: "calendar_gone",
};

/**
 * What a delivery's reason means. Providers have hundreds of codes, so the kind decides, into which each was classified.
 * @param kind null: the reason is the engine's own, or nobody knows its kind
 */
export const meaningOf = (code: string, kind: FailureKind | null): Meaning =>
  BY_CODE[code] ?? (kind === null ? "passing" : BY_KIND[kind]);

/** What it means, and what to do about it, in a sentence each. */
export interface Explanation {
  readonly means: string;
  readonly whatToDo: string;
}

/** The words, in English. Pages in other languages have their own. */
export const EXPLANATIONS: Record<Meaning, Explanation> = {
  passing: {
    means: "The calendar's provider did not answer as it should.",
    whatToDo: "Nothing: it is tried again by itself.",
  },
  asked_to_wait: {
    means: "The calendar's provider gets too many requests at the moment.",
    whatToDo: "Nothing: it is tried again when the provider allows it.",
  },
  limit_reached: {
    means:
      "The calendar has reached a limit of its provider, for example its storage or its events of a day.",
    whatToDo: "Make room in the account if it is full. Otherwise it is tried again within hours.",
  },
  connect_again: {
    means: "The account no longer lets us in.",
    whatToDo: "The agent must connect the account again.",
  },
  not_allowed: {
    means: "The account lets us in, but not to this calendar.",
    whatToDo:
      "The agent, or whoever manages the account, must allow it. Or bookings go into another calendar.",
  },
  no_calendar_service: {
    means: "The account has no calendar service.",
    whatToDo: "The agent, or whoever manages the account, must switch it on.",
  },
  operator: {
    means: "Our own set-up is not right. Neither the agent nor the calendar is to blame.",
    whatToDo: "The operators must look at the configuration. It is tried again by itself.",
  },
  gone: {
    means: "The calendar, or the event in it, is not where it was.",
    whatToDo: "The agent should look whether the calendar is still there, and connect another one if not.",
  },
  read_only: {
    means: "The calendar lets us read, but not write.",
    whatToDo: "The agent must allow changes in it, or let bookings go into another calendar. Then retry it.",
  },
  request_refused: {
    means: "The provider refuses to take this event.",
    whatToDo: "Change the booking and retry it. If it is refused again, the operators must look at the code.",
  },
  in_doubt: {
    means: "A write ended without an answer, so nobody knows whether the calendar shows it.",
    whatToDo: "Nothing: we look, and write it again if it is missing.",
  },
  calendar_switched_off: {
    means: "The calendar is switched off.",
    whatToDo: "Switch it on again, and it is written.",
  },
  calendar_gone: {
    means: "The calendar is no longer in its account.",
    whatToDo: "The agent must connect it where it is now, or disconnect it.",
  },
};
