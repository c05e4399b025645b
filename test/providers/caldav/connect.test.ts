// Connecting by password: discovery on each kind of server, and a clear error for each way it fails.
import { describe, expect, it } from "vitest";
import { ProviderError } from "../../../src/providers/error.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { ANA, PASSWORD, providerOf, resourceOf } from "../../contract/worlds/caldav.ts";
import { type CaldavSimulator, createCaldavSimulator, type Profile } from "../../simulators/caldav.ts";

const PROFILES: readonly Profile[] = ["icloud", "sabre", "radicale", "minimal"];

interface Rig {
  readonly dav: CaldavSimulator;
  readonly provider: Provider;
  connect(change?: {
    serverUrl?: string | null;
    username?: string;
    password?: string;
    ownAddress?: string;
  }): Promise<Connected>;
}

type Connected = Awaited<ReturnType<NonNullable<Provider["password"]>["connect"]>>;

function rigOf(profile: Profile, password = PASSWORD): Rig {
  const dav = createCaldavSimulator({ now: () => 0 });
  dav.addUser({ email: ANA, password, profile, addresses: ["urn:uuid:1234"] });
  dav.addCalendar({ owner: ANA, name: "Work", timeZone: "Europe/Lisbon" });
  const provider = providerOf(profile, { fetch: dav.fetch, now: () => 0, newId: () => "id" });
  return {
    dav,
    provider,
    async connect(change = {}) {
      const serverUrl = profile === "icloud" ? null : dav.serverUrl(ANA);
      const connected = await provider.password?.connect({ serverUrl, username: ANA, password, ...change });
      if (connected === undefined) throw new Error("no password flow");
      return connected;
    },
  };
}

async function refusal(run: Promise<unknown>): Promise<unknown> {
  const error = await run.catch((caught: unknown) => caught);
  if (!(error instanceof ProviderError)) throw new Error("not refused");
  expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain(PASSWORD);
  return [error.kind, error.code];
}

describe.each(PROFILES)("%s", (profile) => {
  it("is found from its address, and knows the person", async () => {
    const { connect, provider } = rigOf(profile);
    const { credentials, identity } = await connect();
    expect(identity.email).toBe(ANA);
    expect(await provider.open(credentials).listCalendars()).toMatchObject([
      { name: "Work", timeZone: "Europe/Lisbon", role: "writer", primary: true },
    ]);
    expect((await connect()).identity).toEqual(identity);
  });

  it("C1: a wrong password has an error of its own", async () => {
    const { connect } = rigOf(profile);
    expect(await refusal(connect({ password: "aaaa-bbbb-cccc-dddd" }))).toEqual([
      "reauth",
      "password_refused",
    ]);
  });

  it("C5: a home that is missing at times is asked for again", async () => {
    const { connect, dav } = rigOf(profile);
    dav.knobs.set("disc.noHome", true, { times: 2 });
    await connect();
    dav.knobs.set("disc.noHome", true);
    expect(await refusal(connect())).toEqual(["retry", "home_not_found"]);
  });

  it("C7: an error is never taken for an empty list", async () => {
    const { connect, dav } = rigOf(profile);
    for (const [status, kind] of [
      [500, "retry"],
      [503, "retry"],
      [429, "wait"],
    ] as const) {
      dav.knobs.set("api.status", status);
      expect((await refusal(connect())) as string[]).toContain(kind);
      dav.knobs.clear();
    }
    dav.knobs.set("disc.noCalendars", true);
    expect(await refusal(connect())).toEqual(["gone", "no_calendars"]);
  });

  it.each([404, 405, "html"] as const)(
    "C4: %s everywhere means that it isn't a CalDAV server",
    async (answer) => {
      const { connect, dav } = rigOf(profile);
      dav.knobs.set("wk.none", answer);
      expect(await refusal(connect())).toEqual(["gone", "not_caldav"]);
    },
  );
});

describe("discovery", () => {
  it("takes the address itself, its well-known place, then its root", async () => {
    for (const path of ["", "/", "/remote.php/dav", "/remote.php/dav/", "/somewhere/else/"]) {
      const { connect } = rigOf("sabre");
      expect((await connect({ serverUrl: `https://dav.example.org${path}` })).identity.email, path).toBe(ANA);
    }
  });

  it("C3: follows a redirect on the same host, and none that leads away", async () => {
    const { connect, dav } = rigOf("sabre");
    dav.knobs.set("wk.redirect", "https://dav.example.org/remote.php/dav/");
    await connect();
    dav.knobs.clear();
    dav.knobs.set("wk.redirect", "https://evil.example.com/dav/");
    // The root answers too, so the redirect isn't needed.
    await connect();
    dav.knobs.set("host.move", "https://evil.example.com");
    const before = dav.requests.length;
    expect(await refusal(connect())).toEqual(["bug", "redirect_refused"]);
    expect(dav.requests.slice(before).every(({ host }) => host === "dav.example.org")).toBe(true);
  });

  it.each([
    "http://dav.example.com/",
    "https://dav.example.org:8443/",
    "https://dav.example.org:8800/dav/",
    "https://10.0.0.1/",
  ])("C46: a root that redirects to %s says only that CalDAV isn't there", async (target) => {
    const { connect, dav } = rigOf("sabre");
    dav.knobs.set("root.redirect", target);
    expect((await connect()).identity.email).toBe(ANA);
    dav.knobs.set("wk.none", 404, { operation: "well-known" });
    expect(await refusal(connect())).toEqual(["bug", "redirect_refused"]);
    expect(dav.requests.every(({ host }) => host === "dav.example.org")).toBe(true);
  });

  it("C46: a root that answers 501 isn't the end, as at Zoho", async () => {
    const { connect, dav } = rigOf("sabre");
    dav.knobs.set("wk.none", 501, { operation: "propfind", times: 1 });
    expect((await connect()).identity.email).toBe(ANA);
    dav.knobs.clear();
    dav.knobs.set("wk.none", 501);
    expect(await refusal(connect())).toEqual(["gone", "not_caldav"]);
  });

  it("C46: a root that fails isn't the end, and its failure is told where no other place answers", async () => {
    const { connect, dav } = rigOf("sabre");
    dav.knobs.set("wk.none", 500, { operation: "propfind", times: 1 });
    expect((await connect()).identity.email).toBe(ANA);
    dav.knobs.clear();
    dav.knobs.set("wk.none", 500);
    expect(await refusal(connect())).toEqual(["retry", "http_500"]);
  });

  it.each([302, 303, 307, 308] as const)(
    "C3: follows a well-known place that redirects with %s",
    async (status) => {
      const { connect, dav } = rigOf("sabre");
      dav.knobs.set("wk.status", status);
      dav.knobs.set("wk.none", 404, { operation: "propfind", times: 1 });
      expect((await connect()).identity.email).toBe(ANA);
      expect(dav.requests.map(({ status: answered }) => answered)).toContain(status);
    },
  );

  it.each(PROFILES)("C47: a home set may name the calendars themselves: %s", async (profile) => {
    const { connect, provider, dav } = rigOf(profile);
    dav.addCalendar({ owner: ANA, name: "Home", timeZone: null });
    dav.knobs.set("home.calendar", true);
    const calendars = await provider.open((await connect()).credentials).listCalendars();
    expect(calendars.map(({ name }) => name)).toEqual(["Work", "Home"]);
  });

  it("C47: a calendar of the home set that was deleted doesn't hide the others, and nothing but all of them is an error", async () => {
    const { connect, provider, dav } = rigOf("sabre");
    const { path } = dav.addCalendar({ owner: ANA, name: "Home", timeZone: null });
    dav.knobs.set("home.calendar", true);
    const { credentials } = await connect();
    const account = provider.open(credentials);
    const names = async () => (await account.listCalendars()).map(({ name }) => name);
    expect(await names()).toEqual(["Work", "Home"]);
    const work = (await account.listCalendars())[0]?.calendarId ?? "";
    dav.removeCalendar(path);
    expect(await names()).toEqual(["Work"]);
    dav.removeCalendar(work);
    expect(await refusal(names())).toMatchObject(["gone", expect.any(String)]);
  });

  it.each([
    ["another host", "https://calendars.example.net/cals/"],
    ["another host, at a path like the home's", "https://calendars.example.net/dav/calendars/user/moved/"],
    ["another port", "https://dav.example.org:8443/cals/"],
    ["nowhere at its own host", "/dav/gone/"],
  ])("C51: calendars that the home lists at %s are refused, and get no password", async (_, place) => {
    const { connect, dav } = rigOf("sabre");
    dav.knobs.set("list.host", new URL(place, "https://dav.example.org").href);
    expect(await refusal(connect())).toEqual(["bug", "calendars_elsewhere"]);
    expect(dav.requests.every(({ host }) => host === "dav.example.org")).toBe(true);
  });

  it("C51: calendars at another host hide none of those that can be read", async () => {
    const { connect, provider, dav } = rigOf("sabre");
    dav.addCalendar({ owner: ANA, name: "Elsewhere", timeZone: null });
    dav.knobs.set("list.host", "https://calendars.example.net/cals/", { times: 1 });
    const { credentials } = await connect();
    dav.knobs.set("list.host", "https://calendars.example.net/cals/", { times: 1 });
    expect(await provider.open(credentials).listCalendars()).toMatchObject([
      { name: "Elsewhere", primary: true },
    ]);
  });

  it("C7: a listing whose rows are all refused isn't an account without calendars", async () => {
    const { connect, provider, dav } = rigOf("sabre");
    const { credentials } = await connect();
    dav.knobs.set("list.refused", 403);
    const refused = ["retry", "listing_without_types"];
    expect(await refusal(provider.open(credentials).listCalendars())).toEqual(refused);
    expect(await refusal(connect())).toEqual(refused);
  });

  it("C48: an address that the person names tells their own answer to an invitation", async () => {
    const { provider, dav } = rigOf("radicale");
    dav.knobs.set("disc.noAddresses", true);
    dav.addUser({ email: "ana", password: PASSWORD, profile: "radicale" });
    const { path: calendarId } = dav.addCalendar({ owner: "ana", name: "Work", timeZone: null });
    const invitation = (guest: string) =>
      resourceOf(guest, [
        ...["DTSTART:19700102T090000Z", "DTEND:19700102T100000Z", "ORGANIZER:mailto:bo@example.com"],
        `ATTENDEE;PARTSTAT=DECLINED:mailto:${guest}`,
      ]);
    for (const guest of [ANA, "cy@example.com"]) dav.putEvent(calendarId, invitation(guest));
    const busy = async (ownAddress?: string) => {
      const login = { serverUrl: dav.serverUrl("ana"), username: "ana", password: PASSWORD };
      const connected = await provider.password?.connect({ ...login, ...(ownAddress && { ownAddress }) });
      if (connected === undefined) throw new Error("no password flow");
      const window = { startsAt: 0, endsAt: 5 * 86_400_000 };
      const pages = provider
        .open(connected.credentials)
        .pull({ calendarId, fallbackTimeZone: "UTC" }, null, window);
      const seen: string[] = [];
      for await (const page of pages) seen.push(...page.upserts.map(({ key }) => decodeURIComponent(key)));
      return seen;
    };
    expect(await busy()).toHaveLength(2);
    expect(await busy(ANA)).toEqual(["cy@example.com.ics"]);
  });

  it("keeps to iCloud's own hosts, and asks the partition for calendars", async () => {
    const { connect, provider, dav } = rigOf("icloud");
    const { credentials } = await connect();
    dav.requests.length = 0;
    await provider.open(credentials).listCalendars();
    expect(dav.requests.map(({ host }) => host)).toEqual(["p42-caldav.icloud.com"]);
  });

  it("C33: follows a partition that moved", async () => {
    const { connect, provider, dav } = rigOf("icloud");
    const { credentials } = await connect();
    dav.knobs.set("host.move", "https://p42-caldav.icloud.com");
    const old = { accessToken: credentials.accessToken.replaceAll("p42-caldav", "caldav") };
    expect(await provider.open(old).listCalendars()).toHaveLength(1);
  });

  it("refuses addresses before anything is sent", async () => {
    const { connect, dav } = rigOf("sabre");
    for (const serverUrl of ["http://dav.example.com/", "https://127.0.0.1/", "https://localhost", null]) {
      expect((await refusal(connect({ serverUrl }))) as string[], String(serverUrl)).toContain("bug");
    }
    expect(dav.requests).toEqual([]);
  });

  it("distinguishes an ordinary Apple password from a wrong one", async () => {
    const { connect } = rigOf("icloud");
    expect(await refusal(connect({ password: "Summer2026!" }))).toEqual(["reauth", "app_password_needed"]);
  });

  it("takes names and passwords of any letters, without blanks around them", async () => {
    const password = "pässwörd-日本-🙂";
    const { connect } = rigOf("sabre", password);
    await connect({ username: `  ${ANA} `, password: `${password}\n` });
  });

  it("leaves out collections without events, and keeps names as they are written", async () => {
    const { connect, provider, dav } = rigOf("sabre");
    const add = (name: string | null, more: object) =>
      dav.addCalendar({
        owner: ANA,
        name,
        timeZone: null,
        slug: `s${Math.abs(JSON.stringify(more).length)}`,
        ...more,
      });
    add("Tasks", { components: ["VTODO"] });
    add("Holidays by subscription", { kind: "subscribed" });
    add("In", { kind: "inbox", components: null });
    add("Out", { kind: "outbox", components: null, writable: true });
    add("Any", { components: [] });
    add("2026", { zoneAs: "id", timeZone: "Asia/Tokyo", transparent: true });
    add(null, { slug: "un%20named", writable: false });
    const calendars = await provider.open((await connect()).credentials).listCalendars();
    expect(calendars.map(({ name, timeZone, role }) => [name, timeZone, role])).toEqual([
      ["Work", "Europe/Lisbon", "writer"],
      ["Any", null, "writer"],
      ["2026", "Asia/Tokyo", "writer"],
      ["un named", null, "reader"],
    ]);
  });

  it("C2: a password revoked later asks for authorisation, and no refresh can help", async () => {
    const { connect, provider, dav } = rigOf("icloud");
    const { credentials } = await connect();
    dav.revoke(ANA);
    expect(await refusal(provider.open(credentials).listCalendars())).toEqual(["reauth", "http_401"]);
    expect(await refusal(provider.oauth.refresh(credentials))).toEqual(["reauth", "password_refused"]);
    await provider.oauth.revoke(credentials);
  });
});
