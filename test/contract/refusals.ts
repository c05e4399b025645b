// The contract of refusals: every failure is a `ProviderError` of the right kind that holds no secret.
import { inspect } from "node:util";
import { expect } from "vitest";
import type { FailureKind } from "../../src/domain/failure.ts";
import type { BookingEvent } from "../../src/providers/booking-event.ts";
import { ProviderError } from "../../src/providers/error.ts";
import type { Contract } from "./provider.ts";
import { emptyCache, inHours, sync, type World } from "./world.ts";

const TITLE = "canary title";

const bookingOf = (world: World): BookingEvent => ({
  bookingId: "booking-1",
  agentId: "agent-1",
  title: TITLE,
  description: null,
  location: null,
  clientName: null,
  clientEmail: "canary@client.example",
  ...inHours(world, 4),
  timeZone: "UTC",
  reminderMinutes: [],
});

/** Every call of an account. All are expected to fail in the same way. */
function callsOf(world: World): Record<string, () => Promise<unknown>> {
  const { account, calendar, provider } = world;
  const address = "https://sync.example.org/api/calendar/webhooks/any";
  return {
    pull: () => sync(world, emptyCache()),
    put: () => account.putBooking(calendar, bookingOf(world), null),
    remove: () => account.removeBooking(calendar, bookingOf(world), null),
    read: () =>
      account.readBooking(calendar, bookingOf(world), { externalId: "canary", etag: null, idVersion: 0 }),
    // Where there is no push, opening fails in its own way and sends no request.
    ...(provider.can.push === "channel" && {
      open: () => account.openChannel(calendar, { channelId: "channel-1", secret: "canary secret", address }),
    }),
  };
}

async function errorOf(world: World, call: () => Promise<unknown>): Promise<ProviderError> {
  const error = await call().then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!(error instanceof ProviderError)) throw new Error(`Not a ProviderError: ${inspect(error)}`);
  const shown = `${inspect(error, { depth: 20 })} ${error.stack} ${JSON.stringify(error)}`;
  for (const secret of [...world.secrets, "canary", world.calendar.calendarId]) {
    expect(shown).not.toContain(secret);
  }
  return error;
}

async function expectEach(world: World, kind: FailureKind, more: object = {}): Promise<void> {
  for (const [name, call] of Object.entries(callsOf(world))) {
    expect(await errorOf(world, call), name).toMatchObject({ kind, ...more });
  }
}

export function refusalContract(contract: Contract): void {
  contract("G10: throttling must be waited out until the instant that the provider names", async (world) => {
    world.stage.throttle(120);
    await expectEach(world, "wait", { retryAt: world.now + 120_000 });
    world.stage.recover();
    expect(await sync(world, emptyCache())).toHaveLength(1);
  });

  contract("G7: a refused access token asks for authorisation", async (world) => {
    world.stage.expireToken();
    await expectEach(world, "reauth");
    expect(await errorOf(world, () => world.account.listCalendars())).toMatchObject({ kind: "reauth" });
  });

  contract("G13: a provider that is down is asked again later", async (world) => {
    world.stage.breakDown();
    await expectEach(world, "retry");
  });

  contract("G40: a broken connection and a cut answer are passing faults", async (world) => {
    world.stage.breakNetwork();
    expect(await errorOf(world, () => sync(world, emptyCache()))).toMatchObject({ kind: "retry" });
    await world.person.create({ title: TITLE, when: inHours(world, 1) });
    world.stage.cutAnswer();
    expect(await errorOf(world, () => sync(world, emptyCache()))).toMatchObject({ kind: "retry" });
    const cache = emptyCache();
    await sync(world, cache);
    expect(cache.rows.size).toBe(1);
  });

  contract("G21: a calendar that can't be written is read and says so when written", async (world) => {
    const calendar = world.readOnlyCalendar;
    await sync(world, emptyCache(), { calendar });
    const write = () => world.account.putBooking(calendar, bookingOf(world), null);
    expect(await errorOf(world, write)).toMatchObject({ kind: "read-only" });
  });

  contract("G17: a calendar that is gone says so, with a cursor and without", async (world) => {
    const cache = emptyCache();
    await sync(world, cache);
    await world.stage.removeCalendar();
    expect(await errorOf(world, () => sync(world, cache))).toMatchObject({ kind: "gone" });
    const { pull: fresh, put, open } = callsOf(world);
    for (const call of [fresh, put, open].filter((call) => call !== undefined)) {
      expect(await errorOf(world, call)).toMatchObject({ kind: "gone" });
    }
  });
  contract("P3, G17: no event counts as removed from a calendar that is gone", async (world) => {
    const known = await world.account.putBooking(world.calendar, bookingOf(world), null);
    await world.stage.removeCalendar();
    for (const last of [known, null]) {
      const remove = () => world.account.removeBooking(world.calendar, bookingOf(world), last);
      expect(await errorOf(world, remove)).toBeInstanceOf(ProviderError);
    }
  });
}
