// Access actions: people connect, change and disconnect calendars, and withdraw and renew grants.
import { davLogin, type Place } from "../world/cast.ts";
import type { SeenObject } from "../world/requests.ts";
import type { World } from "../world/world.ts";
import { type ActionOf, connectionOf, insist, placeOf } from "./client.ts";

/** Consents on the provider's page, or enters a password. Returns whether the account is connected. */
async function authorize(world: World, place: Place, name: string): Promise<boolean> {
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
export async function connect(world: World, action: ActionOf<"connect">): Promise<void> {
  const place = placeOf(world, action);
  const name = `op${action.id} connect`;
  if (!(await authorize(world, place, name))) return;
  if (connectionOf(world, place) !== undefined) return;
  // It isn't the account's first calendar, or it was disconnected before: connect it by its id.
  const { agentId, provider } = place;
  const account = world.database.query<{ id: string }>(
    "SELECT id FROM accounts WHERE agent_id = ? AND provider = ? ORDER BY email = ? DESC",
    [agentId, provider, place.email],
  )[0];
  if (account === undefined) return;
  await insist(world, 2, () =>
    world.call(name, "POST", "/connections", {
      accountId: account.id,
      calendarId: place.calendar.ids.at(-1),
      receivesBookings: true,
    }),
  );
}

/** Sends a request about the calendar's connection, if it has one. */
async function ask(
  world: World,
  action: { id: number; do: string; calendar: number },
  times: number,
  request: (id: string) => readonly [method: string, path: string, body?: unknown],
): Promise<void> {
  const connection = connectionOf(world, placeOf(world, action));
  if (connection === undefined) return;
  const [method, path, body] = request(connection.id);
  await insist(world, times, () => world.call(`op${action.id} ${action.do}`, method, path, body));
}

export const disconnect = (world: World, action: ActionOf<"disconnect">): Promise<void> =>
  ask(world, action, 2, (id) => ["DELETE", `/connections/${id}`]);

export const flip = (world: World, action: ActionOf<"switch">): Promise<void> =>
  ask(world, action, 2, (id) => ["PATCH", `/connections/${id}`, { [action.flag]: action.on }]);

export const sync = (world: World, action: ActionOf<"sync">): Promise<void> =>
  ask(world, action, 1, (id) => ["POST", `/sync/${id}`]);

/** The agent counts as free what can't be read in a calendar. */
export async function countFree(world: World, action: ActionOf<"count-free">): Promise<void> {
  const connection = connectionOf(world, placeOf(world, action));
  if (connection === undefined) return;
  const path = `/connections/${connection.id}/unreadable`;
  const ask = (method: string, to: string, body?: unknown) =>
    insist(world, 2, () => world.call(`op${action.id} ${action.do}`, method, to, body));
  const listed = (await ask("GET", path))?.body["objects"] as SeenObject[] | undefined;
  const objects = (listed ?? []).map(({ key, version }) => ({ key, version }));
  if (objects.length > 0) await ask("POST", `${path}/count-free`, { objects });
}

/** Ends the grant at the provider. Only the person can renew it. */
export function revoke(world: World, place: Place): void {
  const { google, microsoft, dav } = world.simulators;
  if (place.provider === "GOOGLE") google.removeAccess(place.email);
  else if (place.provider === "APPLE" || place.provider === "CALDAV") dav.revoke(place.email);
  else if (place.index % 2 === 0) microsoft.removeAccess(place.email);
  else microsoft.revokeSessions(place.email);
}

/** The person consents again. A revoked password is valid again. */
export async function consent(world: World, place: Place, name: string): Promise<boolean> {
  const { dav } = world.simulators;
  if (place.provider === "APPLE" || place.provider === "CALDAV") {
    dav.addPassword(place.email, davLogin(place, dav).password);
  }
  return authorize(world, place, name);
}

/** A stranger who knows a channel but not its secret sends a notification. */
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

/** The cursors or tokens that the provider has issued so far become worthless. */
export function expire(
  world: World,
  { provider, calendar, email, truth }: Place,
  what: "cursors" | "tokens",
): void {
  if (truth.goneSince !== null) return;
  const { google, microsoft, dav } = world.simulators;
  const calendarId = calendar.ids.at(-1);
  if (provider === "GOOGLE") {
    if (what === "cursors") google.expireSyncTokens(calendarId);
    else google.expireAccessTokens(email);
  } else if (provider === "APPLE" || provider === "CALDAV") {
    if (what === "cursors") dav.expireSyncTokens(calendarId);
  } else if (what === "cursors") microsoft.expireDeltaTokens(calendarId);
  else microsoft.expireAccessTokens(email);
}
