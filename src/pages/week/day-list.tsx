// A day of the week page in words: when it is open and free, and what takes the rest, by cause.
import type { NamedCalendar, Week, WeekDay } from "../../bookings/week.ts";
import type { Words } from "../words/english.ts";
import { KIND_OF } from "./kinds.ts";
import { Spans, type TimeWords } from "./times.tsx";

/** What a calendar is called. */
export const nameOf = ({ week }: Words, calendar: NamedCalendar | undefined): string =>
  calendar?.title ?? week.someCalendar;

/** The stretches of a day that one calendar or one of our own rules takes for one reason. */
interface Cause {
  readonly reason: WeekDay["taken"][number]["reason"];
  readonly connectionId: string | null;
  readonly spans: WeekDay["taken"];
}

/** By cause, in the order of their first stretches. */
function causesOf({ taken }: WeekDay): Cause[] {
  const causes = Map.groupBy(taken, ({ reason, connectionId }) => `${reason} ${connectionId}`);
  return [...causes.values()].flatMap((spans) => {
    const [first] = spans;
    return first === undefined ? [] : [{ reason: first.reason, connectionId: first.connectionId, spans }];
  });
}

/** The day as a card. */
export const DayList = (props: { words: Words; week: Week; times: TimeWords; day: WeekDay }) => {
  const { words, week, times, day } = props;
  const say = words.week;
  const causes = causesOf(day);
  const date = times.date(day.startsAt);
  const line = (label: string, none: string, spans: WeekDay["free"]) =>
    spans.length === 0 ? (
      none
    ) : (
      <>
        {label} <Spans spans={spans} day={day} times={times} />
      </>
    );
  return (
    <section class="card">
      <h3>{date}</h3>
      <p>
        {line(say.open, say.closedAllDay, day.open)}. {line(say.free, say.nothingFree, day.free)}.
      </p>
      {causes.length === 0 ? null : (
        <table class="folding">
          <caption class="unseen">{say.tableOf(date)}</caption>
          <thead>
            <tr>
              <th scope="col">{say.time}</th>
              <th scope="col">{say.what}</th>
              <th scope="col">{say.why}</th>
            </tr>
          </thead>
          <tbody>
            {causes.map(({ reason, connectionId, spans }) => (
              <tr>
                <td>
                  <Spans spans={spans} day={day} times={times} />
                </td>
                <td>{say.kinds[KIND_OF[reason]]}</td>
                <td>
                  {say.reasons[reason](
                    connectionId === null ? null : nameOf(words, week.calendars.get(connectionId)),
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
};
