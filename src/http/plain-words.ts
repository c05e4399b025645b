// Plain words: what a failed check asks for, where its schema says nothing itself.
import type * as z from "zod";

const KINDS: Readonly<Record<string, string>> = {
  object: "Send an object with named fields.",
  record: "Send an object with named fields.",
  array: "Send a list.",
  string: "Send text.",
  number: "Send a number.",
  int: "Send a whole number.",
  boolean: "Send true or false.",
  null: "Send null.",
  date: "Send a date.",
};

const FORMATS: Readonly<Record<string, string>> = {
  email: "Send an email address, like name@example.com.",
  url: "Send an address, like https://example.com/path.",
  date: "Send a date that exists, like 2026-03-01.",
  datetime: "Send a time like 2026-03-01T10:00:00Z.",
};

const SIZES: Readonly<Record<string, string>> = { string: " characters", array: " entries", set: " entries" };

/** Says in a sentence what to send instead. It never quotes what was sent. Instead of the words that zod has. */
export function plainWords(issue: z.core.$ZodRawIssue): string {
  const size = "origin" in issue ? (SIZES[String(issue.origin)] ?? "") : "";
  switch (issue.code) {
    case "invalid_type": {
      const kind = KINDS[issue.expected] ?? "Send a value of the kind that the documentation names.";
      return issue.input === undefined ? `It is missing. ${kind}` : kind;
    }
    case "invalid_value":
      return `Send ${anyOf(issue.values.map((value) => JSON.stringify(value)))}.`;
    case "too_big":
      return `Send ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${size}.`;
    case "too_small":
      return `Send ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${size}.`;
    case "not_multiple_of":
      return `Send a multiple of ${issue.divisor}.`;
    case "invalid_format":
      return FORMATS[issue.format] ?? "Send it in the form that the documentation names.";
    default:
      return "Send it in one of the forms that the documentation names.";
  }
}

function anyOf(choices: readonly string[]): string {
  const last = choices.at(-1) ?? "another value";
  return choices.length < 2 ? last : `${choices.slice(0, -1).join(", ")} or ${last}`;
}
