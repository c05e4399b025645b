// Sync tokens: a calendar's revision in the form of each kind of server (`docs/providers/caldav.md` C.1).
import type { Profile, SimulatedCalendar } from "./state.ts";

const PREFIX: Readonly<Record<Profile, string>> = {
  icloud: "HwoQEgwAAE",
  sabre: "http://sabre.io/ns/sync/",
  radicale: "http://radicale.org/ns/sync/",
  minimal: "data:,",
};

/** Tokens belong to one collection. Another calendar's tokens are unknown here. */
function salt(calendar: SimulatedCalendar): string {
  let sum = 7;
  for (const letter of calendar.path) sum = (sum * 31 + letter.charCodeAt(0)) % 1_000_003;
  return String(sum);
}

export function writeToken(profile: Profile, calendar: SimulatedCalendar, revision: number): string {
  const inner = `${salt(calendar)}-${revision}`;
  if (profile === "icloud") return `${PREFIX.icloud}${Buffer.from(inner).toString("base64")}`;
  return `${PREFIX[profile]}${profile === "sabre" ? `${salt(calendar)}${String(revision).padStart(8, "0")}` : inner}`;
}

/** The revision; null for a token that isn't, or is no longer, this calendar's. */
export function readToken(profile: Profile, calendar: SimulatedCalendar, token: string): number | null {
  for (let revision = calendar.revision; revision >= calendar.syncFloor; revision--) {
    if (writeToken(profile, calendar, revision) === token) return revision;
  }
  return null;
}
