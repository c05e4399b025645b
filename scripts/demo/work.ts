// Demo, second part: changes in Google arrive through push, bookings go out to Google.
import { codeOf } from "../local/client.ts";
import { halfHour, type Scene } from "./scene.ts";
import { duration, expect, type Timeline } from "./timeline.ts";

/** A change in a calendar must be seen within this. */
const PUSH_MS = 1_000;

/** The demo waits a little longer than promised, to print how long the change took. */
export const PATIENCE_MS = 10_000;

/** @throws Error when a change took longer to be seen than promised */
export const within = (what: string, ms: number): string => {
  expect(ms <= PUSH_MS, `${what} took ${duration(ms)}, more than ${duration(PUSH_MS)}.`);
  return `seen ${duration(ms)} after the change`;
};

/** Push in, bookings out. */
export async function workSteps(scene: Scene, timeline: Timeline): Promise<void> {
  await pushSteps(scene, timeline);
  await bookingSteps(scene, timeline);
}

async function pushSteps(scene: Scene, timeline: Timeline): Promise<void> {
  const { google, maraplace } = scene;
  const [morning, evening] = [halfHour(scene, 9), halfHour(scene, 18)];
  let eventId = "";

  await timeline.step("An event added in Google flips the answer", async () => {
    eventId = (await google.add("Dentist", morning)).id;
    return within("It", await maraplace.flips(morning, false, PATIENCE_MS));
  });

  await timeline.step("The event moved in Google flips both times", async () => {
    await google.move(eventId, evening);
    const [freed, taken] = await Promise.all([
      maraplace.flips(morning, true, PATIENCE_MS),
      maraplace.flips(evening, false, PATIENCE_MS),
    ]);
    return within("It", Math.max(freed, taken));
  });

  await timeline.step("The event deleted in Google frees its time", async () => {
    await google.remove(eventId);
    return within("It", await maraplace.flips(evening, true, PATIENCE_MS));
  });
}

async function bookingSteps(scene: Scene, timeline: Timeline): Promise<void> {
  const { google, maraplace } = scene;
  const slot = halfHour(scene, 10);

  await timeline.step("A booking appears in Google", async () => {
    const answer = await maraplace.book("booking-1", slot);
    expect(answer.status === 201, `The answer was ${answer.status} ${codeOf(answer)}.`);
    const [result] = maraplace.readBooking(answer).results;
    expect(result?.status === "synced" && result.externalId !== null, `The calendar is ${result?.status}.`);
    const event = await google.event(result.externalId);
    expect(event?.summary === "Consultation booking-1", "Google doesn't show it.");
    expect(Date.parse(event.start?.dateTime ?? "") === slot.start, "Google shows it at another time.");
    return `"${event.summary}" in Google when the answer came`;
  });

  await timeline.step("The same booking again changes nothing", async () => {
    const answer = await maraplace.book("booking-1", slot);
    expect(answer.status === 200, `The answer was ${answer.status} ${codeOf(answer)}.`);
    const events = (await google.events(slot)).filter(({ summary }) => summary === "Consultation booking-1");
    expect(events.length === 1, `Google shows it ${events.length} times.`);
    return "200, one event in Google";
  });

  await timeline.step("A second booking on the same time is refused", async () => {
    const answer = await maraplace.book("booking-2", slot);
    expect(answer.status === 409 && codeOf(answer) === "slot_taken", `The answer was ${answer.status}.`);
    return "409 slot_taken";
  });

  await timeline.step("Twenty bookings race for one time: one wins", async () => {
    const wanted = halfHour(scene, 11);
    const race = Array.from({ length: 20 }, (_, index) => maraplace.book(`race-${index}`, wanted));
    const statuses = (await Promise.all(race)).map(({ status }) => status);
    const won = statuses.filter((status) => status === 201).length;
    const refused = statuses.filter((status) => status === 409).length;
    expect(won === 1 && refused === 19, `The answers were ${statuses.join(" ")}.`);
    return "1 x 201, 19 x 409";
  });
}
