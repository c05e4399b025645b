// Issue words: what a failed check says where its schema says nothing itself. Zod's own words are for programmers.
import * as z from "zod";

/** What is expected, by zod's name of the type. */
const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object with named fields",
  record: "an object with named fields",
  null: "null",
};

/** What is counted, by zod's name of what has a size. */
const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
  set: ["entry", "entries"],
};

const sized = (size: number | bigint, origin: string): string => {
  const unit = UNITS[origin]?.[Number(size) === 1 ? 0 : 1];
  return unit === undefined ? String(size) : `${size} ${unit}`;
};

/** The issue in words that say what to send. They never quote a value that was sent. */
function issueWords(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined) return "Send it; it is missing.";
  switch (issue.code) {
    case "invalid_type":
      return `Send ${TYPES[issue.expected] ?? "another kind of value"}.`;
    case "too_small": {
      const least = sized(issue.minimum, issue.origin);
      return issue.inclusive === false ? `Send more than ${least}.` : `Send at least ${least}.`;
    }
    case "too_big": {
      const most = sized(issue.maximum, issue.origin);
      return issue.inclusive === false ? `Send less than ${most}.` : `Send at most ${most}.`;
    }
    case "not_multiple_of":
      return `Send a multiple of ${issue.divisor}.`;
    case "invalid_value":
      return `Send ${issue.values.length === 1 ? "" : "one of "}${issue.values.map((value) => JSON.stringify(value)).join(", ")}.`;
    case "unrecognized_keys":
      return `Unknown: ${issue.keys.map((key) => key.slice(0, 40)).join(", ")}. Leave it out.`;
    case "invalid_union":
      return "Send one of the forms that the documentation names.";
    default:
      return "Send it in the form that the documentation names.";
  }
}

z.config({ customError: issueWords });
