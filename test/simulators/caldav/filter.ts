// Filter: which calendar-queries servers accept, and which objects pass (`docs/providers/caldav.md` C.6.2).
import { childOf, childrenOf, type XmlElement } from "../../../src/providers/webdav/xml.ts";
import { precondition } from "./errors.ts";
import { readCalendar } from "./icalendar-check.ts";
import { CALDAV } from "./markup.ts";

/** A filter that the server understood. */
export interface Filter {
  /** Does it search for text in properties? */
  readonly searches: boolean;
  fits(text: string): boolean;
}

/** A search for a text in one property. An object passes if a value of the property contains it. */
interface Search {
  readonly property: string;
  passes(values: readonly string[]): boolean;
}

const invalid = () => precondition(400, CALDAV, "valid-filter");
const beyondUs = () => precondition(403, CALDAV, "supported-filter");

/** RFC 4791 demands these two collations of every server. */
const COLLATIONS: Readonly<Record<string, (text: string) => string>> = {
  "i;octet": (text) => text,
  "i;ascii-casemap": (text) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase()),
};

function expectOnly(element: XmlElement, attributes: readonly string[]): void {
  if (!Object.keys(element.attributes).every((name) => attributes.includes(name))) throw invalid();
}

/** Times are checked, not applied. */
function checkRange(range: XmlElement): void {
  expectOnly(range, ["start", "end"]);
  const bounds = Object.values(range.attributes);
  if (bounds.length === 0 || !bounds.every((bound) => /^\d{8}T\d{6}Z$/.test(bound))) throw invalid();
}

function readSearch(element: XmlElement): Search {
  expectOnly(element, ["name"]);
  const property = element.attributes["name"]?.toUpperCase();
  const match = childOf(element, CALDAV, "text-match");
  if (property === undefined) throw invalid();
  if (match === undefined || element.children.length > 1) throw beyondUs();
  expectOnly(match, ["collation", "negate-condition"]);
  const fold = COLLATIONS[match.attributes["collation"] ?? "i;ascii-casemap"];
  if (fold === undefined) throw precondition(403, CALDAV, "supported-collation");
  const negated = match.attributes["negate-condition"] === "yes";
  const wanted = fold(match.text);
  return {
    property,
    passes: (values) => values.some((value) => fold(value).includes(wanted)) !== negated,
  };
}

/** Accepts only the nested pair of comp-filters (C.6.2). All conditions in it must hold. */
export function readFilter(root: XmlElement): Filter {
  const filter = childOf(root, CALDAV, "filter");
  const outer = filter && childOf(filter, CALDAV, "comp-filter");
  const inner = outer && childOf(outer, CALDAV, "comp-filter");
  if (outer?.attributes["name"] !== "VCALENDAR" || inner?.attributes["name"] !== "VEVENT") throw invalid();
  if (!inner.children.every(({ name }) => name === "time-range" || name === "prop-filter")) throw beyondUs();
  for (const range of childrenOf(inner, CALDAV, "time-range")) checkRange(range);
  const searches = childrenOf(inner, CALDAV, "prop-filter").map(readSearch);
  return {
    searches: searches.length > 0,
    fits(text) {
      const components = readCalendar(text)?.components ?? [];
      const events = components.filter(({ name }) => name === "VEVENT");
      return events.some(({ lines }) =>
        searches.every(({ property, passes }) =>
          passes(lines.filter(({ name }) => name === property).map(({ value }) => value)),
        ),
      );
    },
  };
}
