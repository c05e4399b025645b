// The bookings of the week page, with how far each got in each calendar.
import type { Week, WeekBooking, WeekDelivery } from "../../bookings/week.ts";
import type { Words } from "../words/english.ts";
import { nameOf } from "./day-list.tsx";
import { LongSpan, type TimeWords } from "./times.tsx";

/** How a status looks, worst first. */
const TONES = [
  { status: "failed", tone: "bad" },
  { status: "pending", tone: "warn" },
  { status: "synced", tone: "good" },
] as const;

/** Calendars that stand alike with a booking, each with what keeps it from showing it. */
const Calendars = ({ words, deliveries }: { words: Words; deliveries: readonly WeekDelivery[] }) => (
  <>
    {deliveries.map(({ calendar, why }, index) => (
      <>
        {index === 0 ? "" : ", "}
        <bdi>{nameOf(words, calendar)}</bdi>
        {why === null ? "" : ` (${words.week.causes[why]})`}
      </>
    ))}
  </>
);

const Booking = (props: { words: Words; week: Week; times: TimeWords; booking: WeekBooking }) => {
  const { words, week, times, booking } = props;
  const say = words.week;
  const { title, clientName, deliveries, isCancelled } = booking;
  const texts = [title ?? say.forgotten, clientName].filter((text) => text !== null);
  return (
    <li>
      <p>
        <strong dir="auto">{texts.join(" · ")}</strong> {isCancelled ? say.cancelled : ""}
      </p>
      <p class="soft">
        <LongSpan span={booking} timeZone={week.timeZone} times={times} />
      </p>
      {deliveries.length === 0 ? <p class="soft">{say.noCalendar}</p> : null}
      {TONES.map(({ status, tone }) => {
        const alike = deliveries.filter((delivery) => delivery.status === status);
        if (alike.length === 0) return null;
        return (
          <p>
            <span class={`chip ${tone}`}>{(isCancelled ? say.removal : say.delivery)[status]}</span>{" "}
            <Calendars words={words} deliveries={alike} />
          </p>
        );
      })}
    </li>
  );
};

/** All of them, by start. */
export const Bookings = (shared: { words: Words; week: Week; times: TimeWords }) => {
  const { bookings } = shared.week;
  if (bookings.length === 0) return <p class="soft">{shared.words.week.noBookings}</p>;
  return (
    <ul class="card rows">
      {bookings.map((booking) => (
        <Booking {...shared} booking={booking} />
      ))}
    </ul>
  );
};
