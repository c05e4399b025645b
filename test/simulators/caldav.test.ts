// The simulated CalDAV server: each profile's answers, and how strictly it checks requests.
import { describe, expect, it, test } from "vitest";
import { type CaldavSimulator, createCaldavSimulator, type Profile, serveCaldavSimulator } from "./caldav.ts";

const ANA = "ana@example.com";
const PASSWORD = "abcd-efgh-ijkl-mnop";
const PROFILES: readonly Profile[] = ["icloud", "sabre", "radicale", "minimal"];

interface Rig {
  readonly dav: CaldavSimulator;
  readonly clock: { now: number };
  readonly calendar: string;
  ask(
    method: string,
    path: string,
    options?: { body?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

function rigOf(profile: Profile, password = PASSWORD): Rig {
  const clock = { now: Date.parse("2026-03-01T10:00:00Z") };
  const dav = createCaldavSimulator({ now: () => clock.now });
  dav.addUser({ email: ANA, password: PASSWORD, profile });
  const calendar = dav.addCalendar({ owner: ANA, name: "Work", timeZone: "Europe/Lisbon" }).path;
  return {
    dav,
    clock,
    calendar,
    async ask(method, path, { body, headers = {} } = {}) {
      const response = await dav.fetch(new URL(path, dav.urlOf(calendar)), {
        method,
        headers: {
          authorization: `Basic ${btoa(`${ANA}:${password}`)}`,
          ...(body !== undefined && { "content-type": "application/xml; charset=utf-8" }),
          ...headers,
        },
        ...(body !== undefined && { body }),
        redirect: "manual",
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    },
  };
}

const event = (uid: string, more = "") =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20260301T100000Z\r\n` +
  `DTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\n${more}END:VEVENT\r\nEND:VCALENDAR\r\n`;

const propfind = (...props: string[]) =>
  `<a:propfind xmlns:a="DAV:" xmlns:b="urn:ietf:params:xml:ns:caldav"><a:prop>${props.map((name) => `<${name}/>`).join("")}</a:prop></a:propfind>`;

const sync = (token: string, limit = "") =>
  `<sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level>${limit}<prop><getetag/></prop></sync-collection>`;

const search = (uid: string, collation = "i;octet") =>
  '<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/><c:calendar-data/></prop>' +
  '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:prop-filter name="UID">' +
  `<c:text-match collation="${collation}">${uid}</c:text-match>` +
  "</c:prop-filter></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>";

const tokenOf = (answer: Answer) => /sync-token>([^<]+)</.exec(answer.text)?.[1] ?? "";
const calendarType = { "content-type": "text/calendar; charset=utf-8" };

describe.each(PROFILES)("%s", (profile) => {
  it("leads from the well-known address to the home's calendars", async () => {
    const { dav, calendar, ask } = rigOf(profile);
    const wellKnown = await ask("PROPFIND", new URL("/.well-known/caldav", dav.serverUrl(ANA)).href);
    expect(wellKnown.status).toBe(301);
    const context = new URL(wellKnown.headers.get("location") ?? "", dav.serverUrl(ANA)).href;
    const zero = { depth: "0" };
    const principal = await ask("PROPFIND", context, {
      body: propfind("a:current-user-principal"),
      headers: zero,
    });
    const principalPath = /href[^>]*>([^<]*)<\/[^>]*href>\s*<\/[^>]*current-user-principal/.exec(
      principal.text,
    )?.[1];
    const home = await ask("PROPFIND", new URL(principalPath ?? "", dav.serverUrl(ANA)).href, {
      body: propfind("b:calendar-home-set"),
      headers: zero,
    });
    const homePath = /calendar-home-set[^>]*>\s*<[^>]*href[^>]*>([^<]+)/.exec(home.text)?.[1] ?? "";
    expect(homePath.startsWith("https://p42-caldav.icloud.com:443/")).toBe(profile === "icloud");
    const list = await ask("PROPFIND", homePath, {
      body: propfind("a:displayname"),
      headers: { depth: "1" },
    });
    expect([list.status, list.text.includes(calendar), list.text.includes(">Work<")]).toEqual([
      207,
      true,
      true,
    ]);
  });

  it("C1: refuses a wrong password", async () => {
    const { ask, calendar } = rigOf(profile, "wrong");
    const answer = await ask("PROPFIND", calendar, { body: propfind("a:getetag"), headers: { depth: "0" } });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringMatching(/Basic/),
    ]);
  });

  it("keeps writes to their conditions", async () => {
    const { ask, calendar } = rigOf(profile);
    const path = `${calendar}one.ics`;
    const create = { body: event("one"), headers: { ...calendarType, "if-none-match": "*" } };
    expect((await ask("PUT", path, create)).status).toBe(201);
    expect((await ask("PUT", path, create)).status).toBe(412);
    const etag = (await ask("GET", path)).headers.get("etag") ?? "";
    const change = (ifMatch: string) =>
      ask("PUT", path, { body: event("one"), headers: { ...calendarType, "if-match": ifMatch } });
    expect((await change('"other"')).status).toBe(412);
    expect((await change(etag)).status).toBe(204);
    expect((await ask("DELETE", path, { headers: { "if-match": etag } })).status).toBe(412);
    expect((await ask("DELETE", path)).status).toBe(profile === "radicale" ? 200 : 204);
    expect((await ask("DELETE", path)).status).toBe(404);
  });

  it.each([
    ["no calendar", "nonsense\r\n"],
    ["bare line feeds", event("one").replaceAll("\r\n", "\n")],
    ["a line too long", event("one", `SUMMARY:${"x".repeat(80)}\r\n`)],
    [
      "a zone not stated",
      event("one").replace("DTSTART:20260302T090000Z", "DTSTART;TZID=Europe/Lisbon:20260302T090000"),
    ],
  ])("C24: refuses %s", async (_, body) => {
    const { ask, calendar } = rigOf(profile);
    const answer = await ask("PUT", `${calendar}one.ics`, { body, headers: calendarType });
    expect(answer.status).toBe(profile === "icloud" ? 400 : 403);
    expect(answer.text).toContain(profile === "icloud" ? "<html>" : "valid-calendar-data");
  });

  it("C22: refuses a UID that another object has in its own way", async () => {
    const { ask, dav, calendar } = rigOf(profile);
    dav.putEvent(calendar, event("one"), "first.ics");
    const put = () => ask("PUT", `${calendar}second.ics`, { body: event("one"), headers: calendarType });
    const { status, text } = await put();
    const named = [text.includes("no-uid-conflict"), text.includes(`${calendar}first.ics`)];
    expect([status, ...named]).toEqual(
      {
        icloud: [403, true, true],
        sabre: [400, false, false],
        radicale: [409, true, false],
        minimal: [409, false, false],
      }[profile],
    );
  });

  it("finds objects by a part of their UID", async () => {
    const { ask, dav, calendar } = rigOf(profile);
    for (const uid of ["one", "one-more", "two"]) dav.putEvent(calendar, event(uid));
    const found = async (uid: string, collation?: string) => {
      const { text } = await ask("REPORT", calendar, {
        body: search(uid, collation),
        headers: { depth: "1" },
      });
      return ["one", "one-more", "two"].filter((name) => text.includes(`${calendar}${name}.ics<`));
    };
    expect(await found("one-more")).toEqual(["one-more"]);
    expect(await found("one")).toEqual(["one", "one-more"]);
    expect(await found("ONE")).toEqual([]);
    expect(await found("ONE", "i;ascii-casemap")).toEqual(["one", "one-more"]);
    for (const [broken, names] of [["none", []] as const, ["all", ["one", "one-more", "two"]] as const]) {
      dav.knobs.set("uid.query", broken, { times: 1 });
      expect(await found("two")).toEqual(names);
    }
  });

  it("refuses searches it doesn't understand", async () => {
    const { ask, dav, calendar } = rigOf(profile);
    const refusal = async (body: string) => {
      const { status, text } = await ask("REPORT", calendar, { body, headers: { depth: "1" } });
      return [status, /(valid-filter|supported-[a-z]+)/.exec(text)?.[1]];
    };
    expect(await refusal(search("one", "i;unicode-casemap"))).toEqual([403, "supported-collation"]);
    expect(await refusal(search("one").replaceAll("text-match", "param-filter"))).toEqual([
      403,
      "supported-filter",
    ]);
    const unpaired = search("one")
      .replace('<c:comp-filter name="VEVENT">', "")
      .replace("</c:comp-filter>", "");
    expect((await refusal(unpaired))[0]).toBe(400);
    dav.knobs.set("uid.query", 412, { times: 1 });
    expect((await refusal(search("one")))[0]).toBe(412);
  });

  it("C18: answers for each member asked for", async () => {
    const { ask, dav, calendar } = rigOf(profile);
    dav.putEvent(calendar, event("one"));
    const hrefs = `<a:href>${calendar}one.ics</a:href><a:href>${calendar}two.ics</a:href>`;
    const body = `<c:calendar-multiget xmlns:a="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><a:prop><a:getetag/><c:calendar-data/></a:prop>${hrefs}</c:calendar-multiget>`;
    const answer = await ask("REPORT", calendar, { body, headers: { depth: "1" } });
    expect(answer.text).toContain("UID:one");
    expect(answer.text).toContain("404 Not Found");
  });
});

describe("sync-collection", () => {
  it.each(["icloud", "sabre", "radicale"] as const)("%s lists the changes since a token", async (profile) => {
    const { ask, dav, calendar } = rigOf(profile);
    dav.putEvent(calendar, event("one"));
    dav.putEvent(calendar, event("two"));
    const first = await ask("REPORT", calendar, { body: sync(""), headers: { depth: "0" } });
    expect(first.text).toContain("two.ics");
    dav.deleteEvent(calendar, "one.ics");
    const second = await ask("REPORT", calendar, { body: sync(tokenOf(first)) });
    expect(second.text).toMatch(/one\.ics<[\s\S]*404 Not Found/);
    expect(second.text).not.toContain("two.ics");
    dav.expireSyncTokens();
    const third = await ask("REPORT", calendar, { body: sync(tokenOf(second)) });
    expect([third.status, third.text]).toEqual([403, expect.stringContaining("valid-sync-token")]);
  });

  it("C12: cuts long answers, and goes on from the token in them", async () => {
    const { ask, dav, calendar } = rigOf("sabre");
    for (const uid of ["one", "two", "three"]) dav.putEvent(calendar, event(uid));
    const limit = "<limit><nresults>2</nresults></limit>";
    const first = await ask("REPORT", calendar, { body: sync("", limit) });
    expect(first.text).toContain("507 Insufficient Storage");
    const second = await ask("REPORT", calendar, { body: sync(tokenOf(first), limit) });
    expect(second.text).toContain("three.ics");
    expect(second.text).not.toContain("507");
  });

  it("refuses another depth, another body type, and what isn't XML", async () => {
    const { ask, calendar } = rigOf("sabre");
    expect((await ask("REPORT", calendar, { body: sync(""), headers: { depth: "1" } })).status).toBe(400);
    const json = { body: sync(""), headers: { "content-type": "application/json" } };
    expect((await ask("REPORT", calendar, json)).status).toBe(415);
    expect((await ask("REPORT", calendar, { body: "<sync-collection" })).status).toBe(400);
  });

  it("C14: the minimal server has none, but a ctag", async () => {
    const { ask, dav, calendar } = rigOf("minimal");
    expect((await ask("REPORT", calendar, { body: sync("") })).text).toContain("supported-report");
    const ask0 = () =>
      ask("PROPFIND", calendar, {
        body: '<propfind xmlns="DAV:"><prop><getctag xmlns="http://calendarserver.org/ns/"/></prop></propfind>',
        headers: { depth: "0" },
      });
    const before = (await ask0()).text;
    dav.putEvent(calendar, event("one"));
    expect((await ask0()).text).not.toBe(before);
  });

  it("C35: shows writes late where the knob says so", async () => {
    const { ask, dav, calendar, clock } = rigOf("icloud");
    dav.knobs.set("eventual.ms", 60_000, { times: 1 });
    await ask("PUT", `${calendar}one.ics`, { body: event("one"), headers: calendarType });
    const early = await ask("REPORT", calendar, { body: sync("") });
    expect(early.text).not.toContain("one.ics");
    clock.now += 60_000;
    expect((await ask("REPORT", calendar, { body: sync(tokenOf(early)) })).text).toContain("one.ics");
  });
});

test("is served over HTTP as well, control routes included", async () => {
  const served = await serveCaldavSimulator({ port: 0 });
  const post = async (path: string, body: object): Promise<unknown> =>
    (await fetch(`${served.url}/_control${path}`, { method: "POST", body: JSON.stringify(body) })).json();
  await post("/users", { email: ANA, password: PASSWORD, profile: "icloud" });
  const { url } = (await post("/calendars", { owner: ANA, name: "Home", timeZone: null })) as { url: string };
  const answer = await fetch(url, {
    method: "PROPFIND",
    headers: { authorization: `Basic ${btoa(`${ANA}:${PASSWORD}`)}`, depth: "0", "content-type": "text/xml" },
    body: propfind("a:displayname"),
  });
  expect([answer.status, await answer.text()]).toEqual([207, expect.stringContaining("Home")]);
  await served.close();
});
