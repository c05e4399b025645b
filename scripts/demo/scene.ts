// Scene: the people and parts of the demo.
import type { MaraPlaceSimulator } from "../../test/simulators/maraplace.ts";
import type { LocalStack } from "../local/stack.ts";
import type { DemoGoogle, Span } from "./google.ts";
import type { DemoApple } from "./icloud.ts";
import type { MaraPlace } from "./maraplace.ts";
import type { DemoMicrosoft } from "./microsoft.ts";

/** Everything a step may use. */
export interface Scene {
  readonly stack: LocalStack;
  readonly apiUrl: string;
  readonly token: string;
  readonly agentId: string;
  /** The agent at Google. */
  readonly email: string;
  readonly google: DemoGoogle;
  /** The agent at work. */
  readonly workEmail: string;
  readonly microsoft: DemoMicrosoft;
  /** The agent at home. */
  readonly apple: DemoApple;
  readonly maraplace: MaraPlace;
  /** MaraPlace's end of the notices. */
  readonly receiver: MaraPlaceSimulator;
  /** A day without generated events. */
  readonly quietDay: Span;
  /** The midnight (UTC) before now. */
  readonly today: number;
}

/** Half an hour of the quiet day, from `hour` o'clock UTC. */
export function halfHour(scene: Scene, hour: number): Span {
  const start = scene.quietDay.start + hour * 3_600_000;
  return { start, end: start + 1_800_000 };
}
