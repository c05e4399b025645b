// Consent: the person agrees in their browser, and the answer comes back to a port of 127.0.0.1.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { Credentials, OAuthFlow } from "../../src/providers/provider.ts";

const PATH = "/callback";
const PATIENCE_MS = 10 * 60_000;

const secret = () => randomBytes(32).toString("base64url");

/** Waits for the browser's one request to the callback. It takes no request with another state. */
async function listenForCode(port: number, state: string, isListening: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", `http://127.0.0.1:${port}`);
      const code = url.searchParams.get("code");
      const isOurs = url.pathname === PATH && url.searchParams.get("state") === state;
      response.writeHead(isOurs ? 200 : 404, { "content-type": "text/plain", connection: "close" });
      response.end(isOurs ? "Done. You can close this page.\n" : "Not here.\n");
      if (!isOurs) return;
      end();
      if (code !== null) resolve(code);
      else
        reject(
          new Error(`the consent was refused: ${/^[a-z_]+$/.exec(url.searchParams.get("error") ?? "")?.[0]}`),
        );
    });
    const timer = setTimeout(() => {
      end();
      reject(new Error("nobody answered the consent page"));
    }, PATIENCE_MS);
    function end() {
      clearTimeout(timer);
      server.close();
    }
    server.once("error", reject);
    server.listen(port, "127.0.0.1", isListening);
  });
}

/**
 * Asks the person for consent.
 * @param input.port of 127.0.0.1; `http://127.0.0.1:PORT/callback` must be registered with the client
 * @param input.scopes those that are asked for beside the engine's own
 * @param show shows the person the address to open
 */
export async function consent(
  oauth: OAuthFlow,
  { port, scopes }: { port: number; scopes: readonly string[] },
  show: (url: URL) => void,
): Promise<Credentials> {
  const redirectUri = `http://127.0.0.1:${port}${PATH}`;
  const flow = { state: secret(), nonce: secret(), codeVerifier: secret(), redirectUri };
  const url = await oauth.authorize({ ...flow, loginHint: null, claims: null });
  url.searchParams.set("scope", [url.searchParams.get("scope"), ...scopes].join(" "));
  const code = await listenForCode(port, flow.state, () => show(url));
  const { grant } = await oauth.exchange({ ...flow, code });
  return { ...grant, refreshToken: grant.refreshToken ?? "" };
}
