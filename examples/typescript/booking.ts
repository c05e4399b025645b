// A booking flow in TypeScript, with types made of the running service's own document (`npm run types`).
// Needs API, JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE and DAY, as `npm run dev` prints them.
import { SignJWT } from "jose";
import createClient from "openapi-fetch";
import type { components, paths } from "./calendar-api.ts";

type Problem = components["schemas"]["Problem"];

const settingOf = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set ${name}, as npm run dev prints it.`);
  return value;
};

/** A token of HS256 for a service: it reaches every agent. */
const signToken = (): Promise<string> =>
  new SignJWT({ role: "service" })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(settingOf("JWT_ISSUER"))
    .setAudience(settingOf("JWT_AUDIENCE"))
    .setSubject("typescript-example")
    .setExpirationTime("10m")
    .sign(new TextEncoder().encode(settingOf("JWT_SECRET")));

/** The answer, or an error that says what the problem is. Decide by `code`; `detail` is for people. */
function expected<T>({ data, error }: { data?: T; error?: Problem }): T {
  if (data !== undefined) return data;
  throw new Error(error === undefined ? "No answer" : `${error.status} ${error.code}: ${error.detail}`);
}

const api = createClient<paths>({
  baseUrl: settingOf("API"),
  headers: { Authorization: `Bearer ${await signToken()}` },
});
const day = settingOf("DAY");
const agentId = process.env["AGENT"] ?? "agent-typescript";
const id = crypto.randomUUID();
const bookingId = `booking-${id}`;
const holdId = `hold-${id}`;

expected(
  await api.PATCH("/settings", { params: { query: { agentId } }, body: { timeZone: "Europe/Berlin" } }),
);

const range = { from: `${day}T08:00:00Z`, to: `${day}T16:00:00Z` };
const found = expected(
  await api.POST("/slots", { body: { agentId, ...range, durationMinutes: 30, limit: 1 } }),
);
const [first] = found.slots;
if (first === undefined) throw new Error("The agent has no free half hour on that day.");
const { start, end } = first;
console.log("free:     ", start);

expected(await api.POST("/holds", { body: { agentId, holdId, start, end } }));
console.log("held:     ", holdId);

// The same request again would answer the same booking: repeat it when an answer gets lost.
const wanted = { agentId, bookingId, title: "Consultation", start, end };
expected(await api.POST("/events", { body: { ...wanted, holdId } }));
console.log("booked:   ", bookingId);

const other = await api.POST("/events", { body: { ...wanted, bookingId: `other-${id}` } });
console.log("taken:    ", other.error?.code);

const moved = expected(
  await api.PATCH("/events/{bookingId}", {
    params: { path: { bookingId } },
    body: { agentId, start: `${day}T18:00:00Z`, end: `${day}T18:30:00Z` },
  }),
);
console.log("moved:    ", moved.booking.start);

const query = { agentId, from: `${day}T00:00:00Z`, state: "confirmed" as const };
const { bookings } = expected(await api.GET("/events", { params: { query } }));
if (!bookings.some((booking) => booking.bookingId === bookingId))
  throw new Error("The booking isn't listed.");
console.log("listed:   ", bookings.length);

const cancelled = expected(
  await api.DELETE("/events/{bookingId}", { params: { path: { bookingId }, query: { agentId } } }),
);
console.log("state:    ", cancelled.booking.state);
