// Occupation: how an event occupies its owner's time, by its properties (`docs/providers/caldav.md` C.10.1).
import type { EventStatus } from "../../domain/busy.ts";
import { type Component, propertiesOf, propertyOf } from "./components.ts";
import type { Property } from "./lines.ts";

/** The answers, the one that takes most time first. Of several by the owner's addresses the first one here counts. */
const ANSWERS = ["ACCEPTED", "TENTATIVE", "NEEDS-ACTION", "DECLINED"] as const;
type Answer = (typeof ANSWERS)[number];

/**
 * How the event occupies time; null when it takes none. The owner's answer comes before the event's own properties
 * (L28).
 * @param ownAddresses the owner's calendar user addresses: email addresses, `mailto:`, `urn:uuid:`, principal paths
 */
export function statusOf(event: Component, ownAddresses: readonly string[]): EventStatus | null {
  const answer = answerOf(event, ownAddresses);
  if (answer === "DECLINED" || isCancelled(event)) return null;
  const transparencies = textsOf(event, "TRANSP");
  const shownAs = transparencies.length === 0 ? shownAsOf(event) : undefined;
  if (isAlways("TRANSPARENT", transparencies) || shownAs === "FREE") return null;
  if (shownAs === "OOF") return "out_of_office";
  if (answer === "NEEDS-ACTION") return "unanswered";
  const isTentative = isAlways(
    "TENTATIVE",
    statusesOf(event).filter((status) => status !== "CANCELLED"),
  );
  if (answer === "TENTATIVE" || isTentative || shownAs === "TENTATIVE") return "tentative";
  return shownAs === "WORKINGELSEWHERE" ? "working_elsewhere" : "busy";
}

/** Whether the event is cancelled by each STATUS that it has. */
export const isCancelled = (event: Component): boolean => isAlways("CANCELLED", statusesOf(event));

const statusesOf = (event: Component) => textsOf(event, "STATUS");

const textsOf = (event: Component, name: string): (string | undefined)[] =>
  propertiesOf(event, name).map(({ value }) => upper(value));

/** Of a property that is written several times the value that takes more time counts. */
const isAlways = (free: string, values: readonly (string | undefined)[]): boolean =>
  values.length > 0 && values.every((value) => value === free);

/** How Exchange shows an event other than as busy, what takes most time by most agents' rules first. */
const SHOWN_AS = ["OOF", "TENTATIVE", "WORKINGELSEWHERE", "FREE"] as const;

/** Exchange's own property, which counts only where TRANSP is missing. Undefined: busy, or not said. */
function shownAsOf(event: Component): (typeof SHOWN_AS)[number] | undefined {
  const written = textsOf(event, "X-MICROSOFT-CDO-BUSYSTATUS");
  const values = written.length > 0 ? written : textsOf(event, "X-MICROSOFT-CDO-INTENDEDSTATUS");
  const isOther = values.some((value) => !SHOWN_AS.some((known) => known === value));
  return isOther ? undefined : SHOWN_AS.find((known) => values.includes(known));
}

function answerOf(event: Component, ownAddresses: readonly string[]): Answer | undefined {
  const own = new Set(ownAddresses.map(normalized));
  const isOwn = ({ value, parameters }: Property) =>
    [value, parameters["EMAIL"]].some((address) => address !== undefined && own.has(normalized(address)));
  // A missing answer means not answered (RFC 5545 3.2.12). An unknown one, such as DELEGATED, changes nothing.
  const answers = propertiesOf(event, "ATTENDEE")
    .filter(isOwn)
    .map(({ parameters }) => upper(parameters["PARTSTAT"]) ?? "NEEDS-ACTION");
  if (answers.some((answer) => !ANSWERS.some((known) => known === answer))) return undefined;
  const answer = ANSWERS.find((known) => answers.includes(known));
  // The organiser needn't answer.
  const organizer = propertyOf(event, "ORGANIZER");
  return answer === "NEEDS-ACTION" && organizer !== undefined && isOwn(organizer) ? undefined : answer;
}

/**
 * For comparison: without case, percent-encoding, `mailto:`, the host of a principal's URL and the closing slash (C.8,
 * item 6).
 */
function normalized(address: string): string {
  return plainly(address.trim())
    .toLowerCase()
    .replace(/^mailto:\s*/, "")
    .replace(/^https?:\/\/[^/]*/, "")
    .replace(/(?<=.)\/$/, "");
}

/** Both a `mailto:` and a path may hold `%40` for the at sign. */
const plainly = (address: string): string =>
  address.replace(/%[2-7][0-9a-f]/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));

const upper = (text: string | undefined): string | undefined => text?.trim().toUpperCase();
