// Receiver: MaraPlace's end of the notices over HTTP. It accepts only notices with a valid signature.
import { createServer } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { createMaraPlaceSimulator, type MaraPlaceSimulator } from "../../test/simulators/maraplace.ts";

/** A receiver that is listening. */
export interface Receiver {
  readonly maraplace: MaraPlaceSimulator;
  close(): Promise<void>;
}

/** Serves the receiver on a port of 127.0.0.1; notices go to `url`, which must lead there. */
export async function serveReceiver(input: { url: string; secret: string }): Promise<Receiver> {
  const { url, secret } = input;
  const maraplace = createMaraPlaceSimulator({ now: () => Date.now(), url, secret });
  const server = createAdaptorServer({
    createServer,
    // Over HTTP nobody sees whether the sender would follow a redirect.
    fetch: (request) => maraplace.fetch(new Request(request, { redirect: "manual" })),
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(new URL(url).port), "127.0.0.1", resolve);
  });
  return {
    maraplace,
    close() {
      if ("closeAllConnections" in server) server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
