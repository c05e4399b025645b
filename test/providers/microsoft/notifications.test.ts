// Microsoft's notifications as they are read, with the bodies of `docs/providers/microsoft.md` B.7 and E.2.6.
import { describe, expect, test } from "vitest";
import { readNotification } from "../../../src/providers/microsoft/push.ts";

const ADDRESS = "https://sync.example.org/api/calendar/webhooks/microsoft";
const read = (body: unknown, query = "") =>
  readNotification({
    url: new URL(ADDRESS + query),
    headers: new Headers(),
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const ID = "7f105c7d-2dc5-4530-97cd-4e7ae6534c07";
const change = (more: object = {}) => ({
  subscriptionId: ID,
  subscriptionExpirationDateTime: "2026-03-08T08:00:00+00:00",
  changeType: "updated",
  resource: "Users/8ee4/Events/AAkALg=",
  resourceData: { "@odata.type": "#Microsoft.Graph.Event", id: "AAkALg=" },
  clientState: "state-1",
  tenantId: "84bd",
  ...more,
});
const changed = (notificationKey: string, secret = "state-1") => ({
  notificationKey,
  secret,
  resourceId: null,
  meaning: "changed",
});

describe("M39: the validation call", () => {
  test.each([
    [
      "?validationToken=Validation%3A+Testing+client+Request-Id%3A+ab12",
      "Validation: Testing client Request-Id: ab12",
    ],
    ["?k=7&validationToken=a%2Bb%26c%3D%3Cscript%3E", "a+b&c=<script>"],
    ["?validationToken=%F0%9F%97%93", "🗓"],
  ])("%s", (query, echo) => {
    expect(read("", query)).toEqual({ kind: "challenge", echo });
  });

  test("without a token asks for nothing", () => {
    expect(read("", "?validationToken=")).toMatchObject({ kind: "malformed" });
  });
});

describe("changes", () => {
  test("name subscription and secret", () => {
    expect(read({ value: [change()] })).toEqual({ kind: "notifications", notifications: [changed(ID)] });
  });

  test("M41: of several subscriptions are separated", () => {
    const value = [change(), change({ subscriptionId: "other", clientState: "state-2" })];
    expect(read({ value })).toMatchObject({ notifications: [changed(ID), changed("other", "state-2")] });
  });

  test("that are equal become one", () => {
    const value = ["created", "updated", "updated", "deleted"].map((changeType) => change({ changeType }));
    expect(read({ value })).toMatchObject({ notifications: [changed(ID)] });
  });

  test("M40: without a secret, or with a wrong one, are read, and the caller decides", () => {
    const value = [change({ clientState: null }), change({ clientState: "forged" })];
    expect(read({ value })).toMatchObject({ notifications: [changed(ID, ""), changed(ID, "forged")] });
  });

  test("are read although an entry among them has another shape", () => {
    expect(read({ value: [null, 7, {}, change()], validationTokens: ["x"] })).toMatchObject({
      notifications: [changed(ID)],
    });
  });
});

describe("L18: lifecycle messages", () => {
  test.each([
    ["M42", "reauthorizationRequired", "renew"],
    ["M43", "subscriptionRemoved", "removed"],
    ["M44", "missed", "lost"],
  ])("%s: %s means %s", (_, lifecycleEvent, meaning) => {
    const entry = { subscriptionId: ID, clientState: "state-1", lifecycleEvent };
    expect(read({ value: [entry] })).toEqual({
      kind: "notifications",
      notifications: [{ ...changed(ID), meaning }],
    });
  });

  test.each(["somethingNew", "constructor"])("one that isn't known (%s) means nothing", (lifecycleEvent) => {
    expect(read({ value: [change({ lifecycleEvent })] })).toEqual({
      kind: "notifications",
      notifications: [],
    });
  });

  test("come beside changes", () => {
    const value = [change(), change({ lifecycleEvent: "missed" })];
    expect(read({ value })).toMatchObject({ notifications: [{ meaning: "changed" }, { meaning: "lost" }] });
  });
});

test.each([
  "",
  "{",
  "null",
  "[]",
  "7",
  '"value"',
  "{}",
  '{"value":{}}',
  '{"value":[]}',
  '{"value":[{}]}',
  "<html>",
])("M45: %j is no notification", (body) => {
  expect(read(body)).toMatchObject({ kind: "malformed" });
});
