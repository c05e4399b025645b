// Rig: what the rigs of the simulators' tests share.

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  // Answers in tests are JSON objects or empty.
  const body = text === "" ? {} : (JSON.parse(text) as Json);
  return { status: response.status, headers: response.headers, body };
}

/** A URL with parameters. Parameters that are null are left out. */
export function urlWith(address: string, parameters: Readonly<Record<string, string | null>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters))
    if (value !== null) url.searchParams.set(name, value);
  return url.href;
}

/** Posts a form to a token endpoint, with the client's credentials. */
export async function postForm(
  send: typeof fetch,
  url: string,
  client: { readonly clientId: string; readonly clientSecret: string },
  form: Readonly<Record<string, string>>,
): Promise<Answer> {
  const body = new URLSearchParams({
    client_id: client.clientId,
    client_secret: client.clientSecret,
    ...form,
  });
  return read(await send(url, { method: "POST", body }));
}

/** Calls an API with a JSON body, or without a body. */
export async function callJson(
  send: typeof fetch,
  call: {
    readonly method: string;
    readonly url: string;
    readonly body: unknown;
    readonly headers: Readonly<Record<string, string>>;
  },
): Promise<Answer> {
  const { method, url, body, headers } = call;
  const json = body === undefined ? {} : { "content-type": "application/json" };
  return read(
    await send(url, {
      method,
      headers: { ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}
