// All parts on one machine: sqld with the migrations, simulated providers over HTTP, the Worker under wrangler dev.
import { type ServedCaldavSimulator, serveCaldavSimulator } from "../../test/simulators/caldav.ts";
import { type ServedGoogleSimulator, serveGoogleSimulator } from "../../test/simulators/google.ts";
import { type ServedMicrosoftSimulator, serveMicrosoftSimulator } from "../../test/simulators/microsoft.ts";
import { applyMigrations } from "./migrations.ts";
import { freePort } from "./process.ts";
import { type Receiver, serveReceiver } from "./receiver.ts";
import { makeSecrets, type Secrets, signToken, workerBindings } from "./secrets.ts";
import { type Sqld, startSqld } from "./sqld.ts";
import { type LocalWorker, startWorker } from "./worker.ts";

/** A running deployment with everything it talks to. */
export interface LocalStack {
  readonly worker: LocalWorker;
  readonly google: ServedGoogleSimulator;
  readonly microsoft: ServedMicrosoftSimulator;
  readonly icloud: ServedCaldavSimulator;
  /** Where MaraPlace gets its notices. */
  readonly receiver: Receiver["maraplace"];
  readonly database: Sqld;
  readonly secrets: Secrets;
  /** A bearer token that reaches every agent. */
  readonly serviceToken: string;
  /** A bearer token of one agent. */
  agentToken(agentId: string): Promise<string>;
  /** Ends every process that was started and deletes what they stored. */
  stop(): Promise<void>;
}

const TOKEN_HOURS = 12;

/** Where everything of the API lives. */
export const API = "/api/calendar";

/** Where the parts listen. */
export interface Ports {
  readonly worker: number;
  readonly google: number;
  readonly microsoft: number;
  readonly icloud: number;
}

/** Ports that nobody listens on now. */
export const freePorts = async (): Promise<Ports> => ({
  worker: await freePort(),
  google: await freePort(),
  microsoft: await freePort(),
  icloud: await freePort(),
});

/**
 * Starts all parts on 127.0.0.1, on free ports and with random secrets unless said otherwise.
 * @param options.secrets, options.ports, options.databaseFolder of a run before, to go on with it
 * @param options.settings bindings that differ from the defaults
 * @param options.watch follow edits of the source
 * @param options.unlimited without rate limits
 * @param options.databaseFront puts something between the Worker and the database: its URL for the database's
 * @param options.googleFront the same between the Worker and simulated Google
 */
export async function startStack(
  options: {
    settings?: Readonly<Record<string, string>>;
    secrets?: Secrets;
    ports?: Ports;
    databaseFolder?: string;
    databaseFront?: (databaseUrl: string) => Promise<string>;
    googleFront?: (googleUrl: string) => Promise<string>;
    watch?: boolean;
    unlimited?: boolean;
    logFile?: string;
  } = {},
): Promise<LocalStack> {
  const secrets = options.secrets ?? makeSecrets();
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const database = await startSqld(options.databaseFolder);
    stops.push(database.stop);
    await applyMigrations({ url: database.url, authToken: null });

    const ports = options.ports ?? (await freePorts());
    const { worker: port } = ports;
    const baseUrl = `http://127.0.0.1:${port}`;
    const google = await serveGoogleSimulator({
      port: ports.google,
      allowHttpWebhooks: true,
      limits: null,
      clients: [
        {
          clientId: secrets.googleClientId,
          clientSecret: secrets.googleClientSecret,
          redirectUris: [`${baseUrl}${API}/google/callback`],
        },
      ],
    });
    stops.push(google.close);
    const microsoft = await serveMicrosoftSimulator({
      port: ports.microsoft,
      allowHttpWebhooks: true,
      forgiveSlowAnswers: true,
      clients: [
        {
          clientId: secrets.microsoftClientId,
          clientSecret: secrets.microsoftClientSecret,
          redirectUris: ["outlook", "office365"].map((name) => `${baseUrl}${API}/${name}/callback`),
        },
      ],
    });
    stops.push(microsoft.close);
    const icloud = await serveCaldavSimulator({ port: ports.icloud });
    stops.push(icloud.close);
    const noticeUrl = `http://127.0.0.1:${await freePort()}/hooks/calendar`;
    const receiver = await serveReceiver({ url: noticeUrl, secret: secrets.noticeSecret });
    stops.push(receiver.close);

    const databaseUrl = (await options.databaseFront?.(database.url)) ?? database.url;
    const googleOrigin = (await options.googleFront?.(google.url)) ?? google.url;
    const worker = await startWorker({
      port,
      watch: options.watch ?? false,
      unlimited: options.unlimited ?? false,
      healthPath: `${API}/health`,
      bindings: {
        ...workerBindings(secrets, {
          ...{ baseUrl, databaseUrl, googleOrigin, noticeUrl },
          ...{ microsoftOrigin: microsoft.url, appleOrigin: icloud.url },
        }),
        ...options.settings,
      },
      ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
    });
    stops.push(worker.stop);

    const serviceToken = await signToken(secrets, {
      role: "service",
      subject: "maraplace",
      hours: TOKEN_HOURS,
    });
    const agentToken = (agentId: string) =>
      signToken(secrets, { role: "agent", subject: agentId, hours: TOKEN_HOURS });
    const { maraplace } = receiver;
    const parts = { worker, google, microsoft, icloud, receiver: maraplace, database, secrets };
    return { ...parts, serviceToken, agentToken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
