// Knobs of a simulator: make the provider fail for as long as a step of the demo needs it.

/** The failure, and the requests that it meets. */
export interface Knob {
  readonly name: string;
  readonly value: unknown;
  readonly operation?: string;
  /** It puts itself back after so many uses. */
  readonly times?: number;
}

/**
 * Does `work` with the knob turned, and always puts the knob back: after a failed step the next ones must find the
 * provider well.
 * @param control sends one request to the simulator's control; throws where it is refused
 */
export async function withKnob<T>(
  control: (method: string, path: string, body?: unknown) => Promise<void>,
  knob: Knob,
  work: () => Promise<T>,
): Promise<T> {
  await control("POST", "/knobs", knob);
  try {
    return await work();
  } finally {
    await control("DELETE", `/knobs/${knob.name}`);
  }
}
