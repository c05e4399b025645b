// Helpers for worlds whose accounts are opened by consent and whose calendars can be watched.
import type { CalendarRef, NotificationRequest, Provider } from "../../../src/providers/provider.ts";
import { DAY } from "../world.ts";

export const NOW = Date.parse("2026-03-02T08:00:00Z");

export const ref = (calendarId: string, fallbackTimeZone = "Europe/Lisbon"): CalendarRef => ({
  calendarId,
  fallbackTimeZone,
});

/** The date so many days later. */
export const dateAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** An inbox at our address. It collects notifications and answers validation calls. */
export function inbox() {
  const arrived: NotificationRequest[] = [];
  const deliver = async (request: Request) => {
    const url = new URL(request.url);
    const token = url.searchParams.get("validationToken");
    if (token !== null) return new Response(token, { headers: { "content-type": "text/plain" } });
    arrived.push({ url, headers: request.headers, body: await request.text() });
    return new Response(null, { status: 202 });
  };
  return { deliver, take: () => arrived.splice(0) };
}

/** Opens an account of the person who answers the consent page. */
export async function openByConsent(
  provider: Provider,
  redirectUri: string,
  consent: (authorizationUrl: string) => string,
) {
  const flow = { state: "state-1", nonce: "nonce-1", codeVerifier: "v".repeat(43), redirectUri };
  const url = await provider.oauth.authorize({ ...flow, loginHint: null, claims: null });
  const code = new URL(consent(url.href)).searchParams.get("code") ?? "";
  const { grant } = await provider.oauth.exchange({ ...flow, code });
  const credentials = { ...grant, refreshToken: grant.refreshToken ?? "" };
  return { credentials, account: provider.open(credentials) };
}
