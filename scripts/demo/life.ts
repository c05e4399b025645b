// Demo: the life of a booking after it was made, in all calendars at once, and its notices to MaraPlace.
import { codeOf } from "../local/client.ts";
import { waitFor } from "../local/process.ts";
import { startOf } from "./microsoft.ts";
import { halfHour, type Scene } from "./scene.ts";
import { duration, expect, type Timeline } from "./timeline.ts";
import { PATIENCE_MS } from "./work.ts";

const BOOKING = "booking-life";
const TITLE = `Consultation ${BOOKING}`;

/** Hold, book, move, follow the agent's own move, cancel; each seen in Google and in Office 365. */
export async function lifeSteps(scene: Scene, timeline: Timeline): Promise<void> {
  await timeline.step("A hold keeps a time while a client pays", () => holds(scene));
  await timeline.step("The hold becomes the booking, in both calendars", () => books(scene));
  await timeline.step("Moved by MaraPlace: both calendars follow, the old time is free", () => moves(scene));
  await timeline.step("The agent drags another booking in Google", () => draggedByAgent(scene));
  await timeline.step("An outside event lands on the booking: MaraPlace is told", () => conflicts(scene));
  await timeline.step("Cancelled: it leaves both calendars", () => cancels(scene));
  await timeline.step("What MaraPlace was told of it, signed and in order", () => told(scene));
}

const times = (scene: Scene) => [halfHour(scene, 20), halfHour(scene, 21)] as const;

/** The booking that the agent drags, from where it was made to where it goes. */
const DRAGGED = "booking-1";
const dragged = (scene: Scene) => [halfHour(scene, 10), halfHour(scene, 22)] as const;

async function holds(scene: Scene): Promise<string> {
  const { maraplace } = scene;
  const [slot] = times(scene);
  const held = await maraplace.hold("hold-1", slot, 10);
  expect(held.status === 201, `The hold was answered ${held.status} ${codeOf(held)}.`);
  const rival = await maraplace.book("booking-rival", slot);
  expect(rival.status === 409, `Another booking was answered ${rival.status}.`);
  return "201; another booking of the time gets 409";
}

/** How each of the two calendars shows the booking: its start, or null. */
async function shown(scene: Scene): Promise<{ google: number | null; office365: number | null }> {
  const [event] = (await scene.google.events(scene.quietDay)).filter(
    ({ summary, status }) => summary === TITLE && status !== "cancelled",
  );
  const [meeting] = (await scene.microsoft.events(scene.quietDay)).filter(({ subject }) => subject === TITLE);
  return {
    google: event === undefined ? null : Date.parse(event.start?.dateTime ?? ""),
    office365: meeting === undefined ? null : startOf(meeting),
  };
}

async function bothShow(scene: Scene, start: number | null): Promise<string> {
  const from = performance.now();
  await waitFor("both calendars to show it", PATIENCE_MS, async () => {
    const { google, office365 } = await shown(scene);
    return google === start && office365 === start;
  });
  return duration(performance.now() - from);
}

async function books(scene: Scene): Promise<string> {
  const [slot] = times(scene);
  const answer = await scene.maraplace.book(BOOKING, slot, { holdId: "hold-1" });
  expect(answer.status === 201, `The answer was ${answer.status} ${codeOf(answer)}.`);
  await bothShow(scene, slot.start);
  return "no moment in between in which somebody else could have it";
}

async function moves(scene: Scene): Promise<string> {
  const { maraplace } = scene;
  const [from, to] = times(scene);
  const answer = await maraplace.change(BOOKING, to);
  expect(answer.status === 200, `The answer was ${answer.status} ${codeOf(answer)}.`);
  const { google, office365 } = await shown(scene);
  expect(google === to.start && office365 === to.start, "A calendar shows it at another time.");
  expect((await maraplace.availability(from)).available, "The old time isn't free.");
  return "200, both calendars moved when the answer came";
}

/** The agent drags a booking in Google that was written some time ago. `followSteps` sees the outcome. */
async function draggedByAgent(scene: Scene): Promise<string> {
  const { maraplace, google } = scene;
  await maraplace.settings({ onExternalChange: "follow" });
  const [from, to] = dragged(scene);
  const event = (await google.events(from)).find(({ summary }) => summary === `Consultation ${DRAGGED}`);
  expect(event !== undefined, "Google doesn't show the booking.");
  await google.move(event.id, to);
  await maraplace.flips(to, false, PATIENCE_MS);
  return "the new time is busy at once; whether the booking follows is seen below";
}

/** An event of a booking is doubted some time after our own write of it: two minutes, or 15 s in the demo. */
const DOUBT_MS = 60_000;

/** The booking has gone where the agent dragged it. */
export async function followSteps(scene: Scene, timeline: Timeline): Promise<void> {
  await timeline.step("The booking dragged by the agent follows; MaraPlace is told", async () => {
    const { maraplace, receiver } = scene;
    const [from, to] = dragged(scene);
    await waitFor("the booking to follow", DOUBT_MS, async () => {
      await scene.stack.worker.cron("* * * * *");
      return (await maraplace.bookingStart(DRAGGED)) === to.start;
    });
    await maraplace.flips(from, true, PATIENCE_MS);
    const notice = await waitFor("the notice", PATIENCE_MS, async () => {
      return receiver.arrivals.find(({ type }) => type === "booking.moved_outside") ?? null;
    });
    expect(notice.data["followed"] === true, "The notice says that the booking doesn't follow.");
    return "booking.moved_outside, followed; the old time is free";
  });
}

async function conflicts(scene: Scene): Promise<string> {
  const [, slot] = times(scene);
  const { id } = await scene.google.add("Dentist", slot);
  const told = waitFor("the notice", PATIENCE_MS, async () => {
    return scene.receiver.arrivals.find(({ type }) => type === "booking.conflict") ?? null;
  });
  const notice = await told.finally(() => scene.google.remove(id));
  expect(!JSON.stringify(notice).includes("Dentist"), "The notice names the outside event.");
  return "booking.conflict with calendar and times, without the event's title";
}

async function cancels(scene: Scene): Promise<string> {
  const answer = await scene.maraplace.cancel(BOOKING);
  expect(answer.status === 200, `The answer was ${answer.status} ${codeOf(answer)}.`);
  await bothShow(scene, null);
  const [, slot] = times(scene);
  await scene.maraplace.flips(slot, true, PATIENCE_MS);
  return "200, both empty, the time is free";
}

async function told(scene: Scene): Promise<string> {
  const wanted = ["booking.delivered", "booking.delivered", "booking.conflict", "booking.delivered"];
  const kinds = await waitFor("the notices", PATIENCE_MS, async () => {
    const seen = scene.receiver.arrivals.filter(({ data }) => data["bookingId"] === BOOKING);
    return seen.length >= wanted.length ? seen.map(({ type }) => type) : null;
  });
  expect(JSON.stringify(kinds) === JSON.stringify(wanted), `It was told ${kinds.join(", ")}.`);
  expect(scene.receiver.faults.length === 0, `Badly sent: ${scene.receiver.faults.join("; ")}`);
  return kinds.map((kind) => kind.slice("booking.".length)).join(", ");
}
