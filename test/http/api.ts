// Calls by operation: checks each answer against the declared schema.
import { expect } from "vitest";
import * as z from "zod";
import { OPERATIONS } from "../../src/app.ts";
import { PROBLEMS } from "../../src/http/errors.ts";
import { errorsOf } from "../../src/http/openapi.ts";
import { Problem } from "../../src/http/problem-schema.ts";
import type { World } from "../support/world.ts";
import { requestOf } from "./every-operation.ts";
import type { Sample } from "./samples.ts";

/** An answer that matches its declared schema. */
export interface Called {
  readonly status: number;
  // Each test knows the shape it asked for; the declared schema has been checked already.
  // biome-ignore lint/suspicious/noExplicitAny: bodies of all operations
  readonly body: any;
  readonly headers: Headers;
}

function checkDeclared(id: string, status: number, text: string, type: string): unknown {
  const declared = OPERATIONS.find((one) => one.id === id);
  if (declared === undefined) throw new Error(`No operation is called ${id}.`);
  const answer = declared.answers[status];
  if (answer !== undefined) {
    const isText = answer.schema === undefined || (answer.type !== undefined && type.startsWith(answer.type));
    return isText ? text : answer.schema?.parse(JSON.parse(text));
  }
  const problem = Problem.parse(JSON.parse(text));
  expect(errorsOf(declared), `${id} answered an undeclared ${problem.code}`).toContain(problem.code);
  expect(PROBLEMS[problem.code].status).toBe(status);
  return problem;
}

/** Calls operations with one token. */
export function apiOf(world: World, token: string) {
  return async (id: string, sample: Sample = {}, headers: Record<string, string> = {}): Promise<Called> => {
    const declared = OPERATIONS.find((one) => one.id === id);
    if (declared === undefined) throw new Error(`No operation is called ${id}.`);
    const request = requestOf(declared, sample, { authorization: `Bearer ${token}`, ...headers });
    const answer = await world.app.request(request);
    const body = checkDeclared(
      id,
      answer.status,
      await answer.text(),
      answer.headers.get("content-type") ?? "",
    );
    return { status: answer.status, body, headers: answer.headers };
  };
}

export type Api = ReturnType<typeof apiOf>;

/** A world with the agent's Google calendar connected and read. */
export async function connected(world: World) {
  world.google.addEvent(world.email, {
    summary: "canary-outside-title",
    start: { dateTime: "2026-03-03T10:00:00Z" },
    end: { dateTime: "2026-03-03T11:00:00Z" },
  });
  const ids = await world.connect();
  const agent = apiOf(world, await world.token("agent"));
  const service = apiOf(world, await world.token("service"));
  const stranger = apiOf(world, await world.token("agent", "agent-stranger"));
  return { ...ids, agent, service, stranger };
}

/** A body as text, to search for words that must not be there. */
export const textOf = (value: unknown): string => z.string().parse(JSON.stringify(value));
