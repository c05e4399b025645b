// Google's channels and notifications, on the simulator (`docs/providers/google.md` A.8, A.9, D.1).
import { expect, test } from "vitest";
import { DAY, inHours } from "../../contract/world.ts";
import { NOW } from "../../contract/worlds/consent.ts";
import { makeGoogleWorld } from "../../contract/worlds/google.ts";

const channel = (channelId: string) => ({
  channelId,
  secret: "channel-secret",
  address: "https://sync.example.org/api/calendar/webhooks/google",
});

test("G28: a channel id that is taken is tried again, under another id", async () => {
  const world = await makeGoogleWorld();
  await world.account.openChannel(world.calendar, channel("channel-1"));
  await expect(world.account.openChannel(world.calendar, channel("channel-1"))).rejects.toMatchObject({
    kind: "retry",
    code: "channelIdNotUnique",
  });
  await world.account.openChannel(world.calendar, channel("channel-2"));
});

test.each(["unauthorized", "notHttps"] as const)(
  "G29: an address Google won't call (%s) is the operator's to mend",
  async (why) => {
    const world = await makeGoogleWorld();
    world.google.knobs.set("watch.badUrl", why);
    await expect(world.account.openChannel(world.calendar, channel("channel-1"))).rejects.toMatchObject({
      kind: "operator",
    });
  },
);

test("G30: a lost answer leaves an orphan, and a new channel opens beside it", async () => {
  const world = await makeGoogleWorld();
  world.google.knobs.set("watch.dropAnswer", true, { times: 1 });
  await expect(world.account.openChannel(world.calendar, channel("channel-1"))).rejects.toMatchObject({
    kind: "retry",
  });
  await world.account.closeChannel({ notificationKey: "channel-1", resourceId: null });
  await world.account.openChannel(world.calendar, channel("channel-2"));
  expect(world.google.channels()).toHaveLength(2);
});

test("G31: a channel ends when Google says", async () => {
  const world = await makeGoogleWorld();
  const asked = await world.account.openChannel(world.calendar, channel("channel-1"));
  expect(asked.expiresAt).toBe(NOW + 7 * DAY);
  world.google.knobs.set("watch.maxTtl", 3600);
  const granted = await world.account.openChannel(world.calendar, channel("channel-2"));
  expect(granted.expiresAt).toBe(NOW + 3_600_000);
});

test("a channel outlives the grant, nobody can stop it, and closing it succeeds", async () => {
  const world = await makeGoogleWorld();
  const opened = await world.account.openChannel(world.calendar, channel("channel-1"));
  await world.provider.oauth.revoke(world.credentials);
  await world.account.closeChannel(opened);
});

test("G33, G34: an orphan's and a forged notification are read like any other, and the caller decides", async () => {
  const world = await makeGoogleWorld();
  await world.account.openChannel(world.calendar, channel("channel-1"));
  await world.notifications();
  world.google.knobs.set("push.orphan", true);
  world.google.knobs.set("push.badToken", true);
  await world.person.create({ title: "x", when: inHours(world, 1) });
  const read = (await world.notifications()).map((sent) => world.provider.readNotification(sent));
  expect(read).toHaveLength(3);
  expect(read.every((reading) => reading.kind === "notifications")).toBe(true);
});

test("G35: the first message says that the channel opened, even before the answer", async () => {
  const world = await makeGoogleWorld();
  world.google.knobs.set("push.syncFirst", true);
  await world.account.openChannel(world.calendar, channel("channel-1"));
  const [first] = await world.notifications();
  expect(first && world.provider.readNotification(first)).toMatchObject({
    notifications: [{ notificationKey: "channel-1", secret: "channel-secret", meaning: "opened" }],
  });
});

test("L17: any state but the first means a change, whatever the body", async () => {
  const { provider } = await makeGoogleWorld();
  for (const state of ["exists", "not_exists", "something-new", ""]) {
    const headers = new Headers({
      "x-goog-channel-id": "channel-1",
      "x-goog-channel-token": "secret",
      "x-goog-resource-state": state,
    });
    const request = { url: new URL("https://sync.example.org/hook"), headers, body: "{nonsense" };
    expect(provider.readNotification(request)).toMatchObject({ notifications: [{ meaning: "changed" }] });
  }
});

test("a notification without channel or secret is malformed", async () => {
  const { provider } = await makeGoogleWorld();
  const url = new URL("https://sync.example.org/hook");
  const read = (headers: Record<string, string>) =>
    provider.readNotification({ url, headers: new Headers(headers), body: "" });
  expect(read({ "x-goog-channel-token": "secret" })).toMatchObject({ reason: "channel_id_missing" });
  expect(read({ "x-goog-channel-id": "channel-1" })).toMatchObject({ reason: "channel_token_missing" });
});
