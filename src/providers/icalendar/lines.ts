// Lines: content lines of iCalendar text, each with its parameters and its value.

/** Names are in upper case, parameters without their quotes. The value is as written, without blanks around it. */
export interface Property {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly value: string;
}

const NAME = /^[A-Z0-9-]+(?=[ \t]*[;:])/i;

const TIME = /^\s*\d{4}-?\d{2}-?\d{2}/;
const ADDRESS = /^\s*(?:mailto:|urn:|https?:|\/|[^\s:;="@]+@[^\s:;="@]+$)/i;

/** How a value begins. It tells the value from a parameter with a colon that should have been quoted. */
const VALUES: Readonly<Record<string, RegExp>> = {
  DTSTART: TIME,
  DTEND: TIME,
  "RECURRENCE-ID": TIME,
  RDATE: TIME,
  EXDATE: TIME,
  RRULE: /^\s*[A-Z-]+\s*=/i,
  DURATION: /^\s*[+-]?P/i,
  ATTENDEE: ADDRESS,
  ORGANIZER: ADDRESS,
};

/** Characters that some writers leave in a text and that say nothing. */
const STRAY = /[\uFEFF\0]/g;

/** No line has more colons in its parameters. More would only cost time. */
const MAX_COLONS = 64;

/**
 * The lines of a text, unfolded. A byte order mark, NUL, bare line feeds and badly folded lines do no harm
 * (`docs/providers/caldav.md` C.8, C.10.1). One at a time: all lines of a large file would take many times its size.
 */
export function* unfolded(text: string): Generator<string> {
  const ends = /\r\n?|\n|$/g;
  let line: string | null = null;
  for (let at = 0; at <= text.length; ) {
    ends.lastIndex = at;
    const [end = ""] = ends.exec(text) ?? [];
    const physical = text.slice(at, ends.lastIndex - end.length).replace(STRAY, "");
    at = end === "" ? text.length + 1 : ends.lastIndex;
    if (line !== null && /^[ \t]/.test(physical)) line += physical.slice(1);
    else {
      if (line !== null) yield line;
      line = physical;
    }
  }
  if (line !== null) yield line;
}

/** The property in the line; null where it has another name than these, or isn't a content line. */
export function propertyIn(line: string, names: readonly string[]): Property | null {
  const name = NAME.exec(line)?.[0].toUpperCase();
  if (name === undefined || !names.includes(name)) return null;
  const colon = colonBefore(line, name);
  if (colon === undefined) return null;
  return {
    name,
    parameters: parametersIn(line.slice(name.length, colon)),
    value: line.slice(colon + 1).trim(),
  };
}

/** The parameters of a property as they are written, lists in quotes and all, each with its name in upper case. */
export function writtenParameters(line: string, name: string): { name: string; written: string }[] {
  return partsOf(line.slice(name.length, colonBefore(line, name) ?? name.length)).map((written) => ({
    name: written.split("=", 1).join("").trim().toUpperCase(),
    written,
  }));
}

/** The colon before the value. */
function colonBefore(line: string, name: string): number | undefined {
  const colons = colonsIn(line);
  const fits = (colon: number) => {
    const rest = line.slice(colon + 1);
    return VALUES[name]?.test(rest) !== false && (VALUES[name] !== ADDRESS || !/;[A-Z0-9-]+=/i.test(rest));
  };
  return colons.find(fits) ?? colons[0];
}

/** The places of the colons outside quotes. A quote that is never closed is an ordinary character. */
function colonsIn(line: string): number[] {
  const colons: number[] = [];
  let quotes = true;
  for (let at = 0; at < line.length && colons.length < MAX_COLONS; at++) {
    if (line[at] === ":") colons.push(at);
    if (line[at] !== '"' || !quotes) continue;
    const close = line.indexOf('"', at + 1);
    if (close === -1) quotes = false;
    else at = close;
  }
  return colons;
}

const partsOf = (text: string): string[] => text.match(/(?:"[^"]*"|[^;])+/g) ?? [];

function parametersIn(text: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const part of partsOf(text)) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(0, equals)).trim().toUpperCase();
    const value = part.slice(equals + 1).trim();
    if (name !== "" && !Object.hasOwn(parameters, name))
      parameters[name] = /^"([^"]*)"/.exec(value)?.[1] ?? value;
  }
  return parameters;
}
