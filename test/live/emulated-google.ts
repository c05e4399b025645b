// A Google that nobody here wrote: npm's `emulate`, on a free port of 127.0.0.1, behind Google's own host names.
import { createEmulator } from "emulate";
import { freePort } from "../../scripts/local/process.ts";

export const CLIENT = { clientId: "client-of-the-kit", clientSecret: "canary-client-secret" };
export const PERSON = "canary.person@example.com";
export const CALENDAR = "live-check";

/** Where each of Google's hosts is found there. Its token endpoint lies elsewhere than Google's. */
const PATHS: Readonly<Record<string, (path: string) => string>> = {
  "accounts.google.com": (path) => path,
  "www.googleapis.com": (path) => path,
  "oauth2.googleapis.com": (path) => `/oauth2${path}`,
};

export interface EmulatedGoogle {
  readonly send: typeof fetch;
  /** The person agrees on the consent page, as a browser would. */
  agree(consentPage: URL): Promise<void>;
  close(): Promise<void>;
}

/** @param events how many events the person's calendar has already */
export async function emulateGoogle(callbackPort: number, events = 0): Promise<EmulatedGoogle> {
  const port = await freePort();
  const emulator = await createEmulator({
    service: "google",
    port,
    // Its id tokens name this as their issuer.
    baseUrl: "https://accounts.google.com",
    seed: {
      google: {
        users: [{ email: PERSON, name: "Canary Person" }],
        oauth_clients: [
          {
            client_id: CLIENT.clientId,
            client_secret: CLIENT.clientSecret,
            redirect_uris: [`http://127.0.0.1:${callbackPort}/callback`],
          },
        ],
        calendars: [
          { id: "primary", user_email: PERSON, summary: PERSON, primary: true, time_zone: "UTC" },
          { id: CALENDAR, user_email: PERSON, summary: "Canary calendar", time_zone: "Europe/Lisbon" },
        ],
        calendar_events: Array.from({ length: events }, (_, index) => ({
          id: `canary${index}`,
          user_email: PERSON,
          calendar_id: CALENDAR,
          summary: "Canary title",
          start_date_time: "2026-01-10T09:00:00.000Z",
          end_date_time: "2026-01-10T09:30:00.000Z",
        })),
      },
    },
  });
  const origin = `http://127.0.0.1:${port}`;
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { host, pathname, search } = new URL(request.url);
    const place = PATHS[host];
    if (place === undefined) throw new Error("a request would have left this machine");
    const { method, headers } = request;
    const body = method === "GET" ? null : await request.text();
    return fetch(origin + place(pathname) + search, { method, headers, body, redirect: "manual" });
  };
  return {
    send,
    async agree(consentPage) {
      const asked = consentPage.searchParams;
      const names = [
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "client_id",
        "code_challenge",
        "code_challenge_method",
      ];
      const fields = names.map((name): [string, string] => [name, asked.get(name) ?? ""]);
      const form = new URLSearchParams([["email", PERSON], ...fields]);
      const answer = await send("https://accounts.google.com/o/oauth2/v2/auth/callback", {
        method: "POST",
        body: form,
      });
      await fetch(answer.headers.get("location") ?? "");
    },
    close: () => emulator.close(),
  };
}
