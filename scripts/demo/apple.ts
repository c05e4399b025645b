// Demo, fifth part: Apple Calendar beside Google, by an app-specific password and without push.
import { type Answer, caller, codeOf } from "../local/client.ts";
import { untilSwept } from "./faults.ts";
import { makeAppPassword } from "./icloud.ts";
import { halfHour, type Scene } from "./scene.ts";
import { duration, expect, type Timeline } from "./timeline.ts";

const WEEK_MS = 7 * 86_400_000;
const APPLE = "APPLE";

/** On the quiet day: times that only this calendar knows to be busy. */
const times = (scene: Scene) => ({
  single: halfHour(scene, 6),
  weekly: halfHour(scene, 7),
  added: halfHour(scene, 8),
  booked: halfHour(scene, 20),
});

/** Connect, meetings there, a booking there, a change found by polling, and leaving. */
export async function appleSteps(scene: Scene, timeline: Timeline): Promise<void> {
  await timeline.step("Apple refuses wrong passwords, each for its reason", () => refused(scene));
  await timeline.step("Connect Apple Calendar with an app-specific password", () => connecting(scene));
  await timeline.step("First sync of the Apple calendar: its meeting blocks", () => blocking(scene));
  await timeline.step("A weekly meeting that began weeks ago blocks too", () => recurring(scene));
  await timeline.step("A booking appears in Apple Calendar and in Google", () => booking(scene));
  await timeline.step("A poll finds a new meeting, and asks little", () => polling(scene));
  await timeline.step("Disconnecting Apple leaves its meetings behind", () => leaving(scene));
}

function connect(scene: Scene, password: string): Promise<Answer> {
  const api = caller(scene.apiUrl, { authorization: `Bearer ${scene.token}` });
  const { email: username } = scene.apple;
  return api("POST", "/apple/auth", { agentId: scene.agentId, username, password });
}

async function refused(scene: Scene): Promise<string> {
  const ordinary = codeOf(await connect(scene, "correct horse battery staple"));
  expect(ordinary === "app_password_needed", `The ordinary password was answered with ${ordinary}.`);
  const wrong = codeOf(await connect(scene, makeAppPassword()));
  expect(wrong === "password_refused", `Another app password was answered with ${wrong}.`);
  const connected = (await scene.maraplace.connections()).some(({ provider }) => provider === APPLE);
  expect(!connected, "Something was connected.");
  return `the account's own: ${ordinary}; a wrong one: ${wrong}`;
}

async function connecting(scene: Scene): Promise<string> {
  const { apple } = scene;
  const { single, weekly } = times(scene);
  await apple.add("Doctor", single);
  const first = { start: weekly.start - 3 * WEEK_MS, end: weekly.end - 3 * WEEK_MS };
  await apple.add("Choir", first, "FREQ=WEEKLY");
  const answer = await connect(scene, apple.password);
  expect(answer.status === 201, `The answer was ${answer.status} ${codeOf(answer)}.`);
  return "principal, home and calendars found; Google stays connected";
}

/** The provider that the only conflict comes from. */
async function blockedBy(scene: Scene, span: { start: number; end: number }): Promise<string> {
  const { conflicts } = await scene.maraplace.availability(span);
  expect(conflicts.length === 1, `The answer names ${conflicts.length} conflicts.`);
  return conflicts[0]?.provider ?? "";
}

async function blocking(scene: Scene): Promise<string> {
  const isRead = (provider: string, lastSyncAt: string | null) => provider === APPLE && lastSyncAt !== null;
  await scene.maraplace.connection("the first sync", 30_000, ({ provider, lastSyncAt }) =>
    isRead(provider, lastSyncAt),
  );
  const provider = await blockedBy(scene, times(scene).single);
  expect(provider === APPLE, `The conflict comes from ${provider}.`);
  return "the conflict names Apple";
}

async function recurring(scene: Scene): Promise<string> {
  const { weekly } = times(scene);
  const provider = await blockedBy(scene, weekly);
  expect(provider === APPLE, `The conflict comes from ${provider}.`);
  const after = { start: weekly.end, end: weekly.end + 1_800_000 };
  expect((await scene.maraplace.availability(after)).available, "The time after it is busy too.");
  return "its fourth occurrence; the half hour after it is free";
}

async function booking(scene: Scene): Promise<string> {
  const { apple, google, maraplace } = scene;
  const { booked } = times(scene);
  const answer = await maraplace.book("booking-apple", booked);
  expect(answer.status === 201, `The answer was ${answer.status} ${codeOf(answer)}.`);
  const { results } = maraplace.readBooking(answer);
  const states = results.map(({ provider, status }) => `${provider} ${status}`).sort();
  expect(states.join() === `${APPLE} synced,GOOGLE synced`, `The calendars are ${states.join(", ")}.`);
  const texts = (await apple.texts()).filter((text) => text.includes("SUMMARY:Consultation booking-apple"));
  expect(texts.length === 1, `Apple shows it ${texts.length} times.`);
  const start = new Date(booked.start).toISOString().replace(/[-:]|\.\d+/g, "");
  expect(texts[0]?.includes(start) === true, "Apple shows it at another time.");
  const events = (await google.events(booked)).filter(({ summary }) => summary?.endsWith("booking-apple"));
  expect(events.length === 1, `Google shows it ${events.length} times.`);
  return "once in each when the answer came";
}

async function polling(scene: Scene): Promise<string> {
  const { apple, maraplace } = scene;
  const { added } = times(scene);
  await apple.forgetRequests();
  await apple.add("Parents' evening", added);
  expect((await maraplace.availability(added)).available, "The cache knew without asking.");
  const from = performance.now();
  await untilSwept(scene, "the poll", async () => !(await maraplace.availability(added)).available);
  const tookMs = performance.now() - from;
  const operations = (await apple.requests()).map(({ operation }) => operation);
  const fetched = operations.filter((operation) => operation === "calendar-multiget").length;
  expect(fetched === 1, `Events were fetched ${fetched} times.`);
  return `found ${duration(tookMs)} later (polled every 3 s here); ${operations.length} requests`;
}

async function leaving(scene: Scene): Promise<string> {
  const { apple, maraplace } = scene;
  const connection = (await maraplace.connections()).find(({ provider }) => provider === APPLE);
  expect(connection !== undefined, "There is no connection.");
  const answer = await maraplace.disconnect(connection.id);
  expect(answer.status === 204, `The answer was ${answer.status} ${codeOf(answer)}.`);
  const { single } = times(scene);
  await untilSwept(scene, "its rows to go", async () => (await maraplace.availability(single)).available);
  expect((await apple.texts()).length > 0, "The calendar itself was emptied.");
  return "204; its meetings block no longer, and are still in Apple Calendar";
}
