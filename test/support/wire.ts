// The wire: remembers every credential that went over the network, so that a test can look for it elsewhere.

const TOKEN_FIELDS = ["access_token", "refresh_token", "id_token"];
const SENT_FIELDS = ["code", "code_verifier", "client_secret", "refresh_token", "token"];
const CHANNEL_FIELDS = ["token", "clientState"];

/** Shorter texts are no secrets, and would be found anywhere. */
const SHORTEST = 12;

/** Wraps the network of a world. `secrets` fills up as requests pass. */
export function watchedWire() {
  const secrets = new Set<string>();
  const keep = (value: unknown) => {
    if (typeof value === "string" && value.length >= SHORTEST) secrets.add(value);
  };
  const keepFields = (fields: unknown, names: readonly string[]) => {
    if (typeof fields !== "object" || fields === null) return;
    for (const name of names) keep((fields as Record<string, unknown>)[name]);
  };
  const parsed = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };
  const readSent = (request: Request, text: string) => {
    const [scheme = "", value = ""] = (request.headers.get("authorization") ?? "").split(" ");
    keep(value);
    if (scheme === "Basic")
      keep(new TextDecoder().decode(Uint8Array.from(atob(value), (c) => c.charCodeAt(0))).split(/:(.*)/s)[1]);
    const isForm = /urlencoded/.test(request.headers.get("content-type") ?? "");
    if (isForm) keepFields(Object.fromEntries(new URLSearchParams(text)), SENT_FIELDS);
    // A channel or subscription that is being opened brings its secret.
    else keepFields(parsed(text), CHANNEL_FIELDS);
  };
  const fetchOf =
    (inner: typeof fetch): typeof fetch =>
    async (input, init) => {
      const request = new Request(input, init);
      readSent(request, await request.clone().text());
      const answer = await inner(request, init);
      if (/json/.test(answer.headers.get("content-type") ?? "")) {
        keepFields(parsed(await answer.clone().text()), TOKEN_FIELDS);
      }
      return answer;
    };
  return { secrets, fetch: fetchOf };
}
