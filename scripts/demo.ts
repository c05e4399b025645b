// `npm run demo`: the main job on the real parts, through public HTTP only. Exits 0 only if every step holds.
import { appleSteps } from "./demo/apple.ts";
import { assistantSteps } from "./demo/assistant.ts";
import { connectSteps } from "./demo/connect.ts";
import { channelSteps, faultSteps, leavingSteps } from "./demo/faults.ts";
import { googleControl } from "./demo/google.ts";
import { addAppleCalendar, makeAppPassword } from "./demo/icloud.ts";
import { followSteps } from "./demo/life.ts";
import { maraplace } from "./demo/maraplace.ts";
import { addMailbox } from "./demo/microsoft.ts";
import { office365Steps } from "./demo/office365.ts";
import type { Scene } from "./demo/scene.ts";
import { createTimeline } from "./demo/timeline.ts";
import { togetherSteps } from "./demo/together.ts";
import { workSteps } from "./demo/work.ts";
import { API, startStack } from "./local/stack.ts";

const DAY_MS = 86_400_000;
const AGENT = "agent-ada";
const EMAIL = "ada@example.com";
const WORK_EMAIL = "ada@contoso.example";
const HOME_EMAIL = "ada@icloud.example";

/**
 * Short enough that the sweep finds a lost notification while somebody watches, and that a booking of some steps ago
 * is settled: simulated calendars show each write at once.
 */
const SETTINGS = { VERIFY_INTERVAL_SECONDS: "3", POLL_INTERVAL_SECONDS: "3", DOUBT_AFTER_SECONDS: "15" };

const print = (line: string) => console.log(line);
print(
  "Starting sqld, simulated Google, Microsoft and iCloud, and the Worker (wrangler dev) on this machine...",
);
const stack = await startStack({ settings: SETTINGS });
const apiUrl = stack.worker.url + API;
const token = await stack.agentToken(AGENT);
const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const scene: Scene = {
  stack,
  apiUrl,
  token,
  agentId: AGENT,
  email: EMAIL,
  google: googleControl(stack.google.url, EMAIL),
  workEmail: WORK_EMAIL,
  microsoft: await addMailbox(stack.microsoft.url, {
    email: WORK_EMAIL,
    kind: "work",
    timeZone: "Europe/Berlin",
    name: "Ada Lovelace",
  }),
  apple: await addAppleCalendar(stack.icloud.url, {
    email: HOME_EMAIL,
    password: makeAppPassword(),
    timeZone: "Europe/Berlin",
  }),
  maraplace: maraplace(apiUrl, token, AGENT),
  receiver: stack.receiver,
  // A day on which nothing happens but what the demo does.
  quietDay: { start: today + 3 * DAY_MS, end: today + 4 * DAY_MS },
  today,
};
print(`Worker ${stack.worker.url}  database ${stack.database.url}`);
print(`Google ${stack.google.url}  Microsoft ${stack.microsoft.url}  iCloud ${stack.icloud.url}\n`);

const timeline = createTimeline(print);
try {
  await connectSteps(scene, timeline);
  await channelSteps(scene, timeline);
  await workSteps(scene, timeline);
  await faultSteps(scene, timeline);
  await office365Steps(scene, timeline);
  await appleSteps(scene, timeline);
  await togetherSteps(scene, timeline);
  await assistantSteps(scene, timeline);
  await followSteps(scene, timeline);
  await leavingSteps(scene, timeline);
} finally {
  await stack.stop();
}
print(`\n${timeline.held} of ${timeline.held + timeline.failed} steps hold.`);
process.exit(timeline.failed === 0 ? 0 : 1);
