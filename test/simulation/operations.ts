// Operations: each deed of a plan done to the world, through the same doors that people and services use.
import { agentIdOf, davLogin, type Place } from "./cast.ts";
import { LATE_KNOBS, LATEST_MS } from "./knobs.ts";
import { MINUTE, type OutsideEvent, occurrenceAt } from "./outside-event.ts";
import type { Operation, PlanSlot } from "./plan.ts";
import { BOOKING_TITLE } from "./truth.ts";
import type { Reply, World } from "./world.ts";

/** Who looks at what clients were answered. */
export interface Audience {
  checked(input: {
    agentId: string;
    slot: { startsAt: number; endsAt: number };
    purpose: "display" | "confirm";
    reply: Reply;
  }): void;
  booked(input: { agentId: string; bookingId: string; reply: Reply }): void;
  /** An answer that shows a booking, whatever was asked. */
  shown(input: { agentId: string; bookingId: string; booking: unknown }): void;
  /** A request that must not be answered so. */
  surprised(what: string, reply: Reply): void;
}

type Deed<Kind extends Operation["do"]> = Kind extends unknown ? Extract<Operation, { do: Kind }> : never;
type Handlers = {
  [Kind in Operation["do"]]: (world: World, deed: Deed<Kind>, audience: Audience) => void | Promise<void>;
};

const DAY_MS = 24 * 60 * MINUTE;

/** The bounds of a slot of the plan. */
export function slotAt(world: World, { minute, minutes }: PlanSlot): { startsAt: number; endsAt: number } {
  const startsAt = Math.floor(world.plan.startAt / DAY_MS) * DAY_MS + minute * MINUTE;
  return { startsAt, endsAt: startsAt + minutes * MINUTE };
}

const text = (at: number): string => new Date(at).toISOString();

function placeOf(world: World, deed: { calendar: number }): Place {
  const place = world.places[deed.calendar];
  if (place === undefined) throw new RangeError("no such calendar in the cast");
  return place;
}

const chosen = (place: Place, pick: number, fits: (event: OutsideEvent) => boolean = () => true) => {
  const fitting = place.events.filter(fits);
  return fitting[pick % Math.max(1, fitting.length)];
};

/** The connection of a calendar, unless it is leaving. */
export function connectionOf(world: World, place: Place): { id: string; account_id: string } | undefined {
  return world.database.query<{ id: string; account_id: string }>(
    `SELECT id, account_id FROM connections WHERE agent_id = ? AND provider = ? AND calendar_id = ?
       AND closing_at IS NULL`,
    [place.agentId, place.provider, place.calendarId],
  )[0];
}

/** Repeats a request until it is answered for good, as a careful client does. */
async function insist(world: World, times: number, ask: () => Promise<Reply>): Promise<Reply | null> {
  for (let time = 0; time < times; time += 1) {
    try {
      const reply = await ask();
      if (reply.status < 500) return reply;
    } catch {
      // Lost on the way there or back: the client can't know.
    }
    await world.pause(2_000 * 2 ** time);
  }
  return null;
}

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

async function connect(world: World, deed: Deed<"connect">): Promise<void> {
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

async function book(world: World, deed: Deed<"book" | "hold">, audience: Audience): Promise<void> {
  const agentId = agentIdOf(deed.agent);
  const { startsAt, endsAt } = slotAt(world, deed.slot);
  const bookingId = `b${deed.id}`;
  const body = {
    agentId,
    bookingId,
    title: `${BOOKING_TITLE}${bookingId}`,
    start: text(startsAt),
    end: text(endsAt),
    clientName: "Client",
    ...(deed.do === "hold" ? { holdId: `h${deed.id}` } : {}),
    ...(deed.do === "book" && deed.force ? { force: true } : {}),
  };
  world.ledger.asked(agentId, bookingId, deed.do === "book" && deed.force);
  const ask = async () => {
    const reply = await world.call(`op${deed.id} book`, "POST", "/events", body);
    audience.booked({ agentId, bookingId, reply });
    audience.shown({ agentId, bookingId, booking: reply.body["booking"] });
    return reply;
  };
  const reply = await insist(world, 3, ask);
  if (reply === null || deed.do === "hold" || !deed.again) return;
  await world.pause(1_500);
  await insist(world, 1, ask);
}

async function hold(world: World, deed: Deed<"hold">, audience: Audience): Promise<void> {
  const agentId = agentIdOf(deed.agent);
  const holdId = `h${deed.id}`;
  const { startsAt, endsAt } = slotAt(world, deed.slot);
  const body = { agentId, holdId, start: text(startsAt), end: text(endsAt), minutes: deed.minutes };
  const name = `op${deed.id} hold`;
  const reply = await insist(world, 2, () => world.call(name, "POST", "/holds", body));
  if (reply === null || reply.status >= 400) return;
  await world.pause(deed.afterMs);
  if (deed.then === "book") return book(world, deed, audience);
  if (deed.then === "forget") return;
  await insist(world, 2, () => world.call(name, "DELETE", `/holds/${holdId}?agentId=${agentId}`));
}

/** A request about a booking that was asked for before. */
async function about(
  world: World,
  deed: Deed<"reschedule" | "describe" | "cancel">,
  audience: Audience,
): Promise<void> {
  const agentId = agentIdOf(deed.agent);
  const bookingId = world.ledger.choose(agentId, deed.pick);
  if (bookingId === undefined) return;
  const name = `op${deed.id} ${deed.do}`;
  const reply = await insist(world, 3, () => {
    if (deed.do === "cancel") return world.call(name, "DELETE", `/events/${bookingId}?agentId=${agentId}`);
    const slot = deed.do === "reschedule" ? slotAt(world, deed.slot) : null;
    const change =
      slot === null
        ? { description: `Note ${deed.id}` }
        : { start: text(slot.startsAt), end: text(slot.endsAt) };
    return world.call(name, "PATCH", `/events/${bookingId}`, { agentId, ...change });
  });
  if (reply !== null) audience.shown({ agentId, bookingId, booking: reply.body["booking"] });
}

async function bulk(world: World, deed: Deed<"bulk">, audience: Audience): Promise<void> {
  const agentId = agentIdOf(deed.agent);
  const times = deed.slots.map((slot) => slotAt(world, slot));
  const known = world.ledger.choose(agentId, deed.pick);
  const fields = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }) => ({
    agentId,
    start: text(startsAt),
    end: text(endsAt),
  });
  const operations = times.map((slot, index) => {
    const bookingId = `b${deed.id}-${index}`;
    if (index === 2 && known !== undefined) {
      return deed.pick % 3 === 0
        ? { action: "cancel", agentId, bookingId: known }
        : { action: "change", bookingId: known, ...fields(slot) };
    }
    world.ledger.asked(agentId, bookingId, false);
    return { action: "create", bookingId, title: `${BOOKING_TITLE}${bookingId}`, ...fields(slot) };
  });
  const reply = await insist(world, 3, () =>
    world.call(`op${deed.id} bulk`, "POST", "/events/bulk", { operations }),
  );
  const results = (reply?.body["results"] ?? []) as { bookingId: string; result?: { booking: unknown } }[];
  for (const { bookingId, result } of results) {
    audience.shown({ agentId, bookingId, booking: result?.booking });
  }
}

/** The agent moves or deletes a booking's event in their own calendar. */
function tamper(world: World, deed: Deed<"copy-move" | "copy-remove">): void {
  const { calendar, truth } = placeOf(world, deed);
  const copies = calendar.copies(BOOKING_TITLE);
  const copy = copies[deed.pick % Math.max(1, copies.length)];
  if (copy === undefined) return;
  world.ledger.tampered(copy.title);
  if (deed.do === "copy-remove") calendar.removeCopy(copy.native);
  else {
    // At a second of its own, so that nobody else's time is taken for it.
    const by = deed.minutes * MINUTE + deed.id * 1_000;
    calendar.moveCopy(copy.native, copy.startsAt + by, copy.endsAt + by);
  }
  truth.look();
}

function edit(world: World, deed: Deed<"add" | "change" | "remove" | "except">): void {
  const place = placeOf(world, deed);
  const { calendar, truth, events, zone } = place;
  if (deed.do === "add") {
    const event: OutsideEvent = {
      id: `e${deed.id}`,
      native: "",
      spec: deed.spec,
      zone,
      exceptions: new Map(),
    };
    event.native = calendar.add(event);
    events.push(event);
    truth.record(event);
    return;
  }
  const event = chosen(
    place,
    deed.pick,
    ({ spec }) => (deed.do === "except") === (spec.repeat !== null) || deed.do === "remove",
  );
  if (event === undefined) return;
  if (deed.do === "remove") {
    calendar.remove(event);
    events.splice(events.indexOf(event), 1);
    truth.forget(event);
    return;
  }
  if (deed.do === "change") {
    event.spec = { ...deed.spec, repeat: null };
    event.zone = zone;
    calendar.change(event);
    truth.record(event);
    return;
  }
  const index = deed.index % (event.spec.repeat?.count ?? 1);
  if (event.exceptions.get(index) === "cancelled") return;
  const moved = deed.moveMinutes;
  const original = occurrenceAt(event.spec, index, event.zone);
  event.exceptions.set(index, moved === null ? "cancelled" : original + moved * MINUTE + deed.id * 1_000);
  calendar.except(event, index);
  truth.record(event);
}

function turnKnob(world: World, deed: Deed<"knob">): void {
  // Each simulator has a board of its own; which knobs it knows, the plan knows.
  const { knobs } = world.simulators[deed.at_] as World["simulators"]["google"];
  knobs.set(deed.name as never, deed.value as never, { times: deed.times });
  if (!LATE_KNOBS.includes(deed.name)) return;
  for (const { truth } of world.places) truth.lateMs = LATEST_MS;
}

/** Ends the grant at the provider: only the person can mend that. */
function revoke(world: World, place: Place): void {
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

async function forge(world: World, place: Place, name: string): Promise<void> {
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

function expire(world: World, { provider, calendarId, email }: Place, what: "cursors" | "tokens"): void {
  const { google, microsoft, dav } = world.simulators;
  if (provider === "GOOGLE") {
    if (what === "cursors") google.expireSyncTokens(calendarId);
    else google.expireAccessTokens(email);
  } else if (provider === "APPLE" || provider === "CALDAV") {
    if (what === "cursors") dav.expireSyncTokens(calendarId);
  } else if (what === "cursors") microsoft.expireDeltaTokens(calendarId);
  else microsoft.expireAccessTokens(email);
}

const HANDLERS: Handlers = {
  add: edit,
  change: edit,
  remove: edit,
  except: edit,
  connect,
  async disconnect(world, deed) {
    const connection = connectionOf(world, placeOf(world, deed));
    if (connection === undefined) return;
    const name = `op${deed.id} disconnect`;
    await insist(world, 2, () => world.call(name, "DELETE", `/connections/${connection.id}`));
  },
  async switch(world, deed) {
    const connection = connectionOf(world, placeOf(world, deed));
    if (connection === undefined) return;
    const name = `op${deed.id} switch`;
    await insist(world, 2, () =>
      world.call(name, "PATCH", `/connections/${connection.id}`, { [deed.flag]: deed.on }),
    );
  },
  async sync(world, deed) {
    const connection = connectionOf(world, placeOf(world, deed));
    if (connection === undefined) return;
    await insist(world, 1, () => world.call(`op${deed.id} sync`, "POST", `/sync/${connection.id}`));
  },
  book,
  hold,
  reschedule: about,
  describe: about,
  cancel: about,
  bulk,
  "copy-move": tamper,
  "copy-remove": tamper,
  endpoint: (world, { status, times }) => world.maraplace.refuse(status, times),
  async check(world, deed, audience) {
    const slot = slotAt(world, deed.slot);
    const agentId = agentIdOf(deed.agent);
    const { purpose } = deed;
    const body = { agentId, start: text(slot.startsAt), end: text(slot.endsAt), purpose };
    const reply = await insist(world, 1, () =>
      world.call(`op${deed.id} check`, "POST", "/availability", body),
    );
    if (reply?.status === 200) audience.checked({ agentId, slot, purpose, reply });
  },
  cron(world, deed) {
    const expression = deed.daily ? "17 3 * * *" : "* * * * *";
    for (let time = 0; time < (deed.doubled ? 2 : 1); time += 1) world.cron(`op${deed.id} cron`, expression);
  },
  knob: turnKnob,
  "expire-cursors": (world, deed) => expire(world, placeOf(world, deed), "cursors"),
  "expire-tokens": (world, deed) => expire(world, placeOf(world, deed), "tokens"),
  revoke: (world, deed) => revoke(world, placeOf(world, deed)),
  async consent(world, deed) {
    await consent(world, placeOf(world, deed), `op${deed.id} consent`);
  },
  forge: (world, deed) => forge(world, placeOf(world, deed), `op${deed.id} forge`),
  rezone(world, deed) {
    const { provider, calendarId, truth, events } = placeOf(world, deed);
    // Only Google's calendars have a zone that their days follow.
    if (provider !== "GOOGLE") return;
    world.simulators.google.changeCalendar(calendarId, { timeZone: deed.zone });
    truth.rezone(deed.zone, events);
  },
  restart: (world, deed) => world.restart(deed.worker),
  jump: (world, deed) => world.scheduler.jump(deed.ms),
  blackout: (world, deed) => world.faults.blackout(world.scheduler.now() + deed.ms),
  outage(world, deed) {
    world.down = true;
    for (const worker of [0, 1]) world.restart(worker);
    world.scheduler.at(world.scheduler.now() + deed.ms, `op${deed.id} back`, () => {
      world.down = false;
    });
  },
};

/** Does a deed. What goes wrong on the way is the client's loss; faults of the harness are thrown. */
export function perform(world: World, operation: Operation, audience: Audience): void {
  const handler = HANDLERS[operation.do] as (
    world: World,
    deed: Operation,
    audience: Audience,
  ) => void | Promise<void>;
  world.scheduler.note(`op${operation.id} ${operation.do}`);
  world.faults.count(`op ${operation.do}`);
  void handler(world, operation, audience);
}
