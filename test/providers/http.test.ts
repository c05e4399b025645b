// HTTP to providers: limits, failures and answers.
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { ProviderError } from "../../src/providers/error.ts";
import {
  atOrigin,
  boundedFetch,
  type Classify,
  expectSuccess,
  readAnswer,
  readRetryAfter,
  send,
} from "../../src/providers/http.ts";

const NOW = Date.parse("2026-03-01T10:00:00Z");
const URL_ = "https://provider.example/thing";
const deps = (answer: (url: string, init?: RequestInit) => Promise<Response>) => ({
  fetch: ((input: string | URL | Request, init?: RequestInit) => answer(String(input), init)) as typeof fetch,
  now: () => NOW,
});
const answering = (response: () => Response) => deps(async () => response());
const wait: Classify = () => ({ kind: "wait", code: "slow_down" });

async function failure(call: () => unknown): Promise<ProviderError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error("It didn't fail.");
}

describe("send", () => {
  test("reads an answer of any status to its end", async () => {
    const answer = await send(
      answering(() => new Response("no", { status: 418 })),
      URL_,
      {},
    );
    expect(answer).toMatchObject({ status: 418, text: "no" });
  });

  test("gives up on an answer that doesn't begin within the time limit", async () => {
    const never = deps(() => new Promise(() => {}));
    expect(await failure(() => send(never, URL_, {}, { timeLimitMs: 20 }))).toMatchObject({
      kind: "retry",
      code: "timeout",
      status: null,
    });
  });

  test("gives up on a body that stalls within the time limit", async () => {
    const stalling = answering(() => new Response(new ReadableStream({})));
    expect(await failure(() => send(stalling, URL_, {}, { timeLimitMs: 20 }))).toMatchObject({
      code: "timeout",
    });
  });

  test("stops reading an answer past the size limit", async () => {
    let chunks = 0;
    const body = () =>
      new ReadableStream({
        pull(flow) {
          chunks += 1;
          flow.enqueue(new Uint8Array(64));
        },
      });
    const endless = answering(() => new Response(body()));
    expect(await failure(() => send(endless, URL_, {}, { sizeLimitBytes: 256 }))).toMatchObject({
      kind: "bug",
      code: "answer_too_large",
    });
    expect(chunks).toBeLessThan(10);
  });

  test("follows no redirect, so credentials stay with the host they were meant for", async () => {
    const asked: (string | undefined)[] = [];
    const redirecting = deps(async (_, init) => {
      asked.push(init?.redirect);
      return new Response(null, { status: 302, headers: { location: "https://elsewhere.example/" } });
    });
    expect(await failure(() => send(redirecting, URL_, {}))).toMatchObject({ code: "unexpected_redirect" });
    expect(asked).toEqual(["manual"]);
    const answer = await send(redirecting, URL_, {}, { redirects: "answer" });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "https://elsewhere.example/"]);
  });

  test("G40: a reset connection is a passing fault", async () => {
    const reset = deps(() => Promise.reject(new TypeError("fetch failed")));
    expect(await failure(() => send(reset, URL_, {}))).toMatchObject({ kind: "retry", code: "network" });
  });

  test("joins characters that arrive in two chunks", async () => {
    const bytes = new TextEncoder().encode("é");
    const split = answering(
      () =>
        new Response(
          new ReadableStream({
            start(flow) {
              flow.enqueue(bytes.slice(0, 1));
              flow.enqueue(bytes.slice(1));
              flow.close();
            },
          }),
        ),
    );
    expect((await send(split, URL_, {})).text).toBe("é");
  });
});

describe("boundedFetch", () => {
  test("passes method, headers and body on, and none of the library's own options", async () => {
    let seen: RequestInit = {};
    const fetch = boundedFetch(
      deps(async (_, init = {}) => {
        seen = init;
        return Response.json({ ok: true });
      }),
    );
    const response = await fetch(new URL(URL_), {
      method: "POST",
      headers: { "if-match": "x" },
      body: "{}",
      redirect: "follow",
    });
    expect(await response.json()).toEqual({ ok: true });
    expect(seen).toMatchObject({ method: "POST", body: "{}", redirect: "manual" });
    expect(new Headers(seen.headers).get("if-match")).toBe("x");
  });

  test("returns an answer without content", async () => {
    const fetch = boundedFetch(answering(() => new Response(null, { status: 204 })));
    expect((await fetch(URL_)).status).toBe(204);
  });
});

describe("readAnswer", () => {
  const schema = z.object({ id: z.string() });
  const raw = (status: number, text: string, headers: Record<string, string> = {}) => ({
    status,
    text,
    headers: new Headers(headers),
  });

  test("takes what the schema names and drops the rest", () => {
    expect(readAnswer(raw(200, '{"id":"a","more":1}'), schema, wait, NOW)).toEqual({ id: "a" });
  });

  test.each([
    ["G40: JSON that is cut off", '{"id":'],
    ["an empty text", ""],
    ["HTML", "<html>"],
  ])("%s is a passing fault", async (_, text) => {
    expect(await failure(() => readAnswer(raw(200, text), schema, wait, NOW))).toMatchObject({
      kind: "retry",
      code: "unparsable_answer",
    });
  });

  test("JSON of another shape is a bug", async () => {
    expect(await failure(() => readAnswer(raw(200, '{"id":1}'), schema, wait, NOW))).toMatchObject({
      kind: "bug",
      code: "unexpected_answer",
    });
  });

  test("a refusal carries the table's verdict, the status and the instant to come back", async () => {
    const refusal = raw(503, "<html>", { "retry-after": "30" });
    expect(await failure(() => readAnswer(refusal, schema, wait, NOW))).toMatchObject({
      kind: "wait",
      code: "slow_down",
      status: 503,
      retryAt: NOW + 30_000,
    });
  });

  test("the table sees the body as JSON, or null", async () => {
    const bodies: unknown[] = [];
    const noting: Classify = ({ body }) => {
      bodies.push(body);
      return { kind: "bug", code: "x" };
    };
    await failure(() => expectSuccess(raw(400, '{"error":"x"}'), noting, NOW));
    await failure(() => expectSuccess(raw(502, "<html>"), noting, NOW));
    expect(bodies).toEqual([{ error: "x" }, null]);
  });

  test("no error quotes the answer", async () => {
    for (const text of ['{"id": secret', '{"id": {"secret": "secret"}}']) {
      const error = await failure(() => readAnswer(raw(200, text), schema, wait, NOW));
      expect(`${error.message} ${String(error.cause)} ${JSON.stringify(error)}`).not.toContain("secret");
    }
  });
});

describe("readRetryAfter", () => {
  test.each([
    [null, null],
    ["0", NOW],
    ["120", NOW + 120_000],
    ["Sun, 01 Mar 2026 10:05:00 GMT", NOW + 300_000],
    ["Sun, 01 Mar 2026 09:00:00 GMT", NOW],
    ["soon", null],
    ["99999999999", NOW + 86_400_000],
  ])("reads %s", (text, expected) => {
    const headers = new Headers(text === null ? {} : { "retry-after": text });
    expect(readRetryAfter(headers, NOW)).toBe(expected);
  });
});

test("another origin keeps the path", () => {
  expect(atOrigin("https://oauth2.googleapis.com/token", "http://127.0.0.1:9001")).toBe(
    "http://127.0.0.1:9001/token",
  );
  expect(atOrigin("https://oauth2.googleapis.com/token", null)).toBe("https://oauth2.googleapis.com/token");
});
