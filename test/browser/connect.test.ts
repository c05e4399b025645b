// Connecting: each provider through its consent page or form, what a calendar is for, and disconnecting it again.
import { expect, test } from "vitest";
import { english } from "../../src/pages/words/english.ts";
import {
  agree,
  cardOf,
  cards,
  connectLinkOf,
  enterPassword,
  notice,
  open,
  switchesOf,
} from "./connect-page.ts";
import { connectionsOf, googlePerson, microsoftPerson, passwordPerson, settled } from "./people.ts";
import { inBrowser, inWindow, places } from "./window.ts";

inBrowser("An agent connects", () => {
  test.each([
    { provider: "GOOGLE", label: /Google Calendar/, person: () => googlePerson("Connecting") },
    { provider: "OUTLOOK", label: /Outlook\.com/, person: () => microsoftPerson("Connecting", "personal") },
    { provider: "OFFICE365", label: /Office 365/, person: () => microsoftPerson("Connecting", "work") },
  ])("$provider through its consent page", async ({ provider, label, person }) => {
    const agentId = `agent-connects-${provider}`;
    const { email } = await person();
    await inWindow({ agentId }, async (page) => {
      await open(page);
      expect(await cards(page).count()).toBe(0);
      await connectLinkOf(page, label).click();
      expect(new URL(page.url()).origin).not.toBe(places().origin);
      await agree(page, email);
      expect(await notice(page).textContent()).toContain(english.done.connected);
      expect(await cardOf(page, label).count()).toBe(1);
      await settled(agentId);
      await open(page);
      expect(await cardOf(page, label).textContent()).toContain(english.status.upToDate);
    });
    expect(await connectionsOf(agentId)).toMatchObject([
      { provider, status: "active", blocksAvailability: true, receivesBookings: true },
    ]);
  });

  test.each([
    { provider: "APPLE", label: /Apple Calendar/, kind: "apple" },
    { provider: "CALDAV", label: /CalDAV/, kind: "caldav" },
  ] as const)("$provider by its form", async ({ provider, label, kind }) => {
    const agentId = `agent-connects-${provider}`;
    const { email, password, serverUrl } = await passwordPerson("Connecting", kind);
    await inWindow({ agentId }, async (page) => {
      await open(page);
      await connectLinkOf(page, label).click();
      await enterPassword(page, {
        username: email,
        password,
        ...(kind === "caldav" ? { serverUrl } : {}),
      });
      await page.waitForURL("**/connect?*");
      expect(await notice(page).textContent()).toContain(english.done.connected);
      expect(await cardOf(page, label).count()).toBe(1);
      await settled(agentId);
      await open(page);
      expect(await cardOf(page, label).textContent()).toContain(english.status.upToDate);
    });
    expect(await connectionsOf(agentId)).toMatchObject([{ provider, status: "active" }]);
  });
});

inBrowser("A calendar that is connected", () => {
  const connected = async (name: string): Promise<string> => {
    const agentId = `agent-${name}`;
    await (await googlePerson(name)).connect(agentId);
    await settled(agentId);
    return agentId;
  };

  test("blocks and receives as its switches say, also after the page is opened again", async () => {
    const agentId = await connected("switches");
    await inWindow({ agentId }, async (page) => {
      await open(page);
      for (const [purpose, field] of [
        ["blocks", "blocksAvailability"],
        ["receives", "receivesBookings"],
      ] as const) {
        for (const on of [false, true]) {
          const control = switchesOf(cards(page).first())[purpose];
          expect(await control.getAttribute("aria-checked")).toBe(String(!on));
          await control.click();
          await page.locator(`[role=switch][aria-checked=${on}]`).first().waitFor();
          expect(await control.getAttribute("aria-checked")).toBe(String(on));
          expect((await connectionsOf(agentId))[0]?.[field]).toBe(on);
        }
      }
    });
  });

  test("is disconnected only after a question, and forgotten", async () => {
    const agentId = await connected("leaves");
    await inWindow({ agentId }, async (page) => {
      await open(page);
      await page.getByRole("link", { name: /^Disconnect/ }).click();
      await page.getByRole("link", { name: "Keep it" }).click();
      expect(await cards(page).count()).toBe(1);
      await page.getByRole("link", { name: /^Disconnect/ }).click();
      await page.getByRole("button", { name: /^Disconnect/ }).click();
      await page.waitForURL("**/connect?*");
      expect(await notice(page).textContent()).toContain(english.done.disconnected);
      expect(await cards(page).count()).toBe(0);
    });
    expect(await connectionsOf(agentId)).toEqual([]);
  });

  test("has others of its account beside it, each connected with one press", async () => {
    const agentId = "agent-several";
    const person = await googlePerson("several");
    await person.control("POST", "/calendars", { owner: person.email, summary: "Choir", timeZone: null });
    await person.connect(agentId);
    await settled(agentId);
    await inWindow({ agentId }, async (page) => {
      await open(page);
      await page.locator("main a[href*='/connect/accounts/']").click();
      await page.getByRole("button", { name: "Connect Choir" }).click();
      await page.waitForURL("**/connect?*");
      expect(await cards(page).count()).toBe(2);
      await page.locator("main a[href*='/connect/accounts/']").first().click();
      expect(await page.getByRole("button", { name: "Connect Choir" }).count()).toBe(0);
    });
    expect(await connectionsOf(agentId)).toHaveLength(2);
  });
});
