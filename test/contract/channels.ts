// The contract of push: channels, and the notifications they bring.
import { expect } from "vitest";
import type { Contract } from "./provider.ts";
import { inHours, type World } from "./world.ts";

const request = (channelId: string) => ({
  channelId,
  secret: `secret-of-${channelId}`,
  address: "https://sync.example.org/api/calendar/webhooks/google",
});

const readAll = async (world: World) =>
  (await world.notifications()).map((sent) => world.provider.readNotification(sent));

export function channelContract(contract: Contract): void {
  contract("an open channel notifies of changes with its key and its secret", async (world) => {
    const channel = await world.account.openChannel(world.calendar, request("channel-1"));
    expect(channel.expiresAt).toBeGreaterThan(world.now);
    await readAll(world);
    await world.person.create({ title: "canary title", when: inHours(world, 1) });
    const readings = await readAll(world);
    expect(readings).toMatchObject([
      {
        kind: "notifications",
        notifications: [
          {
            notificationKey: channel.notificationKey,
            secret: "secret-of-channel-1",
            resourceId: channel.resourceId,
            meaning: "changed",
          },
        ],
      },
    ]);
  });

  contract("L13: two channels may watch one calendar, so that none lapses unreplaced", async (world) => {
    const first = await world.account.openChannel(world.calendar, request("channel-1"));
    await world.account.openChannel(world.calendar, request("channel-2"));
    await world.account.closeChannel(first);
    await readAll(world);
    await world.person.create({ title: "canary title", when: inHours(world, 1) });
    const keys = (await readAll(world)).flatMap((reading) =>
      reading.kind === "notifications" ? reading.notifications.map((one) => one.notificationKey) : [],
    );
    expect(keys).toHaveLength(1);
    expect(keys).not.toContain(first.notificationKey);
  });

  contract("a channel is renewed in place where that is declared, unless it is gone", async (world) => {
    const channel = await world.account.openChannel(world.calendar, request("channel-1"));
    if (world.provider.can.push === "subscription") {
      const renewed = await world.account.renewChannel(channel);
      expect(renewed).toMatchObject({
        notificationKey: channel.notificationKey,
        resourceId: channel.resourceId,
      });
      expect(renewed.expiresAt).toBeGreaterThanOrEqual(channel.expiresAt);
      await world.account.closeChannel(channel);
    }
    await expect(world.account.renewChannel(channel)).rejects.toMatchObject({ kind: "recreate-channel" });
  });

  contract("G32: closing twice, or closing a channel that was never opened, succeeds", async (world) => {
    const channel = await world.account.openChannel(world.calendar, request("channel-1"));
    await world.account.closeChannel(channel);
    await world.account.closeChannel(channel);
    await world.account.closeChannel({ notificationKey: "never", resourceId: "never" });
    await world.account.closeChannel({ notificationKey: "never", resourceId: null });
  });

  contract("L16: a calendar that can't be watched says so for good", async (world) => {
    await expect(
      world.account.openChannel(world.unwatchableCalendar, request("channel-1")),
    ).rejects.toMatchObject({ kind: "unsupported" });
  });

  contract("a request that is no notification is malformed", async (world) => {
    const url = new URL("https://sync.example.org/api/calendar/webhooks/any");
    const reading = world.provider.readNotification({ url, headers: new Headers(), body: "" });
    expect(reading.kind).toBe("malformed");
  });
}
