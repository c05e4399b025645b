// Differences: how two scrubbed answers differ in what they state, and what the words of the first stand for.
import type { Body, Json } from "./scrub.ts";
import type { Exchange } from "./transcript.ts";

type Answer = Exchange["answer"];
type Fields = ReadonlyMap<string, ReadonlySet<string>>;

const isWord = (text: string) => /‹(?:mail|text)-\d+›/.test(text);

/** What a value says by its form: words and switches count as they are, times and texts by their kind. */
function formOf(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return "a number";
  if (typeof value !== "string") return "a list";
  if (isWord(value)) return "a text";
  if (/^\d{4}-?\d\d-?\d\dT/.test(value)) {
    const zone = /Z$/.test(value)
      ? "in UTC"
      : /[+-]\d\d:?\d\d$/.test(value)
        ? "with an offset"
        : "without a zone";
    return `a time ${zone}${/\.\d/.test(value) ? ", with fractions" : ""}`;
  }
  if (/^\d{4}-?\d\d-?\d\d$/.test(value)) return "a date";
  return /^[+-]?\d+$/.test(value) || value === "" ? "a small text" : `"${value}"`;
}

/** Every field with the forms of its values; the entries of a list count together. */
function fieldsOf(body: Body | null): Fields {
  const fields = new Map<string, Set<string>>();
  const note = (path: string, form: string) => {
    const forms = fields.get(path) ?? new Set<string>();
    fields.set(path, forms.add(form));
  };
  const json = (value: Json, path: string): void => {
    if (Array.isArray(value)) {
      note(path, "a list");
      for (const one of value) json(one, `${path}[]`);
    } else if (value !== null && typeof value === "object") {
      for (const [name, one] of Object.entries(value)) json(one, path === "" ? name : `${path}.${name}`);
    } else note(path, formOf(value));
  };
  const icalendar = (text: string, path: string) => {
    for (const line of text.split("\r\n")) {
      const [name = ""] = line.split(/[;:]/);
      note(
        `${path}${name}`,
        /^(?:BEGIN|END|UID)$/.test(name) ? "a text" : formOf(line.slice(line.indexOf(":") + 1)),
      );
    }
  };
  const xml = (value: Json, path: string): void => {
    if (!Array.isArray(value)) {
      if (typeof value === "string" && /^BEGIN:VCALENDAR/.test(value)) icalendar(value, `${path} `);
      else note(path, formOf(value));
      return;
    }
    const [name, , content] = value as [string, object, Json[]];
    const own = path === "" ? name : `${path}/${name}`;
    if (content.length === 0) note(own, "empty");
    for (const one of content) xml(one, own);
  };
  if (body?.form === "json" || body?.form === "form") json(body.content, "");
  else if (body?.form === "xml") xml(body.content, "");
  else if (body?.form === "icalendar") icalendar(String(body.content), "");
  return fields;
}

/** Rows of what is gone don't count: Radicale's first listing names everything that ever was deleted. */
function isLiveRow(row: Json): boolean {
  if (!Array.isArray(row) || row[0] !== "d:response") return false;
  const parts = row[2] as Json[];
  return !parts.some(
    (part) => Array.isArray(part) && part[0] === "d:status" && /404|410/.test(String(part[2])),
  );
}

const countOf = (body: Body | null): number | null => {
  const content = body?.content;
  if (content === null || content === undefined || typeof content !== "object") return null;
  if (body?.form === "xml") {
    const [name, , rows] = content as [string, object, Json[]];
    return name === "d:multistatus" ? rows.filter(isLiveRow).length : null;
  }
  const { items, value } = content as { items?: Json; value?: Json };
  return Array.isArray(items) ? items.length : Array.isArray(value) ? value.length : null;
};

/** How the simulator's answer differs from the recorded one, each as a line. */
export function differences(there: Answer, simulated: Answer): string[] {
  if (there.status !== simulated.status)
    return [`answered ${there.status}, the simulator ${simulated.status}`];
  const lines: string[] = [];
  for (const name of ["content-type", "etag", "retry-after"]) {
    const [theirs, ours] = [there.headers[name], simulated.headers[name]];
    if ((theirs === undefined) === (ours === undefined)) continue;
    lines.push(
      theirs === undefined
        ? `has no header ${name}, the simulator has`
        : `has the header ${name}, the simulator hasn't`,
    );
  }
  const formThere = there.body?.form ?? "empty";
  const formHere = simulated.body?.form ?? "empty";
  if (formThere !== formHere) return [...lines, `the body is ${formThere}, the simulator's ${formHere}`];
  const theirs = fieldsOf(there.body);
  const ours = fieldsOf(simulated.body);
  const [many, few] = [countOf(there.body), countOf(simulated.body)];
  const isListOfCalendars =
    theirs.has("kind") && [...(theirs.get("kind") ?? [])].some((kind) => /calendarList/.test(kind));
  if (many !== few && !isListOfCalendars) lines.push(`has ${many} rows, the simulator ${few}`);
  // Where one has no rows at all, their number says it.
  const isRow = (path: string) => /^(?:items|value)\b|^d:multistatus\/d:response/.test(path);
  const comparesRows = (many ?? 0) > 0 && (few ?? 0) > 0;
  for (const path of new Set([...theirs.keys(), ...ours.keys()])) {
    if (isRow(path) && !comparesRows) continue;
    const [a, b] = [theirs.get(path), ours.get(path)];
    if (a === undefined) lines.push(`${path} is missing, the simulator sends it`);
    else if (b === undefined) lines.push(`${path} is sent, the simulator leaves it out`);
    else if (a.size === 1 && b.size === 1 && [...a][0] !== [...b][0]) {
      lines.push(`${path} is ${[...a][0]}, the simulator's ${[...b][0]}`);
    }
  }
  return lines;
}

/** Binds the words of a text with words to what stands in their places in another text. */
function bindText(pattern: string, value: string, bound: Map<string, string>): void {
  const words: string[] = [];
  const source = pattern
    .split(/(‹(?:mail|text)-\d+›)/)
    .map((part) => {
      if (!isWord(part)) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
      words.push(part);
      return "([\\s\\S]+?)";
    })
    .join("");
  const match = words.length === 0 ? null : new RegExp(`^${source}$`).exec(value);
  words.forEach((word, index) => {
    const found = match?.[index + 1];
    if (found !== undefined && !bound.has(word)) bound.set(word, found);
  });
}

function bindJson(pattern: Json, value: unknown, bound: Map<string, string>): void {
  if (typeof pattern === "string") {
    if (typeof value === "string" || typeof value === "number") bindText(pattern, String(value), bound);
  } else if (Array.isArray(pattern)) {
    if (Array.isArray(value))
      pattern.forEach((one, index) => {
        bindJson(one, value[index], bound);
      });
  } else if (pattern !== null && typeof pattern === "object" && value !== null && typeof value === "object") {
    for (const [name, one] of Object.entries(pattern))
      bindJson(one, (value as Record<string, unknown>)[name], bound);
  }
}

/** Learns from the simulator's answer what the words of the recorded one stand for. */
export function bind(
  recorded: Answer,
  simulated: { headers: Headers; text: string; body: Body | null },
  bound: Map<string, string>,
): void {
  for (const [name, value] of Object.entries(recorded.headers)) {
    bindText(value, simulated.headers.get(name) ?? "", bound);
  }
  if (recorded.body?.form === "json") {
    try {
      bindJson(recorded.body.content, JSON.parse(simulated.text), bound);
    } catch {
      // An answer of another form says nothing about the words.
    }
  }
  if (recorded.body?.form === "xml") {
    for (const name of ["getetag", "sync-token", "getctag"]) {
      const theirs = textsIn(recorded.body.content, name);
      const ours = [...simulated.text.matchAll(new RegExp(`<(?:[\\w-]+:)?${name}[^>]*>([^<]+)<`, "g"))];
      theirs.forEach((pattern, index) => {
        bindText(pattern, unescapeText(ours[index]?.[1] ?? ""), bound);
      });
    }
  }
}

const unescapeText = (text: string) =>
  text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function textsIn(value: Json, name: string): string[] {
  if (!Array.isArray(value)) return [];
  const [own, , content] = value as [string, object, Json[]];
  if (typeof own === "string" && own.endsWith(`:${name}`))
    return content.filter((one) => typeof one === "string");
  return (content ?? []).flatMap((one) => textsIn(one, name));
}
