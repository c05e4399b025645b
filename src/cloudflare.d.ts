// Types of the runtime's own module, as far as the Workers use it.
declare module "cloudflare:workers" {
  /** Keeps the invocation alive until the promise settles, at most 30 s past the answer. */
  export function waitUntil(promise: Promise<unknown>): void;

  /** A class whose methods other Workers may call by a service binding. */
  export class WorkerEntrypoint {}
}
