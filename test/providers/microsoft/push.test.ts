// Graph's subscriptions and what they bring, on the simulator (`docs/providers/microsoft.md` B.7, D.2).
import { describe, expect, test } from "vitest";
import { MINUTE_MS } from "../../../src/domain/instant.ts";
import { inHours } from "../../contract/world.ts";
import { NOW } from "../../contract/worlds/consent.ts";
import { type MicrosoftWorld, makeMicrosoftWorld } from "../../contract/worlds/microsoft.ts";

const ADDRESS = "https://sync.example.org/api/calendar/webhooks/microsoft";
const channel = (channelId: string) => ({ channelId, secret: `secret-of-${channelId}`, address: ADDRESS });
const open = (world: MicrosoftWorld, channelId = "channel-1") =>
  world.account.openChannel(world.calendar, channel(channelId));
const create = (world: MicrosoftWorld) => world.person.create({ title: "x", when: inHours(world, 1) });
const readAll = async (world: MicrosoftWorld) =>
  (await world.notifications()).map((sent) => world.provider.readNotification(sent));
const asked = (world: MicrosoftWorld, operation: string) =>
  world.microsoft.requests.filter((request) => request.operation === operation);

describe("opening", () => {
  test("names one address for changes and lifecycle, and a life within Graph's limit", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const opened = await open(world);
    expect(world.microsoft.subscriptions()).toMatchObject([
      {
        id: opened.notificationKey,
        calendarId: world.calendar.calendarId,
        notificationUrl: ADDRESS,
        lifecycleNotificationUrl: ADDRESS,
        clientState: "secret-of-channel-1",
        changeTypes: ["created", "updated", "deleted"],
        immutableIds: true,
        expiresAt: NOW + 10_000 * MINUTE_MS,
      },
    ]);
    expect(opened).toMatchObject({ resourceId: null, expiresAt: NOW + 10_000 * MINUTE_MS });
    expect(world.microsoft.deliveries.filter(({ kind }) => kind === "validation")).toHaveLength(2);
  });

  test("M33: an address that doesn't answer the handshake is tried again later", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    world.microsoft.knobs.set("sub.validationFail", true, { times: 1 });
    await expect(open(world)).rejects.toMatchObject({ kind: "retry", code: "ValidationError" });
    await open(world);
  });

  test.each([10_069, 4_230, 1_440, 50])("M34: a life of at most %i minutes is enough", async (minutes) => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    world.microsoft.knobs.set("sub.maxMinutes", minutes);
    const opened = await open(world);
    expect(opened.expiresAt).toBeLessThanOrEqual(NOW + minutes * MINUTE_MS);
    expect(opened.expiresAt).toBeGreaterThanOrEqual(NOW + 45 * MINUTE_MS);
    const renewed = await world.account.renewChannel(opened);
    expect(renewed.expiresAt).toBeLessThanOrEqual(NOW + minutes * MINUTE_MS);
  });

  test("a calendar that Graph doesn't take as a resource can't be watched", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    world.microsoft.knobs.set("sub.noCalendarResource", true);
    await expect(open(world)).rejects.toMatchObject({ kind: "unsupported", status: 400 });
  });

  test("M35: an existing subscription makes way, even when its answer was lost", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const other = await world.account.openChannel(world.calendarIn("UTC"), channel("other"));
    world.microsoft.knobs.set("net.reset", "after", { times: 1, operation: "subscriptions.create" });
    await expect(open(world)).rejects.toMatchObject({ kind: "retry" });
    const second = await open(world, "channel-2");
    const third = await open(world, "channel-3");
    expect(world.microsoft.subscriptions().map(({ id }) => id)).toEqual([
      other.notificationKey,
      third.notificationKey,
    ]);
    await expect(world.account.renewChannel(second)).rejects.toMatchObject({ kind: "recreate-channel" });
  });

  test("M35: the existing subscription is found among many", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    for (let index = 0; index < 12; index++) {
      await world.account.openChannel(world.calendarIn("UTC"), channel(`other-${index}`));
    }
    await open(world);
    const again = await open(world, "channel-2");
    expect(world.microsoft.subscriptions()).toHaveLength(13);
    expect(world.microsoft.subscriptions().at(-1)?.id).toBe(again.notificationKey);
  });

  test("M36: a mailbox with too many subscriptions is tried again in hours", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    world.microsoft.knobs.set("sub.cap", true);
    await expect(open(world)).rejects.toMatchObject({ kind: "pause", status: 403 });
  });

  test("L16: a calendar that somebody else shares can't be watched", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const shared = world.account.openChannel(world.unwatchableCalendar, channel("channel-1"));
    await expect(shared).rejects.toMatchObject({ kind: "unsupported", status: 403 });
  });

  test("a calendar that is gone says so", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    world.microsoft.knobs.set("cal.gone", true);
    await expect(open(world)).rejects.toMatchObject({ kind: "gone" });
  });
});

describe("renewing", () => {
  test("prolongs in place", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const opened = await open(world);
    world.microsoft.expireSubscription(opened.notificationKey, NOW + MINUTE_MS);
    const renewed = await world.account.renewChannel(opened);
    expect(renewed).toEqual(opened);
    expect(asked(world, "subscriptions.create")).toHaveLength(1);
  });

  test("M37: a subscription that vanished must be opened again", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const opened = await open(world);
    world.microsoft.knobs.set("sub.vanish", true);
    await expect(world.account.renewChannel(opened)).rejects.toMatchObject({ kind: "recreate-channel" });
  });

  test("M38: a refused token asks for authorisation", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const opened = await open(world);
    world.stage.expireToken();
    await expect(world.account.renewChannel(opened)).rejects.toMatchObject({ kind: "reauth", status: 401 });
  });
});

describe("closing", () => {
  test.each(["removeAccess", "revokeSessions"] as const)("succeeds when %s ended it already", async (end) => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const opened = await open(world);
    world.microsoft[end](world.email);
    await world.account.closeChannel(opened);
    expect(world.microsoft.subscriptions()).toEqual([]);
  });

  test("is tried again when Graph can't answer now", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const opened = await open(world);
    world.stage.breakDown();
    await expect(world.account.closeChannel(opened)).rejects.toMatchObject({ kind: "retry" });
  });
});

describe("notifications", () => {
  test("M40: an orphan's, a forged one and one without its secret are read, and the caller decides", async () => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    const { notificationKey } = await open(world);
    for (const knob of ["push.orphan", "push.badState", "push.noState"] as const) {
      world.microsoft.knobs.set(knob, true);
    }
    await create(world);
    const read = (await readAll(world)).flatMap((reading) =>
      reading.kind === "notifications" ? reading.notifications : [],
    );
    expect(read.map(({ notificationKey: key, secret }) => [key === notificationKey, secret])).toEqual([
      [false, "secret-of-channel-1"],
      [true, "forged"],
      [true, ""],
    ]);
  });

  test("M41: those of several subscriptions in one body are separated", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const other = world.calendarIn("UTC");
    const first = await open(world);
    const second = await world.account.openChannel(other, channel("channel-2"));
    await create(world);
    await world.person.create({ title: "x", when: inHours(world, 2) }, other);
    expect(await readAll(world)).toMatchObject([
      {
        notifications: [
          { notificationKey: first.notificationKey, secret: "secret-of-channel-1" },
          { notificationKey: second.notificationKey, secret: "secret-of-channel-2" },
        ],
      },
    ]);
  });

  test.each([
    ["M42", "reauthorizationRequired", "renew"],
    ["M43", "subscriptionRemoved", "removed"],
    ["M44", "missed", "lost"],
  ] as const)("%s: %s is read with its meaning", async (_, event, meaning) => {
    const world = await makeMicrosoftWorld("OFFICE365");
    const { notificationKey } = await open(world);
    world.microsoft.sendLifecycle(notificationKey, event);
    expect(await readAll(world)).toEqual([
      {
        kind: "notifications",
        notifications: [{ notificationKey, secret: "secret-of-channel-1", resourceId: null, meaning }],
      },
    ]);
  });

  test("M42: a renewal with a fresh token makes a silenced subscription notify again", async () => {
    const world = await makeMicrosoftWorld("OFFICE365");
    world.microsoft.knobs.set("sub.boundToken", true);
    const opened = await open(world);
    await world.account.renewChannel(opened);
    await create(world);
    expect(await readAll(world)).toMatchObject([{ notifications: [{ meaning: "changed" }] }]);
  });

  test.each(["json", "shape", "empty"] as const)("M45: garbage (%s) is malformed", async (garbage) => {
    const world = await makeMicrosoftWorld("OUTLOOK");
    await open(world);
    world.microsoft.knobs.set("push.garbage", garbage);
    await create(world);
    expect((await readAll(world)).map(({ kind }) => kind).sort()).toEqual(["malformed", "notifications"]);
  });
});
