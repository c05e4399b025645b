// The data pages: what is stored about the agent, its download and its deletion, and how far that is.

import { formatInstant, type Instant } from "../../domain/instant.ts";
import type { WindowSpan } from "../../domain/window.ts";
import type { ErasureView } from "../../erasure/erase-agent.ts";
import type { Frame } from "../frame.ts";
import { Page, SIGN_OUT_PATH } from "../layout.tsx";
import { DATA_PATH } from "../navigation.ts";
import { Owner } from "../owner.tsx";
import type { Words } from "../words/english.ts";

interface DataPageInput {
  readonly frame: Frame;
  /** The newest deletion; null: there was none. */
  readonly progress: ErasureView | null;
  /** How far calendars are read. */
  readonly window: WindowSpan;
  /** How many days after their end the texts of bookings are kept; 0: always. */
  readonly retentionDays: number;
}

/** An instant in the reader's language. What is left of a deleted agent names no zone, so it is universal time. */
const When = ({ at, words }: { at: Instant; words: Words }) => {
  const format = new Intl.DateTimeFormat(words.locale, {
    ...({ dateStyle: "long", timeStyle: "long", timeZone: "UTC" } as const),
  });
  return <time datetime={formatInstant(at)}>{format.format(at)}</time>;
};

/** What a deletion has still to do. */
const Left = ({ words, left }: { words: Words; left: ErasureView["left"] }) => {
  const { data } = words;
  const { connections, accounts, events } = left;
  const parts = [
    ...(connections.length > 0 ? [data.left.calendars(connections.length)] : []),
    ...(accounts > 0 ? [data.left.accounts(accounts)] : []),
    ...(events > 0 ? [data.left.events(events)] : []),
  ];
  return (
    <ul>
      {(parts.length > 0 ? parts : [data.left.rest]).map((part) => (
        <li>{part}</li>
      ))}
    </ul>
  );
};

/** How far the deletion is, or what it couldn't do. */
const Progress = ({ words, progress }: { words: Words; progress: ErasureView }) => {
  const { data, providers } = words;
  const { erasure, left } = progress;
  if (erasure.doneAt === null) {
    return (
      <div class="notice warn" role="status">
        <p>
          <strong>{data.goesOn}</strong>
        </p>
        <p>{data.goesOnSince(<When at={erasure.requestedAt} words={words} />)}</p>
        <Left words={words} left={left} />
        <p>
          <a href={DATA_PATH}>{data.lookAgain}</a>
        </p>
      </div>
    );
  }
  return (
    <div class="notice good" role="status">
      <p>{data.erased(<When at={erasure.doneAt} words={words} />)}</p>
      {erasure.eventsLeft > 0 ? <p>{data.eventsLeft(erasure.eventsLeft)}</p> : null}
      <ul>
        {erasure.unrevoked.map(({ provider, reason }) => (
          <li>{(reason === "grant_shared" ? data.shared : data.unrevoked)(providers[provider])}</li>
        ))}
      </ul>
    </div>
  );
};

/** The page about everything that is stored. */
export const DataPage = ({ frame, progress, window, retentionDays }: DataPageInput) => {
  const { words } = frame;
  const { data } = words;
  const goesOn = progress !== null && progress.erasure.doneAt === null;
  return (
    <Page frame={frame} title={data.title}>
      <h1>{data.title}</h1>
      <div id="progress" data-live="" data-refresh={goesOn ? "" : undefined}>
        {progress === null ? null : <Progress words={words} progress={progress} />}
      </div>
      <p id="ended" role="status" data-ended={data.ended} />
      <h2>{data.stored}</h2>
      <ul>
        <li>{data.access}</li>
        <li>{data.times(window.pastDays, window.futureDays)}</li>
        <li>{retentionDays === 0 ? data.bookingsKept : data.bookings(retentionDays)}</li>
        <li>{data.rules}</li>
      </ul>
      <h2>{data.download}</h2>
      <p>{data.downloadMeans}</p>
      <p>
        <a class="button" href={`${DATA_PATH}/export`} download>
          {data.downloadButton}
        </a>
      </p>
      <h2>{data.erase}</h2>
      <p>{data.eraseMeans}</p>
      <p>
        <a class="button danger" href={`${DATA_PATH}/erase`}>
          {data.eraseButton}
        </a>
      </p>
      <h2>{data.out}</h2>
      <p>{data.outMeans}</p>
      <form method="post" action={SIGN_OUT_PATH}>
        <button type="submit">{data.outButton}</button>
      </form>
    </Page>
  );
};

/** Says what happens, and asks once more before everything is deleted. */
export const ErasePage = ({ frame }: { frame: Frame }) => {
  const { words, visit } = frame;
  const { data } = words;
  return (
    <Page frame={frame} title={data.confirmTitle}>
      <p>
        <a class="back" href={DATA_PATH}>
          {data.title}
        </a>
      </p>
      <h1>{data.confirmTitle}</h1>
      {visit === null ? null : <p>{data.whose(<strong dir="auto">{visit.agentId}</strong>)}</p>}
      <p>{data.happens}</p>
      <ul>
        {Object.values(data.steps).map((step) => (
          <li>{step}</li>
        ))}
      </ul>
      <form method="post" action={`${DATA_PATH}/erase`}>
        <Owner frame={frame} />
        <fieldset>
          <legend>{data.events}</legend>
          {(["keep", "remove"] as const).map((choice) => (
            <label class="choice">
              <input type="radio" name="events" value={choice} checked={choice === "keep"} /> {data[choice]}
            </label>
          ))}
        </fieldset>
        <div class="actions">
          <button type="submit" class="danger solid">
            {data.confirm}
          </button>
          <a class="button" href={DATA_PATH}>
            {data.cancel}
          </a>
        </div>
      </form>
    </Page>
  );
};
