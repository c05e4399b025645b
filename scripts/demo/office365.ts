// Demo, fourth part: the same agent connects Office 365 beside Google. Both calendars block, and both receive bookings.
import { codeOf, connectOffice365 } from "../local/client.ts";
import { waitFor } from "../local/process.ts";
import { untilSwept } from "./faults.ts";
import { lifeSteps } from "./life.ts";
import { startOf } from "./microsoft.ts";
import { halfHour, type Scene } from "./scene.ts";
import { duration, expect, median, type Timeline } from "./timeline.ts";
import { PATIENCE_MS, within } from "./work.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const EVENTS = 500;
const OFFICE365 = "OFFICE365";

const days = (ms: number): string => `${(ms / DAY_MS).toFixed(1)} days`;

/** On the quiet day, for as long as Office 365 is connected: a time that only this calendar knows to be busy. */
const onlyInOutlook = (scene: Scene) => halfHour(scene, 16);

/** Connect, meetings in either calendar, a booking in both, Graph's own troubles, and leaving. */
export async function office365Steps(scene: Scene, timeline: Timeline): Promise<void> {
  await connectSteps(scene, timeline);
  await eitherSteps(scene, timeline);
  await bothSteps(scene, timeline);
  await lifeSteps(scene, timeline);
  await timeline.step("reauthorizationRequired renews the subscription in place", () => reauthorised(scene));
  await timeline.step("The delta token expires: never falsely free meanwhile", () => expiredToken(scene));
  await timeline.step("Disconnecting Office 365 deletes its subscription", () => leaving(scene));
}

async function connectSteps(scene: Scene, timeline: Timeline): Promise<void> {
  const { maraplace, microsoft, quietDay, today } = scene;

  await timeline.step(`Office 365 has a calendar of ${EVENTS} events`, async () => {
    await microsoft.generate({
      count: EVENTS,
      from: today,
      to: today + 365 * DAY_MS,
      timeZone: "Europe/Berlin",
      keepFree: [quietDay],
    });
    return "recurring, moved, cancelled, all-day, declined, several zones";
  });

  await timeline.step("Connect Office 365 too, through its consent page", async () => {
    const { connectionIds } = await connectOffice365({ ...scene, email: scene.workEmail });
    expect(connectionIds.length === 1, `Connected ${connectionIds.length} calendars instead of one.`);
    return "PKCE, state cookie, account picked; Google stays connected";
  });

  await timeline.step("First sync of the Office 365 calendar", async () => {
    const isRead = (lastSyncAt: string | null) => lastSyncAt !== null;
    await maraplace.connection(
      "the first sync",
      30_000,
      ({ provider, lastSyncAt }) => provider === OFFICE365 && isRead(lastSyncAt),
    );
    const pages = (await microsoft.requests("calendarView.delta")).length;
    const answer = await maraplace.availability(halfHour(scene, 9));
    expect(answer.available && answer.complete, `The answer was ${answer.reason}.`);
    return `${pages} requests; both calendars behind a complete answer`;
  });

  await timeline.step("Microsoft tells of changes from now on", async () => {
    await maraplace.connection(
      "the subscription",
      10_000,
      ({ provider, push }) => provider === OFFICE365 && push === "active",
    );
    const [subscription, ...others] = await microsoft.subscriptions();
    expect(subscription !== undefined && others.length === 0, "Microsoft has not one subscription.");
    return `address proved, subscription granted for ${days(subscription.expiresAt - Date.now())}`;
  });
}

/** The provider that the only conflict comes from. */
async function blockedBy(scene: Scene, hour: number): Promise<string> {
  const { conflicts } = await scene.maraplace.availability(halfHour(scene, hour));
  expect(conflicts.length === 1, `The answer names ${conflicts.length} conflicts.`);
  return conflicts[0]?.provider ?? "";
}

async function eitherSteps(scene: Scene, timeline: Timeline): Promise<void> {
  const { google, maraplace, microsoft } = scene;
  const [morning, evening] = [halfHour(scene, 9), halfHour(scene, 19)];
  let eventId = "";

  await timeline.step("A meeting in Outlook flips the answer", async () => {
    eventId = (await microsoft.add("Board", morning)).id;
    const seen = within("It", await maraplace.flips(morning, false, PATIENCE_MS));
    const provider = await blockedBy(scene, 9);
    expect(provider === OFFICE365, `The conflict comes from ${provider}.`);
    return `${seen}, conflict from ${provider}`;
  });

  await timeline.step("The meeting moved in Outlook flips both times", async () => {
    await microsoft.move(eventId, evening);
    const [freed, taken] = await Promise.all([
      maraplace.flips(morning, true, PATIENCE_MS),
      maraplace.flips(evening, false, PATIENCE_MS),
    ]);
    return within("It", Math.max(freed, taken));
  });

  await timeline.step("The meeting deleted in Outlook frees its time", async () => {
    await microsoft.remove(eventId);
    return within("It", await maraplace.flips(evening, true, PATIENCE_MS));
  });

  await timeline.step("A meeting in either calendar blocks its slot", async () => {
    const [inGoogle, inOutlook] = [halfHour(scene, 17), onlyInOutlook(scene)];
    await google.add("School play", inGoogle);
    await microsoft.add("Review", inOutlook);
    await maraplace.flips(inGoogle, false, PATIENCE_MS);
    await maraplace.flips(inOutlook, false, PATIENCE_MS);
    const providers = [await blockedBy(scene, 17), await blockedBy(scene, 16)];
    expect(providers.join() === `GOOGLE,${OFFICE365}`, `The conflicts come from ${providers.join(", ")}.`);
    const refused = await maraplace.book("booking-blocked", inOutlook);
    expect(refused.status === 409, `A booking there was answered ${refused.status}.`);
    return `conflicts from ${providers.join(" and ")}; a booking there: 409 ${codeOf(refused)}`;
  });
}

/** Where the booking is: how often each calendar shows it. */
async function shown(scene: Scene, hour: number, bookingId: string): Promise<string> {
  const { google, microsoft } = scene;
  const [slot, title] = [halfHour(scene, hour), `Consultation ${bookingId}`];
  const inGoogle = (await google.events(slot)).filter(({ summary }) => summary === title);
  const inOutlook = (await microsoft.events(slot)).filter(({ subject }) => subject === title);
  expect(
    inOutlook.every((event) => startOf(event) === slot.start),
    "Outlook shows it at another time.",
  );
  const mails = await microsoft.mails();
  expect(inGoogle.length === 1, `Google shows it ${inGoogle.length} times.`);
  expect(inOutlook.length === 1, `Outlook shows it ${inOutlook.length} times.`);
  expect(mails === 0, `Microsoft sent ${mails} mails.`);
  return "one event in each, no mail sent";
}

async function bothSteps(scene: Scene, timeline: Timeline): Promise<void> {
  const { maraplace } = scene;

  await timeline.step("A booking appears in both calendars", async () => {
    const answer = await maraplace.book("booking-both", halfHour(scene, 9));
    expect(answer.status === 201, `The answer was ${answer.status} ${codeOf(answer)}.`);
    const { results } = maraplace.readBooking(answer);
    const synced = results.filter(({ status }) => status === "synced").map(({ provider }) => provider);
    expect(synced.sort().join() === `GOOGLE,${OFFICE365}`, `Only ${synced.join()} had it in time.`);
    return shown(scene, 9, "booking-both");
  });

  await timeline.step("The same booking again changes neither", async () => {
    const answer = await maraplace.book("booking-both", halfHour(scene, 9));
    expect(answer.status === 200, `The answer was ${answer.status} ${codeOf(answer)}.`);
    return `200, ${await shown(scene, 9, "booking-both")}`;
  });
}

/** Microsoft cuts the subscription short and says so: one request gives it its full life again. */
async function reauthorised(scene: Scene): Promise<string> {
  const { microsoft } = scene;
  const [before] = await microsoft.subscriptions();
  expect(before !== undefined, "Microsoft has no subscription.");
  await microsoft.expireSubscription(before.id, Date.now() + HOUR_MS);
  await microsoft.forgetRequests();
  const from = performance.now();
  await microsoft.sendLifecycle(before.id, "reauthorizationRequired");
  const renewed = await waitFor("the renewal", PATIENCE_MS, async () => {
    const subscriptions = await microsoft.subscriptions();
    return subscriptions.find(({ expiresAt }) => expiresAt > Date.now() + 6 * DAY_MS) ?? null;
  });
  const tookMs = performance.now() - from;
  const opened = (await microsoft.requests("subscriptions.create")).length;
  expect(renewed.id === before.id && opened === 0, "Another subscription was opened.");
  return `the same one, for ${days(renewed.expiresAt - Date.now())} again, ${duration(tookMs)} after the message`;
}

async function expiredToken(scene: Scene): Promise<string> {
  const { maraplace, microsoft } = scene;
  const added = halfHour(scene, 13.5);
  const before = (await maraplace.analytics()).syncs.snapshots;
  await microsoft.forgetRequests();
  const asked = await microsoft.withKnob({ name: "delta.shortPage", value: 50 }, async () => {
    await microsoft.expireDeltaTokens();
    return maraplace.neverFree(onlyInOutlook(scene), async () => {
      await microsoft.add("After the token died", added);
      await maraplace.flips(added, false, PATIENCE_MS);
    });
  });
  const rounds = await microsoft.requests("calendarView.delta");
  expect(
    rounds.some(({ status }) => status === 410),
    "Microsoft never answered 410.",
  );
  // The first page may show the new meeting, and the listing goes on after it.
  await waitFor("the full listing to end", PATIENCE_MS, async () => {
    return (await maraplace.analytics()).syncs.snapshots > before;
  });
  return `410, ${rounds.length - 1} pages again; ${asked.length} checks meanwhile, p50 ${duration(median(asked))}`;
}

async function leaving(scene: Scene): Promise<string> {
  const { maraplace, microsoft } = scene;
  const connection = (await maraplace.connections()).find(({ provider }) => provider === OFFICE365);
  expect(connection !== undefined, "There is no connection.");
  const answer = await maraplace.disconnect(connection.id);
  expect(answer.status === 204, `The answer was ${answer.status} ${codeOf(answer)}.`);
  await untilSwept(scene, "Microsoft to hear of it", async () => {
    return (await microsoft.subscriptions()).length === 0;
  });
  const [slot, inGoogle] = [onlyInOutlook(scene), halfHour(scene, 17)];
  expect((await maraplace.availability(slot)).available, "Its meetings still block.");
  expect(!(await maraplace.availability(inGoogle)).available, "Google's meetings block no longer.");
  return "204, no subscription left; its meetings block no longer, Google's do";
}
