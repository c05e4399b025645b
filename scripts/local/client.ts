// A caller of the API and of the simulators' controls, over HTTP like any other, with measured times.
import * as z from "zod";

/** An answer, its JSON parsed, and how long it took. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
  readonly ms: number;
}

/** Sends JSON, reads JSON. */
export type Caller = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** A caller of everything below `baseUrl`. */
export function caller(baseUrl: string, headers: Readonly<Record<string, string>> = {}): Caller {
  return async (method, path, body) => {
    const startedAt = performance.now();
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        accept: "application/json",
        ...headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
    });
    const text = await response.text();
    const ms = performance.now() - startedAt;
    const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "");
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : text,
      headers: response.headers,
      ms,
    };
  };
}

const Problem = z.looseObject({ code: z.string() });

/** The stable code of a problem+json answer, or the status where it is none. */
export function codeOf(answer: Answer): string {
  const problem = Problem.safeParse(answer.body);
  return problem.success ? problem.data.code : String(answer.status);
}

/**
 * The answer's body in the expected shape.
 * @throws Error that shows the answer when it isn't a success of that shape
 */
export function expectBody<T>(schema: z.ZodType<T>, answer: Answer): T {
  const parsed = schema.safeParse(answer.body);
  if (answer.status < 300 && parsed.success) return parsed.data;
  throw new Error(`Unexpected answer ${answer.status}: ${JSON.stringify(answer.body)}`);
}

const cookiesOf = (headers: Headers): string =>
  headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0] ?? "")
    .join("; ");

const Started = z.object({ authorizationUrl: z.url() });
const Connected = z.object({ accountId: z.string(), connectionIds: z.array(z.string()) });

const Link = z.object({ url: z.url() });

/** Makes a link that opens an agent's page, as the marketplace does. */
export async function connectLink(input: {
  apiUrl: string;
  token: string;
  agentId: string;
  minutes?: number;
  singleUse?: boolean;
}): Promise<string> {
  const { apiUrl, token, agentId, minutes, singleUse } = input;
  const api = caller(apiUrl, { authorization: `Bearer ${token}` });
  const answer = await api("POST", "/connect-links", { agentId, minutes, singleUse });
  return expectBody(Link, answer).url;
}

const hiddenIn = (page: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? "";

/** Follows a connect link as a person does: looks, and presses the button. Answers the page that they see last. */
export async function followLink(link: string): Promise<{ status: number; page: string }> {
  const accept = { accept: "text/html" };
  const first = await fetch(link, { headers: accept });
  const asked = await first.text();
  if (!first.ok) return { status: first.status, page: asked };
  const opened = await fetch(link.split("?")[0] ?? link, {
    method: "POST",
    redirect: "manual",
    headers: { ...accept, origin: new URL(link).origin },
    body: new URLSearchParams(["link", "openedBy"].map((name) => [name, hiddenIn(asked, name)])),
  });
  const next = opened.headers.get("location");
  if (next === null) return { status: opened.status, page: await opened.text() };
  const cookie = cookiesOf(opened.headers);
  const shown = await fetch(new URL(next, link), { headers: { ...accept, cookie } });
  return { status: shown.status, page: await shown.text() };
}

/** Who connects. */
interface Visitor {
  readonly apiUrl: string;
  readonly token: string;
  readonly agentId: string;
  /** Who signs in at the provider; they tick everything that is asked for. */
  readonly email: string;
}

/** Connects Google as a person's browser would: start, consent page, form, callback with the state's cookie. */
export const connectGoogle = (visitor: Visitor) => connectThrough("google", visitor);

/** The same for Office 365. Microsoft's page has nothing to tick. */
export const connectOffice365 = (visitor: Visitor) => connectThrough("office365", visitor);

async function connectThrough(provider: string, input: Visitor): Promise<z.infer<typeof Connected>> {
  const api = caller(input.apiUrl, { authorization: `Bearer ${input.token}` });
  const start = await api("GET", `/${provider}/auth?agentId=${encodeURIComponent(input.agentId)}`);
  const { authorizationUrl } = expectBody(Started, start);
  const page = await (await fetch(authorizationUrl)).text();
  const ticked = [...page.matchAll(/name="scope" value="([^"]+)"/g)].map(([, scope = ""]) => scope);
  const decided = await fetch(authorizationUrl, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams([
      ["user", input.email],
      ...ticked.map((scope) => ["scope", scope]),
      ["decision", "allow"],
    ]),
  });
  const callback = decided.headers.get("location");
  if (callback === null) throw new Error(`The consent page answered ${decided.status}.`);
  const finish = caller(callback, { cookie: cookiesOf(start.headers) });
  return expectBody(Connected, await finish("GET", ""));
}
