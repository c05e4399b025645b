// The rules that all routes share, tested for every operation in the table.
import { describe, expect, test } from "vitest";
import { BASE_PATH, MAX_BODY_BYTES, type Operation } from "../../src/http/operation.ts";
import {
  BASE_URL,
  createClosedWorld,
  NOW,
  operatorCookie,
  sessionCookie,
  token,
  unsignedToken,
} from "./closed-world.ts";
import type { Sample } from "./samples.ts";

const FORM = "application/x-www-form-urlencoded";

/** The sample as a request. `headers` are added to those that its body needs. */
export function requestOf(declared: Operation, sample: Sample, headers: Record<string, string> = {}) {
  const path = declared.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(sample.params?.[name] ?? ""),
  );
  const url = new URL(`${BASE_URL}${BASE_PATH}${path}`);
  for (const [name, value] of Object.entries(sample.query ?? {})) url.searchParams.set(name, value);
  const body =
    sample.body !== undefined
      ? JSON.stringify(sample.body)
      : sample.form !== undefined
        ? new URLSearchParams(sample.form).toString()
        : null;
  const type = sample.body !== undefined ? "application/json" : FORM;
  return new Request(url, {
    method: declared.method.toUpperCase(),
    headers: { ...(body === null ? {} : { "content-type": type }), origin: BASE_URL, ...headers },
    ...(body === null ? {} : { body }),
  });
}

/** Expects a problem of this status and code, and that nothing outside was asked or changed. */
async function expectRefusal(
  world: ReturnType<typeof createClosedWorld>,
  request: Request,
  status: number,
  code: string,
) {
  const answer = await world.app.request(request);
  const problem = (await answer.json()) as Record<string, unknown>;
  expect({ status: answer.status, code: problem["code"] }).toEqual({ status, code });
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(problem).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
  expect(problem["requestId"]).toBe(answer.headers.get("x-request-id"));
  expect(world.touched).toEqual([]);
  return { answer, problem };
}

/** Headers with which a closed world lets a request through to validation. */
async function credentials(
  world: ReturnType<typeof createClosedWorld>,
  declared: Operation,
  agentId: string | null = null,
): Promise<Record<string, string>> {
  if (declared.access === "open") return {};
  if (declared.access === "session") return { cookie: await sessionCookie(world.deps, agentId ?? "agent-1") };
  if (declared.access === "operator") return { cookie: await operatorCookie(world.deps) };
  const jwt = await token(agentId === null ? {} : { role: "agent", sub: agentId });
  return { authorization: `Bearer ${jwt}` };
}

const usesCookie = ({ access }: Operation): boolean => access === "session" || access === "operator";

const WRONG_TOKENS: Readonly<Record<string, () => Promise<string>>> = {
  "signed with another secret": () => token({ secret: "another-secret-0123456789abcdef0123456789" }),
  expired: () => token({ expiresAt: NOW - 60_000 }),
  "that never expires": () => token({ expiresAt: null }),
  "of another issuer": () => token({ issuer: "https://elsewhere.test" }),
  "for another audience": () => token({ audience: "something-else" }),
  "without signature": async () => unsignedToken(),
  "of an unknown role": () => token({ role: "admin", sub: "agent-1" }),
  "of an agent without id": () => token({ role: "agent" }),
  "that is no token": async () => "nonsense",
};

function refusesStrangers(declared: Operation, sample: Sample) {
  test("without a token the caller is unknown", async () => {
    const { answer } = await expectRefusal(
      createClosedWorld(),
      requestOf(declared, sample),
      401,
      "unauthenticated",
    );
    if (!usesCookie(declared)) expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer realm=/);
  });

  test.each(Object.entries(WRONG_TOKENS))("a token %s is refused", async (_, wrong) => {
    const jwt = await wrong();
    const asBearer = requestOf(declared, sample, { authorization: `Bearer ${jwt}` });
    await expectRefusal(createClosedWorld(), asBearer, 401, "unauthenticated");
    const asCookie = requestOf(declared, sample, { cookie: `calendar_session=${jwt}` });
    await expectRefusal(createClosedWorld(), asCookie, 401, "unauthenticated");
    const asOperator = requestOf(declared, sample, { cookie: `calendar_operator=${jwt}` });
    await expectRefusal(createClosedWorld(), asOperator, 401, "unauthenticated");
  });

  if (declared.access === "either") return;
  test("credentials of another kind open nothing here", async () => {
    const { deps } = createClosedWorld();
    const bearer = { authorization: `Bearer ${await token({ role: "service" })}` };
    const session = { cookie: await sessionCookie(deps, "agent-1") };
    const operator = { cookie: await operatorCookie(deps) };
    const renamed = [
      { cookie: session.cookie.replace(/^\w+/, "calendar_operator") },
      { cookie: operator.cookie.replace(/^\w+/, "calendar_session") },
    ];
    const own: Partial<Record<Operation["access"], readonly object[]>> = {
      bearer: [bearer],
      session: [session],
      operator: [bearer, operator],
    };
    for (const headers of [bearer, session, operator, ...renamed]) {
      if (own[declared.access]?.includes(headers)) continue;
      await expectRefusal(createClosedWorld(), requestOf(declared, sample, headers), 401, "unauthenticated");
    }
  });
}

function refusesForeignAgents(declared: Operation, sample: Sample) {
  test("an agent can't name another agent", async () => {
    const world = createClosedWorld();
    const headers = await credentials(world, declared, "agent-2");
    await expectRefusal(world, requestOf(declared, sample, headers), 403, "forbidden");
  });

  test("a service must name the agent", async () => {
    const world = createClosedWorld();
    const part = sample.agentIn === "body" ? sample.body : sample.query;
    const { agentId: _, ...rest } = part ?? {};
    const spoilt = { ...sample, [sample.agentIn === "body" ? "body" : "query"]: rest };
    const request = requestOf(declared, spoilt, await credentials(world, declared));
    const { problem } = await expectRefusal(world, request, 400, "invalid_request");
    expect(problem["errors"]).toMatchObject([{ path: "agentId" }]);
  });
}

function refusesBadBodies(declared: Operation, all: Sample, part: "form" | "body") {
  const isForm = part === "form";
  const { form, body: json, ...rest } = all;
  const good = (isForm ? form : json) ?? {};
  const sample: Sample = { ...rest, [part]: good };

  const send = async (body: BodyInit, type: string, status: number, code: string) => {
    const world = createClosedWorld();
    const { url, method } = requestOf(declared, sample);
    const headers = { ...(await credentials(world, declared)), "content-type": type, origin: BASE_URL };
    const request = new Request(url, { method, headers, body, duplex: "half" } as RequestInit);
    return expectRefusal(world, request, status, code);
  };
  const type = isForm ? FORM : "application/json";

  test("an unknown field is refused by its name", async () => {
    const world = createClosedWorld();
    const spoilt = { ...sample, [part]: { ...good, canaryField: "canary-value" } };
    const request = requestOf(declared, spoilt as Sample, await credentials(world, declared));
    const { problem } = await expectRefusal(world, request, 400, "invalid_request");
    expect(JSON.stringify(problem)).toContain("canaryField");
    expect(JSON.stringify(problem)).not.toContain("canary-value");
  });

  test.each(Object.keys(good))("the field %s of a wrong type is refused by its name", async (field) => {
    const world = createClosedWorld();
    const spoilt = {
      ...sample,
      [part]: { ...good, [field]: isForm ? "\u0000" : { canary: "canary-value" } },
    };
    const request = requestOf(declared, spoilt as Sample, await credentials(world, declared));
    const { problem } = await expectRefusal(world, request, 400, "invalid_request");
    expect(problem["errors"]).toContainEqual({
      path: expect.stringMatching(new RegExp(`^${field}(\\.|$)`)),
      // Words for people say what to do; a validator's own words say what it is.
      message: expect.stringMatching(/^(?!Invalid|Too |Unrecognized)/),
    });
    expect(JSON.stringify(problem)).not.toContain("canary-value");
  });

  test("another content type is refused", async () => {
    await send("a=b", "application/octet-stream", 415, "unsupported_media_type");
  });

  test("too large a body is refused, by its length and without one", async () => {
    const large = `${" ".repeat(declared.maxBodyBytes ?? MAX_BODY_BYTES)}{}`;
    const world = createClosedWorld();
    const { url, method } = requestOf(declared, sample);
    const headers = { ...(await credentials(world, declared)), "content-type": type, origin: BASE_URL };
    const announced = { ...headers, "content-length": String(large.length) };
    const request = new Request(url, { method, headers: announced, body: large });
    await expectRefusal(world, request, 413, "body_too_large");
    const chunks = new Blob([large]).stream();
    await send(chunks, type, 413, "body_too_large");
  });

  if (isForm) return;
  test("a body that isn't JSON is refused", async () => {
    await send("{", type, 400, "invalid_json");
    await send("", type, 400, "invalid_json");
  });

  test("a body that isn't UTF-8 is refused", async () => {
    await send(new Uint8Array([0x22, 0xc3, 0x28, 0x22]), type, 400, "invalid_json");
    for (const charset of ["iso-8859-1", '"utf-16le"', ""]) {
      await send(JSON.stringify(good), `${type}; charset=${charset}`, 415, "unsupported_media_type");
    }
  });

  test("half a character is refused, and its field named, in any text", async () => {
    for (const { path, body } of eachTextBroken(good)) {
      const world = createClosedWorld();
      const spoilt = { ...sample, body } as Sample;
      const request = requestOf(declared, spoilt, await credentials(world, declared));
      const { problem } = await expectRefusal(world, request, 400, "invalid_request");
      expect(problem["errors"]).toMatchObject([{ path }]);
    }
  });

  test.each(["[]", "null", '"text"', "1"])("the body %s is refused", async (body) => {
    await send(body, type, 400, "invalid_request");
  });
}

/** The body once for each text in it, with half of a surrogate pair at that text's end. */
function* eachTextBroken(value: unknown, path = ""): Generator<{ path: string; body: unknown }> {
  if (typeof value === "string") yield { path, body: `${value}\ud83d` };
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    for (const broken of eachTextBroken(inner, path === "" ? name : `${path}.${name}`)) {
      const body = Array.isArray(value)
        ? value.with(Number(name), broken.body)
        : { ...value, [name]: broken.body };
      yield { path: broken.path, body };
    }
  }
}

function refusesOddQueries(declared: Operation, sample: Sample) {
  test("an unknown query parameter is refused", async () => {
    const world = createClosedWorld();
    const spoilt = { ...sample, query: { ...sample.query, canaryField: "x" } };
    const request = requestOf(declared, spoilt, await credentials(world, declared));
    await expectRefusal(world, request, 400, "invalid_request");
  });

  test("a repeated query parameter is refused", async () => {
    const world = createClosedWorld();
    const good = requestOf(declared, sample, await credentials(world, declared));
    const url = new URL(good.url);
    const [name = "error"] = Object.keys(sample.query ?? {});
    for (const value of ["x", "y"]) url.searchParams.append(name, value);
    await expectRefusal(world, new Request(url, good), 400, "invalid_request");
  });
}

/** The suite for one operation. */
export function commonBehaviour(declared: Operation, sample: Sample): void {
  if (declared.access !== "open") refusesStrangers(declared, sample);
  if (sample.agentIn !== undefined) refusesForeignAgents(declared, sample);
  for (const part of ["body", "form"] as const) {
    if (declared[part] !== undefined) describe(`as ${part}`, () => refusesBadBodies(declared, sample, part));
  }
  // Providers add parameters of their own to the callback.
  if (declared.query !== undefined && declared.id !== "finishConsent") refusesOddQueries(declared, sample);

  test("a wrong method is answered with the right ones", async () => {
    const { url } = requestOf(declared, sample);
    const answer = await createClosedWorld().app.request(new Request(url, { method: "TRACEX" }));
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toContain(declared.method.toUpperCase());
  });

  test("every answer carries the secure headers", async () => {
    const answer = await createClosedWorld().app.request(requestOf(declared, sample));
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  });
}
