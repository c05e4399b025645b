// The part of "cloudflare:test" that the tests in workerd use. The package's own types need workerd's globals,
// which contradict the DOM's that the source is checked with.
declare module "cloudflare:test" {
  import type { MessageBatch, ScheduledController } from "@cloudflare/workers-types";
  import type { Job } from "../../src/deps.ts";

  export const env: Readonly<Record<string, string>>;
  /** The Worker under test, in the isolate of the test. */
  export const SELF: { fetch(input: string | Request, init?: RequestInit): Promise<Response> };
  export function createExecutionContext(): object;
  export function createScheduledController(options: {
    cron: string;
    scheduledTime: Date;
  }): ScheduledController;
  export function createMessageBatch(
    queueName: string,
    messages: { id: string; timestamp: Date; attempts: number; body: Job }[],
  ): MessageBatch<Job>;
  export function getQueueResult(
    batch: MessageBatch<Job>,
    context: object,
  ): Promise<{ retryMessages: { msgId: string }[]; explicitAcks: string[] }>;
}
