// Failures and their words: what a person reads when a provider, a password or their own decision stands in the way.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { english } from "../../src/pages/words/english.ts";
import { agentOf } from "./agents.ts";
import { agree, cardOf, cards, connectLinkOf, enterPassword, notice, open } from "./connect-page.ts";
import { connectionsOf, googlePerson, microsoftPerson, passwordPerson, readNow, settled } from "./people.ts";
import { inBrowser, inWindow, places } from "./window.ts";

type Google = Awaited<ReturnType<typeof googlePerson>>;

const knob = (person: Google, name: string, value: unknown = true) =>
  person.control("POST", "/knobs", { name, value, user: person.email, times: 1 });

inBrowser("A consent that fails is told in words, and connects nothing", () => {
  const cancelled = async (page: Page) => {
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForURL("**/connect?*");
  };
  test.each([
    {
      what: "the person cancels",
      on: cancelled,
      words: english.errors.oauth_denied,
    },
    {
      what: "a permission isn't ticked",
      on: (page: Page, { email }: Google) => agree(page, email, /events/i),
      words: english.errors.oauth_scope_missing,
    },
    {
      what: "the provider's page fails",
      turn: (person: Google) => knob(person, "consent.error", "server_error"),
      words: english.errors.oauth_failed,
    },
    {
      what: "the provider is down",
      turn: (person: Google) => knob(person, "token.status", 503),
      words: english.errors.provider_unavailable,
    },
    {
      what: "no lasting access is given",
      turn: (person: Google) => knob(person, "token.omitRefresh"),
      words: english.errors.oauth_no_refresh_token,
    },
    {
      what: "the account has no calendars",
      turn: (person: Google) => person.control("POST", "/knobs", { name: "account.off", user: person.email }),
      words: english.errors.no_calendars,
    },
  ])("$what", async ({ what, on, turn, words }) => {
    const agentId = `agent-${what.replaceAll(/\W/g, "-")}`;
    const person = await googlePerson("Failing");
    await turn?.(person);
    await inWindow({ agentId }, async (page) => {
      await open(page);
      await connectLinkOf(page, /Google Calendar/).click();
      await (on === undefined ? agree(page, person.email) : on(page, person));
      expect(await notice(page).textContent()).toContain(words);
      expect(await cards(page).count()).toBe(0);
    });
    expect(await connectionsOf(agentId)).toEqual([]);
  });

  test("a consent that was begun in another browser", async () => {
    const person = await googlePerson("Elsewhere");
    await inWindow({ agentId: "agent-begins" }, async (page) => {
      await open(page);
      await connectLinkOf(page, /Google Calendar/).click();
      const consent = page.url();
      await inWindow({ agentId: "agent-begins" }, async (other) => {
        await other.goto(consent);
        await agree(other, person.email);
        expect(await notice(other).textContent()).toContain(english.errors.oauth_state_invalid);
      });
    });
  });
});

inBrowser("A form that fails says why, and keeps what was entered but the password", () => {
  test.each([
    {
      what: "a wrong password",
      path: "apple",
      entries: { password: "aaaa-bbbb-cccc-dddd" },
      words: "were not accepted",
    },
    {
      what: "an ordinary password",
      path: "apple",
      entries: { password: "Sommer2026!" },
      words: english.errors.app_password_needed,
    },
    {
      what: "an address without a calendar server",
      path: "caldav",
      entries: { serverUrl: "https://dav.example.com" },
      words: english.errors.server_unreachable,
    },
    {
      what: "an address that isn't public",
      path: "caldav",
      entries: { serverUrl: "https://127.0.0.1/" },
      words: "must name a server on the internet",
    },
  ] as const)("$what", async ({ what, path, entries, words }) => {
    const person = await passwordPerson("Mistaken", path);
    const agentId = `agent-${what.replaceAll(/\W/g, "-")}`;
    await inWindow({ agentId }, async (page) => {
      await page.goto(`${places().apiUrl}/${path}/auth`);
      const right = { username: person.email, password: person.password };
      await enterPassword(page, { ...right, ...entries });
      expect(await page.getByRole("alert").textContent()).toContain(words);
      expect(await page.locator("input[name=username]").inputValue()).toBe(person.email);
      expect(await page.locator("input[name=password]").inputValue()).toBe("");
    });
    expect(await connectionsOf(agentId)).toEqual([]);
  });
});

inBrowser("A calendar in trouble says so on its card", () => {
  test("what is wrong with each, and what to do", async () => {
    await inWindow({ agentId: await agentOf("troubled") }, async (page) => {
      await open(page);
      const card = (text: string | RegExp) => cards(page).filter({ hasText: text }).first();
      expect(
        await card("This account no longer lets us in").getByRole("link", { name: /again/ }).count(),
      ).toBe(1);
      expect(await cardOf(page, /Office 365/).textContent()).toContain("can't be read at the moment");
      expect(await cardOf(page, /Apple Calendar/).textContent()).toContain("no longer in your account");
      expect(await cardOf(page, /CalDAV/).textContent()).toContain("can't be read");
    });
  });

  test("one that needs consent is well again after the person connects it again, and not with another account", async () => {
    const agentId = "agent-again";
    const [person, other] = await Promise.all([googlePerson("Again"), googlePerson("Other")]);
    await person.connect(agentId);
    await settled(agentId);
    await person.control("POST", `/users/${encodeURIComponent(person.email)}/remove-access`);
    for (const { id } of await connectionsOf(agentId)) await readNow(id);
    expect(await connectionsOf(agentId)).toMatchObject([{ status: "needs_reauth" }]);
    await inWindow({ agentId }, async (page) => {
      await open(page);
      await page.getByRole("link", { name: /again/ }).first().click();
      await agree(page, other.email);
      expect(await notice(page).textContent()).toContain(english.errors.account_mismatch);
      await page.getByRole("link", { name: /again/ }).first().click();
      await agree(page, person.email);
      expect(await notice(page).textContent()).toContain(english.done.connected);
    });
    expect(await connectionsOf(agentId)).toMatchObject([{ status: "active" }]);
  });

  test("events that can't be read are counted as free by one press", async () => {
    const agentId = "agent-damaged";
    const person = await passwordPerson("Damaged", "caldav");
    await person.add("Private words", { start: Date.now(), end: Date.now() + 3_600_000 }, "FREQ=WEEKLY");
    await person.control("POST", "/knobs", { name: "ics.brokenRule", calendar: person.calendar });
    await person.connect(agentId);
    await settled(agentId);
    await inWindow({ agentId }, async (page) => {
      await open(page);
      expect(await cards(page).first().textContent()).toContain("can't be read");
      expect(await page.content()).not.toContain("Private words");
      await page.getByRole("button", { name: /free/i }).click();
      await page.waitForURL("**/connect?*");
      expect(await page.getByRole("button", { name: /free/i }).count()).toBe(0);
    });
  });

  test("a mailbox without a calendar service isn't connected", async () => {
    const person = await microsoftPerson("NoMailbox", "work");
    await person.control("POST", "/knobs", { name: "mailbox.none", user: person.email });
    await inWindow({ agentId: "agent-no-mailbox" }, async (page) => {
      await open(page);
      await connectLinkOf(page, /Office 365/).click();
      await agree(page, person.email);
      expect(await notice(page).textContent()).toContain(english.errors.no_calendars);
    });
  });
});
