// Writing to servers as they are: what real ones were seen to do, by a knob of the simulator.
import { describe, expect, it } from "vitest";
import type { BookingEvent, KnownEvent } from "../../../src/providers/booking-event.ts";
import { ProviderError } from "../../../src/providers/error.ts";
import { emptyCache, inHours, seen, sync, type World, windowOf } from "../../contract/world.ts";
import { type CaldavWorld, makeCaldavWorld, providerOf, resourceOf } from "../../contract/worlds/caldav.ts";
import type { Profile } from "../../simulators/caldav.ts";

const ALL = ["icloud", "sabre", "radicale", "minimal"] as const;

const bookingOf = (world: World, changes: Partial<BookingEvent> = {}): BookingEvent => ({
  ...{ bookingId: "booking-1", agentId: "agent-1", title: "Consultation", description: "Bring papers" },
  ...{
    location: null,
    clientName: null,
    clientEmail: null,
    timeZone: "Europe/Lisbon",
    reminderMinutes: [10],
  },
  ...inHours(world, 4),
  ...changes,
});
const put = (world: World, known: KnownEvent | null = null, changes: Partial<BookingEvent> = {}) =>
  world.account.putBooking(world.calendar, bookingOf(world, changes), known);
const remove = (world: World, known: KnownEvent | null) =>
  world.account.removeBooking(world.calendar, bookingOf(world), known);
const verdict = async (run: Promise<unknown>) => {
  const error = await run.catch((caught: unknown) => caught);
  return error instanceof ProviderError ? [error.kind, error.code] : "no refusal";
};
const conditions = (world: CaldavWorld) =>
  world.dav.requests
    .splice(0)
    .filter(({ method }) => method === "PUT")
    .map(({ ifMatch, status }) => [ifMatch, status]);
/** The account, for which something happens before each multiget. */
const beforeMultiget = (world: CaldavWorld, profile: Profile, change: () => void) =>
  providerOf(profile, {
    ...world.deps,
    fetch: (input, init) => {
      if (String(init?.body).includes("calendar-multiget")) change();
      return world.deps.fetch(input, init);
    },
  }).open(world.credentials);

describe.each(ALL)("%s", (profile) => {
  it("C22: a booking dragged to another calendar, where a UID is unique over all of them, gets the next UID", async () => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("uid.unique", true);
    const known = await put(world);
    const other = world.calendarIn("Asia/Tokyo");
    await world.person.take(known.externalId, other);
    const again = await put(world, known, inHours(world, 6));
    expect(again.idVersion).toBe(known.idVersion + 1);
    expect(world.bookings()).toMatchObject([inHours(world, 6)]);
    expect((await put(world, again, inHours(world, 7))).idVersion).toBe(again.idVersion);
  });

  it.each([200, 207] as const)("C41: a write refused inside a %s isn't done", async (status) => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("write.multistatus", status);
    world.dav.knobs.set("cal.readonly", true, { times: 1 });
    expect(await verdict(put(world))).toEqual(["read-only", "need-privileges"]);
    const known = await put(world);
    expect(world.bookings()).toHaveLength(1);
    world.dav.knobs.set("cal.readonly", true, { times: 1 });
    expect(await verdict(remove(world, known))).toEqual(["read-only", "need-privileges"]);
    expect(world.bookings()).toHaveLength(1);
    await remove(world, known);
    expect(world.bookings()).toEqual([]);
    await remove(world, known);
  });

  it("C41: a UID taken inside a 207 leads to the event that has it", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.knobs.set("write.multistatus", 207);
    world.dav.knobs.set("uid.query", "none", { times: 1 });
    expect(await put(world, null, inHours(world, 5))).toMatchObject({ externalId: known.externalId });
    expect(world.bookings()).toMatchObject([inHours(world, 5)]);
  });

  it("C41: a UID taken inside a 207 whose reason stands beside its propstat leads to the event that has it", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.knobs.set("write.multistatus", "outer");
    world.dav.knobs.set("uid.query", "none", { times: 1 });
    expect(await put(world, null, inHours(world, 5))).toMatchObject({ externalId: known.externalId });
    expect(world.bookings()).toMatchObject([inHours(world, 5)]);
  });

  it("C41: a 207 that doesn't say what became of a write isn't believed", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.knobs.set("write.multistatus", "silent");
    world.dav.knobs.set("cal.readonly", true, { times: 2 });
    expect(await verdict(put(world, known, inHours(world, 5)))).toEqual(["retry", "unparsable_answer"]);
    expect(await verdict(remove(world, known))).toEqual(["retry", "unparsable_answer"]);
    expect(world.bookings()).toMatchObject([inHours(world, 4)]);
  });

  it("C31: a 201 with a page is done, as at Apache's own DAV", async () => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("put.page", true);
    expect((await put(world)).etag).toBe(world.dav.events(world.path)[0]?.etag);
  });

  it("C52: an event to which the server gave another UID stays the booking's, with what the agent added", async () => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("put.newUid", true);
    world.dav.knobs.set("net.reset", "after", { operation: "put", times: 1 });
    expect((await verdict(put(world)))[0]).toBe("retry");
    const known = await put(world);
    const added = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bo@example.com";
    world.dav.editEvent(world.path, known.externalId, (text) =>
      text.replace("BEGIN:VALARM", `${added}\r\nBEGIN:VALARM`),
    );
    for (const hours of [5, 6]) await put(world, known, inHours(world, hours));
    expect(world.bookings()).toMatchObject([{ ...inHours(world, 6), guests: 1 }]);
    world.dav.requests.length = 0;
    await put(world, known, inHours(world, 6));
    expect(conditions(world)).toEqual([]);
    await remove(world, known);
    expect(world.bookings()).toEqual([]);
  });

  it("C42: one object that is missing doesn't cost a whole multiget", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.knobs.set("multiget.whole", true);
    const read = () => world.account.readBooking(world.calendar, bookingOf(world), known);
    expect(await read()).toMatchObject(inHours(world, 4));
    await world.person.remove(known.externalId);
    expect(await read()).toBeNull();
    await remove(world, known);
    world.dav.removeCalendar(world.path);
    expect((await verdict(read()))[0]).toBe("gone");
  });

  it("C42: an object that goes before it is fetched doesn't cost a pull the others", async () => {
    const world = await makeCaldavWorld(profile);
    const gone = await world.person.create({ title: "canary", when: inHours(world, 1) });
    await world.person.create({ title: "canary", when: inHours(world, 3) });
    world.dav.knobs.set("multiget.whole", true);
    const account = beforeMultiget(world, profile, () => world.dav.deleteEvent(world.path, gone));
    const cache = emptyCache();
    await sync({ ...world, account }, cache);
    expect(seen(cache)).toMatchObject([inHours(world, 3)]);
  });

  it.each([false, true])(
    "C42, P2: a calendar that goes before its objects are fetched frees nothing (leaving failing ones: %s)",
    async (leavesFailing) => {
      const world = await makeCaldavWorld(profile);
      await world.person.create({ title: "canary", when: inHours(world, 1) });
      const account = beforeMultiget(world, profile, () => world.dav.removeCalendar(world.path));
      const manner = { way: "changes", leavesFailing } as const;
      const pages = account.pull(world.calendar, null, windowOf(world), manner)[Symbol.asyncIterator]();
      expect((await verdict(pages.next()))[0]).toBe("gone");
    },
  );

  it.skipIf(profile === "icloud")(
    "C43: an event isn't doubled where a UID may be there twice, or the server names objects itself",
    async () => {
      for (const [knob, value] of [
        ["uid.twice", true],
        ["put.renames", "silently"],
      ] as const) {
        const world = await makeCaldavWorld(profile);
        world.dav.knobs.set(knob, value);
        const known = await put(world);
        if (knob === "uid.twice") await world.person.rename(known.externalId);
        for (const hours of [5, 6, 7]) await put(world, null, inHours(world, hours));
        for (const hours of [8, 9]) await put(world, known, inHours(world, hours));
        expect(world.bookings(), knob).toMatchObject([inHours(world, 9)]);
        await remove(world, known);
        expect(world.bookings(), knob).toEqual([]);
      }
    },
  );

  it.skipIf(profile === "icloud").each([403, 404, 500, "cut"] as const)(
    "C43: at a server that names objects itself and can't search, an event is found among all objects: %s",
    async (how) => {
      const world = await makeCaldavWorld(profile);
      world.dav.knobs.set("put.renames", "silently");
      world.dav.knobs.set("uid.query", how);
      await put(world);
      const known = await put(world, null, inHours(world, 5));
      for (const hours of [6, 7]) await put(world, known, inHours(world, hours));
      const read = await world.account.readBooking(world.calendar, bookingOf(world), known);
      expect(read).toMatchObject(inHours(world, 7));
      expect(world.bookings()).toMatchObject([inHours(world, 7)]);
      await remove(world, known);
      expect(world.bookings()).toEqual([]);
    },
  );

  it("C43: an event that the server stored under the name in Location is known there, also where nothing can be searched", async () => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("put.renames", "Location");
    world.dav.knobs.set("uid.query", 403);
    const known = await put(world);
    expect(world.bookings()).toMatchObject([{ eventId: known.externalId }]);
    for (const hours of [6, 7]) await put(world, known, inHours(world, hours));
    expect(world.bookings()).toMatchObject([inHours(world, 7)]);
    await remove(world, known);
    expect(world.bookings()).toEqual([]);
  });

  it.skipIf(profile === "icloud")(
    "C22: an event made under a later UID by a write without an answer is found, when the first UID is free again",
    async () => {
      const world = await makeCaldavWorld(profile);
      world.dav.knobs.set("uid.conflict", 403, { times: 1 });
      const lost = await put(world);
      expect(lost.idVersion).toBe(1);
      expect(await put(world, null, inHours(world, 6))).toMatchObject({ idVersion: 1 });
      expect(world.bookings()).toMatchObject([inHours(world, 6)]);
    },
  );

  it("C41: a full quota inside a 207 parks the booking", async () => {
    const world = await makeCaldavWorld(profile);
    world.dav.knobs.set("write.multistatus", 207);
    world.dav.knobs.set("put.507", 507);
    expect((await verdict(put(world)))[0]).toBe("pause");
    expect(world.bookings()).toEqual([]);
  });

  it.each([400, 403, 404, 405, 410, 415] as const)(
    "C44: a PUT into a calendar that is gone is `gone`, also as %s",
    async (status) => {
      const world = await makeCaldavWorld(profile);
      const known = await put(world);
      world.dav.knobs.set("put.noCalendar", status);
      world.dav.removeCalendar(world.path);
      expect((await verdict(put(world)))[0]).toBe("gone");
      expect((await verdict(put(world, known, inHours(world, 5))))[0]).toBe("gone");
      expect((await verdict(remove(world, known)))[0]).toBe("gone");
    },
  );

  it("C45: an update whose condition is refused twice, though nobody changed anything, is written without one", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.knobs.set("put.ifMatch", true);
    world.dav.requests.length = 0;
    await put(world, known, inHours(world, 6));
    expect(world.bookings()).toMatchObject([inHours(world, 6)]);
    expect(conditions(world)).toEqual([
      [known.etag, 412],
      [known.etag, 412],
      [null, 204],
    ]);
  });

  it("C45: an update keeps its condition where somebody changed the event", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.knobs.set("event.touch", true);
    world.dav.requests.length = 0;
    expect((await verdict(put(world, known, inHours(world, 6))))[0]).toBe("reread");
    expect(conditions(world).every(([ifMatch]) => ifMatch !== null)).toBe(true);
  });

  it("C36: an etag is sent as it came, also without quotes", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.knobs.set("etag.bare", true);
    world.dav.requests.length = 0;
    await put(world, known, inHours(world, 6));
    expect(conditions(world)).toEqual([[known.etag?.replaceAll('"', ""), 204]]);
  });

  it("an update never takes the SEQUENCE back, which guests and some servers compare", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    world.dav.editEvent(world.path, known.externalId, (text) =>
      text.replace(/^SEQUENCE:.*$/m, "SEQUENCE:2000000000"),
    );
    await put(world, known, inHours(world, 6));
    expect(world.dav.event(world.path, known.externalId)?.text).toContain("SEQUENCE:2000000001\r\n");
  });

  it("an update keeps what the agent added to the event", async () => {
    const world = await makeCaldavWorld(profile);
    const known = await put(world);
    const added = [
      ...["ORGANIZER:mailto:ana@example.com", "ATTENDEE;PARTSTAT=ACCEPTED;X-A=1:mailto:bo@example.com"],
      ...["CATEGORIES:VIP", "COMMENT:Ring twice", "X-THEIRS;Y=1:z"],
    ];
    world.dav.editEvent(world.path, known.externalId, (text) =>
      text.replace("BEGIN:VALARM", `${added.map((line) => `${line}\r\n`).join("")}BEGIN:VALARM`),
    );
    await put(world, known, { title: "Second consultation", ...inHours(world, 6) });
    const text = world.dav.event(world.path, known.externalId)?.text ?? "";
    for (const line of added) expect(text).toContain(line);
    expect(world.bookings()).toMatchObject([
      { title: "Second consultation", ...inHours(world, 6), guests: 1 },
    ]);
  });
});

it("C22: a foreign event with our name in another calendar is left alone", async () => {
  const world = await makeCaldavWorld("sabre");
  const known = await put(world);
  const lines = ["DTSTART:20260302T090000Z", "DTEND:20260302T100000Z", "SUMMARY:canary"];
  world.dav.putEvent(world.path, resourceOf("somebody-elses", lines), "theirs.ics");
  await remove(world, known);
  expect(world.dav.events(world.path)).toHaveLength(1);
});
