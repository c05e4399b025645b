// Access deeds: accounts and connections come, change and go; grants are withdrawn and given again.
import { davLogin, type Place } from "../world/cast.ts";
import type { World } from "../world/world.ts";
import { connectionOf, type Deed, insist, placeOf } from "./client.ts";

/** Consents at the provider's page, or types a password in. Answers whether an account is connected. */
export async function authorize(world: World, place: Place, name: string): Promise<boolean> {
  const { provider, agentId, email } = place;
  const segment = provider.toLowerCase();
  if (provider === "APPLE" || provider === "CALDAV") {
    const { serverUrl, ...login } = davLogin(place, world.simulators.dav);
    const body = { agentId, ...login, ...(provider === "CALDAV" ? { serverUrl } : {}) };
    const reply = await insist(world, 3, () => world.call(name, "POST", `/${segment}/auth`, body));
    return reply?.status === 201;
  }
  const reply = await insist(world, 3, async () => {
    const started = await world.call(name, "GET", `/${segment}/auth?agentId=${agentId}`);
    const url = String(started.body["authorizationUrl"] ?? "");
    if (url === "") return started;
    const simulator = provider === "GOOGLE" ? world.simulators.google : world.simulators.microsoft;
    const callback = simulator.consent(url, { user: email });
    const cookie = started.headers.get("set-cookie")?.split(";")[0] ?? "";
    return world.call(name, "GET", callback, undefined, { cookie });
  });
  return reply?.status === 200;
}

/** Connects a calendar, its account first. */
export async function connect(world: World, deed: Deed<"connect">): Promise<void> {
  const place = placeOf(world, deed);
  const name = `op${deed.id} connect`;
  if (!(await authorize(world, place, name))) return;
  if (connectionOf(world, place) !== undefined) return;
  // Not the account's first calendar, or that had been disconnected: it is connected by name.
  const { agentId, provider } = place;
  const account = world.database.query<{ id: string }>(
    "SELECT id FROM accounts WHERE agent_id = ? AND provider = ? ORDER BY email = ? DESC",
    [agentId, provider, place.email],
  )[0];
  if (account === undefined) return;
  await insist(world, 2, () =>
    world.call(name, "POST", "/connections", {
      accountId: account.id,
      calendarId: place.calendarId,
      receivesBookings: true,
    }),
  );
}

/** A request about the calendar's connection, if it has one. */
async function ask(
  world: World,
  deed: { id: number; do: string; calendar: number },
  times: number,
  request: (id: string) => readonly [method: string, path: string, body?: unknown],
): Promise<void> {
  const connection = connectionOf(world, placeOf(world, deed));
  if (connection === undefined) return;
  const [method, path, body] = request(connection.id);
  await insist(world, times, () => world.call(`op${deed.id} ${deed.do}`, method, path, body));
}

export const disconnect = (world: World, deed: Deed<"disconnect">): Promise<void> =>
  ask(world, deed, 2, (id) => ["DELETE", `/connections/${id}`]);

export const flip = (world: World, deed: Deed<"switch">): Promise<void> =>
  ask(world, deed, 2, (id) => ["PATCH", `/connections/${id}`, { [deed.flag]: deed.on }]);

export const sync = (world: World, deed: Deed<"sync">): Promise<void> =>
  ask(world, deed, 1, (id) => ["POST", `/sync/${id}`]);

/** Ends the grant at the provider: only the person can mend that. */
export function revoke(world: World, place: Place): void {
  const { google, microsoft, dav } = world.simulators;
  if (place.provider === "GOOGLE") google.removeAccess(place.email);
  else if (place.provider === "APPLE" || place.provider === "CALDAV") dav.revoke(place.email);
  else if (place.index % 2 === 0) microsoft.removeAccess(place.email);
  else microsoft.revokeSessions(place.email);
}

/** The person consents again; a revoked password is given out anew. */
export async function consent(world: World, place: Place, name: string): Promise<boolean> {
  const { dav } = world.simulators;
  if (place.provider === "APPLE" || place.provider === "CALDAV") {
    dav.addPassword(place.email, davLogin(place, dav).password);
  }
  return authorize(world, place, name);
}

/** Somebody who knows a channel, but not its secret, says that something has changed. */
export async function forge(world: World, place: Place, name: string): Promise<void> {
  const google = place.provider === "GOOGLE";
  const channels = google ? world.simulators.google.channels() : world.simulators.microsoft.subscriptions();
  const id = channels.at(0)?.id ?? "nobody";
  const headers = {
    "x-goog-channel-id": id,
    "x-goog-channel-token": "forged",
    "x-goog-resource-state": "exists",
    "x-goog-resource-id": "r",
    "x-goog-message-number": "7",
  };
  const body = { value: [{ subscriptionId: id, clientState: "forged", changeType: "updated" }] };
  await insist(world, 1, () =>
    world.call(
      name,
      "POST",
      `/webhooks/${google ? "google" : "microsoft"}`,
      google ? undefined : body,
      google ? headers : {},
    ),
  );
}

/** What the provider has handed out so far is worthless. */
export function expire(
  world: World,
  { provider, calendarId, email, truth }: Place,
  what: "cursors" | "tokens",
): void {
  if (truth.goneSince !== null) return;
  const { google, microsoft, dav } = world.simulators;
  if (provider === "GOOGLE") {
    if (what === "cursors") google.expireSyncTokens(calendarId);
    else google.expireAccessTokens(email);
  } else if (provider === "APPLE" || provider === "CALDAV") {
    if (what === "cursors") dav.expireSyncTokens(calendarId);
  } else if (what === "cursors") microsoft.expireDeltaTokens(calendarId);
  else microsoft.expireAccessTokens(email);
}
