// Recorded: calls as they are kept as examples. What differs from run to run gets a value that doesn't.
import { createHash } from "node:crypto";
import type { World } from "../support/world.ts";

const hexOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const uuidOf = (text: string): string => {
  const hex = hexOf(text);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
};

/** In the form of a real one, and seen to be none. */
const SECRET = "SECRET_".repeat(7).slice(0, 43);

const FIVE_MINUTES_MS = 300_000;

/** Times of the run's own clock begin with its first five minutes; all others are such multiples already. */
const steadyTime = (text: string): string =>
  new Date(Math.floor(Date.parse(text) / FIVE_MINUTES_MS) * FIVE_MINUTES_MS).toISOString();

const RANDOM: readonly (readonly [RegExp, (kind: string) => string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, uuidOf],
  [/(?<=\bntc_)[0-9a-f]{32}\b/g, (name) => hexOf(name).slice(0, 32)],
  [/\b[0-9a-f]{64}\b/g, hexOf],
  [/\bc_[\w-]{20,}(?=@group)/g, (name) => `c_${hexOf(name).slice(0, 26)}`],
];

/** Makes texts the same in each run: ids by the order in which they come, names by what they stand for. */
export function steadier(world: World): (text: string) => string {
  const names: [string, string][] = [
    [world.agentId, "agent-ada"],
    [world.email, "ada@example.com"],
    [world.apple.email, "ada@icloud.com"],
    [world.apple.password, "abcd-efgh-ijkl-mnop"],
    ["https://sync.example.org", "https://calendar.example.com"],
  ];
  const known = new Map<string, string>();
  return (text) => {
    let steady = names.reduce((sofar, [real, shown]) => sofar.replaceAll(real, shown), text);
    for (const [index, [pattern, make]] of RANDOM.entries()) {
      steady = steady.replaceAll(pattern, (found) => {
        const made = known.get(found) ?? make(`${index}:${known.size}`);
        known.set(found, made);
        return made;
      });
    }
    return steady
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, steadyTime)
      .replaceAll(/\d{8}T\d{6}Z/g, (time) => (time.endsWith("00Z") ? time : "20260302T080000Z"))
      .replaceAll(/(?<=UID:feed-)[\w-]+/g, "xEpzeMzIsv1l")
      .replaceAll(/(?<=link=|\/feed\/)[\w-]{43}/g, SECRET)
      .replaceAll(/(?<=")[\w-]{43}(?=\.ics")/g, SECRET)
      .replaceAll(
        /"(code|state)":"(?:4\/)?[\w-]{40,}"/g,
        (_, name: string) => `"${name}":"${name.toUpperCase()}"`,
      )
      .replaceAll(/(https:\/\/accounts\.google\.com\/[^?"]*)\?[^"]*/g, "$1?client_id=CLIENT&state=STATE");
  };
}

/** Values that no run can repeat, by the names of their fields: durations, releases, and how often something was read. */
const VOLATILE = /^(?:medianMs|p95Ms|oldestDueMs|migration|tzdata|wrong|syncs|nextCursor|sequence)$/;

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const sameKind = (a: unknown, b: unknown): boolean =>
  typeof a === typeof b && Array.isArray(a) === Array.isArray(b);

/** What was seen, with the recorded values where no run can repeat them and both are of one kind. */
export function settled(seen: unknown, recorded: unknown, name = ""): unknown {
  if (VOLATILE.test(name) && sameKind(seen, recorded)) return recorded;
  if (Array.isArray(seen) && Array.isArray(recorded)) {
    return seen.map((inner, index) => settled(inner, recorded[index]));
  }
  if (!isPlain(seen) || !isPlain(recorded)) return seen;
  return Object.fromEntries(
    Object.entries(seen).map(([field, inner]) => [field, settled(inner, recorded[field], field)]),
  );
}
