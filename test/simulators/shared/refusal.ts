// Refusals: errors that a handler throws to answer with the provider's own error.

/** A refusal with the status, body and headers a provider would send. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`answers ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** A request that is answered with an error page. The browser is never sent back. */
export class ConsentRefusal extends Error {
  override readonly name = "ConsentRefusal";
  readonly status: 400 | 401;
  readonly code: string;

  constructor(status: 400 | 401, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Turns a thrown refusal into the provider's answer. Any other error is a fault of the simulator. */
export function refuse(error: Error): Response {
  if (!(error instanceof Refusal)) throw error;
  return Response.json(error.body, { status: error.status, headers: { ...error.headers } });
}
