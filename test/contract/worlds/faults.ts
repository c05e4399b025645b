// Faults: staged between a provider and a real server, which knows nothing of them.
import type { Stage } from "../world.ts";

/** How a test recognises and bends the requests of one protocol. */
export interface Staging {
  isCreate(request: Request): boolean;
  isUpdate(request: Request): boolean;
  /** The same request with a cursor that the server never gave. */
  spoil(request: Request): Promise<Request>;
  /** The same request for at most so many events; null where nobody can ask for that. */
  limit: ((request: Request, events: number) => Request) | null;
  /** Edits the event that a request is about to change, as another app of the person. */
  touch(request: Request): Promise<void>;
}

interface Fault {
  readonly meets: (request: Request) => boolean;
  readonly once?: boolean;
  readonly before?: (request: Request) => Promise<Request | Response>;
  readonly after?: (response: Response) => Promise<Response>;
}

const always = () => true;

const breakNetwork = async (): Promise<never> => {
  throw new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
};

async function cut(response: Response): Promise<Response> {
  const text = await response.text();
  const { status, headers } = response;
  const type = headers.get("content-type") ?? "";
  return new Response(text.slice(0, text.length / 2), { status, headers: { "content-type": type } });
}

/** A fetch that meets the staged faults, and the stage that stages them. */
export function faultyFetch(
  send: typeof fetch,
  staging: Staging,
  removeCalendar: () => Promise<void>,
): { fetch: typeof fetch; stage: Stage } {
  let faults: readonly Fault[] = [];
  const add = (fault: Fault) => {
    faults = [...faults, fault];
  };
  const answers = (status: number, headers: Record<string, string> = {}, body: string | null = null) =>
    add({ meets: always, before: async () => new Response(body, { status, headers }) });
  const { isCreate, isUpdate, spoil, limit, touch } = staging;
  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      const fault = faults.find(({ meets }) => meets(request));
      if (fault?.once) faults = faults.filter((one) => one !== fault);
      const sent = (await fault?.before?.(request)) ?? request;
      if (sent instanceof Response) return sent;
      const response = await send(sent);
      return (await fault?.after?.(response)) ?? response;
    },
    stage: {
      pagesOf(events) {
        if (limit !== null) add({ meets: always, before: async (request) => limit(request, events) });
      },
      // No server makes an empty page or burns an id because a test asks for it.
      emptyPage() {},
      burnIds() {},
      loseCursors: () => add({ meets: always, before: spoil }),
      loseAnswer: () => add({ meets: isCreate, once: true, after: breakNetwork }),
      breakNetwork: () => add({ meets: always, once: true, before: breakNetwork }),
      cutAnswer: () => add({ meets: always, once: true, after: cut }),
      editBeforeWrite: () =>
        add({
          meets: isUpdate,
          once: true,
          before: async (request) => {
            await touch(request.clone());
            return request;
          },
        }),
      throttle: (seconds) => answers(429, { "retry-after": `${seconds}` }),
      breakDown: () => answers(503, {}, "<html>down</html>"),
      expireToken: () => answers(401),
      removeCalendar,
      recover() {
        faults = [];
      },
    },
  };
}
