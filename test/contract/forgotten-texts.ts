// The contract of writing a booking whose texts were forgotten: its event keeps the texts that it has.
import { expect } from "vitest";
import { NEUTRAL_TEXTS } from "../../src/domain/booking.ts";
import type { BookingEvent, KnownEvent } from "../../src/providers/booking-event.ts";
import type { Contract } from "./provider.ts";
import { inHours, type World } from "./world.ts";

const TEXTS = {
  title: "Consultation",
  description: "Bring the papers.",
  location: "Rua Augusta 1",
  clientName: "Bo Client",
  clientEmail: "bo@client.example",
};

const bookingOf = (world: World, changes: Partial<BookingEvent> = {}): BookingEvent => ({
  ...{ bookingId: "booking-1", agentId: "agent-1", ...TEXTS, ...inHours(world, 4) },
  ...{ timeZone: "Europe/Lisbon", reminderMinutes: [10] },
  ...changes,
});

const forgotten = (world: World, changes: Partial<BookingEvent> = {}) =>
  bookingOf(world, { ...NEUTRAL_TEXTS, keepsTexts: true, ...changes });

/** As the engine does: an event whose texts are to be kept is read before it is written. */
const put = (world: World, booking: BookingEvent, known: KnownEvent | null = null) =>
  world.account.putBooking(
    world.calendar,
    booking,
    known && booking.keepsTexts === true ? { ...known, etag: null } : known,
  );

export function forgottenTextsContract(contract: Contract): void {
  contract("an event is moved and reminded of anew, and keeps its texts", async (world) => {
    const first = await put(world, bookingOf(world));
    const [before] = await world.bookings();
    const moved = forgotten(world, { ...inHours(world, 9), reminderMinutes: [30] });
    const second = await put(world, moved, first);
    expect(second.externalId).toBe(first.externalId);
    const { title, description, location } = before ?? {};
    expect(description).toContain("bo@client.example");
    expect(await world.bookings()).toMatchObject([
      { title, description, location, ...inHours(world, 9), reminderMinutes: [30] },
    ]);
  });

  contract("an event that nobody remembers is found, and keeps its texts", async (world) => {
    await put(world, bookingOf(world));
    const [before] = await world.bookings();
    await put(world, forgotten(world, inHours(world, 9)));
    expect(await world.bookings()).toEqual([{ ...before, ...inHours(world, 9) }]);
  });

  contract("L33: an event that stands as it should is left alone", async (world) => {
    const first = await put(world, bookingOf(world));
    expect((await put(world, forgotten(world), first)).externalId).toBe(first.externalId);
    const [before] = await world.bookings();
    await put(world, forgotten(world), first);
    expect(await world.bookings()).toEqual([before]);
  });

  contract("an event with few texts gets none", async (world) => {
    const bare = { description: null, location: null, clientName: null, clientEmail: null };
    const first = await put(world, bookingOf(world, bare));
    await put(world, forgotten(world, inHours(world, 9)), first);
    expect(await world.bookings()).toMatchObject([
      { title: "Consultation", description: "", location: "", ...inHours(world, 9) },
    ]);
  });

  contract("an event that isn't there is made with a neutral title", async (world) => {
    await put(world, forgotten(world));
    expect(await world.bookings()).toMatchObject([{ title: "Booking", description: "", location: "" }]);
  });

  contract("texts that the booking gets again replace those of before", async (world) => {
    const first = await put(world, bookingOf(world));
    const second = await put(world, forgotten(world, inHours(world, 9)), first);
    const fresh = { ...NEUTRAL_TEXTS, title: "Again", description: "New words", location: "Elsewhere" };
    await put(world, bookingOf(world, { ...fresh, ...inHours(world, 9) }), second);
    const [event, ...more] = await world.bookings();
    expect(more).toEqual([]);
    expect(event).toMatchObject({ title: "Again", location: "Elsewhere" });
    expect(event?.description).toContain("New words");
    expect(event?.description).not.toContain("bo@client.example");
  });
}
