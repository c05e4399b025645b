// Feeds by a ratio of times: bookings composed as a calendar, against folding the same lines with an encoder.
import { DAY_MS, HOUR_MS } from "../../src/domain/instant.ts";
import { type FeedEvent, feedCalendar } from "../../src/providers/icalendar/feed.ts";
import { type Report, sampleOf, textOf } from "./report.ts";

const BOOKINGS = 500;
const MAX_OCTETS = 75;
/** It took 0.03 before texts were escaped and folded by their code units, and the other lines not at all. */
const AIM = 0.02;
const FROM = Date.parse("2026-03-02T08:00:00Z");

const events = Array.from(
  { length: BOOKINGS },
  (_, index): FeedEvent => ({
    ...{ agentId: "agent-1", bookingId: `booking-${index}`, revision: 2 },
    ...{ startsAt: FROM + index * HOUR_MS, endsAt: FROM + (index + 1) * HOUR_MS },
    ...{ createdAt: FROM - 2 * DAY_MS, updatedAt: FROM - DAY_MS + index * 1_000 },
    texts: {
      title: `First consultation with Müller, no. ${index}`,
      description: "Please bring the plans; we look at them together.\n".repeat(6),
      location: `Hauptstraße ${index}, 10117 Berlin`,
    },
  }),
);

/** As RFC 5545 3.1 says it, an encoder for each character. */
function foldedByEncoder(line: string): string {
  let text = "";
  let octets = 0;
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > MAX_OCTETS) {
      text += "\r\n ";
      octets = 1;
    }
    text += character;
    octets += size;
  }
  return `${text}\r\n`;
}

/** The time of `work` in ms. */
function timed(work: () => string): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

/** Composes a feed, and folds its lines slowly, by turns. */
export function measureFeeds(report: Report, rounds: number): void {
  const calendar = feedCalendar("Bookings", events);
  const lines = calendar.replaceAll("\r\n ", "").split("\r\n").slice(0, -1);
  const slowly = () => lines.map(foldedByEncoder).join("");
  if (slowly() !== calendar) throw new Error("Both ways of folding must write the same.");
  const composed: number[] = [];
  const ratios: number[] = [];
  for (let round = -rounds; round < rounds; round += 1) {
    const [ours, theirs] = [timed(() => feedCalendar("Bookings", events)), timed(slowly)];
    // As many rounds warm up.
    if (round >= 0) composed.push(ours) && ratios.push(ours / theirs);
  }
  const took = `${textOf(sampleOf(composed), 1)} ms`;
  report.ratio(`${BOOKINGS} bookings composed / folding by encoder`, sampleOf(ratios), AIM, took);
}
