// Rooms: the parts of the source whose tests are measured, each with the few tests that must notice a change in it.

/** A few source files, and the tests that hold them. Paths are relative to the project; the surest test comes first. */
export interface Part {
  readonly sources: readonly string[];
  readonly tests: readonly string[];
}

const inFolder = (folder: string, names: readonly string[], ending: string): string[] =>
  names.map((name) => (/^(?:src|test)\//.test(name) ? name : `${folder}/${name}`) + ending);

/** Makes the parts of one folder. A name that begins with `src/` or `test/` is in another folder. */
const partsOf =
  (sourceFolder: string, testFolder: string) =>
  (sources: readonly string[], tests: readonly string[]): Part => ({
    sources: inFolder(`src/${sourceFolder}`, sources, ".ts"),
    tests: inFolder(`test/${testFolder}`, tests, ".test.ts"),
  });

const domain = partsOf("domain", "domain");
const icalendar = partsOf("providers/icalendar", "providers/icalendar");
const sync = partsOf("sync", "sync");
const cache = partsOf("store/busy", "sync");
const calendars = partsOf("store/calendars", "sync");
const bookings = partsOf("bookings", "bookings");
const sales = partsOf("store/bookings", "bookings");
const deliveries = partsOf("store/deliveries", "bookings");

const EXPANSION = ["fixtures", "reading", "odd-writing", "expand.property"];

export const ROOMS: Readonly<Record<string, readonly Part[]>> = {
  domain: [
    domain(["backoff"], ["backoff"]),
    domain(["booking", "errors"], ["booking", "test/http/errors"]),
    domain(["busy"], ["busy", "conflicts"]),
    domain(["calendar-titles"], ["calendar-titles"]),
    domain(["conflicts"], ["conflicts", "side-by-side", "slots"]),
    domain(["explained-time"], ["explained-time"]),
    domain(["failure"], ["failure", "backoff"]),
    domain(["freshness"], ["freshness"]),
    domain(["obstacle"], ["obstacle"]),
    domain(["instant"], ["instant"]),
    domain(["lead-time", "utilisation"], ["utilisation"]),
    domain(["limits"], ["conflicts", "slots"]),
    domain(["lost-sales", "explanation"], ["lost-sales"]),
    domain(["interval"], ["interval", "slots"]),
    domain(["moved-calendar"], ["test/sync/lost-calendar"]),
    domain(["notice"], ["notice"]),
    domain(["holidays"], ["holidays", "open-hours"]),
    domain(["open-hours"], ["open-hours", "slots"]),
    domain(["rules"], ["conflicts", "slots"]),
    domain(["settings"], ["settings"]),
    domain(["settings-preview"], ["settings-preview"]),
    domain(["side-by-side"], ["side-by-side"]),
    domain(["slots", "slot-grid"], ["slots"]),
    domain(["sync-counts"], ["sync-counts", "test/store/carry-over-runs"]),
    domain(["window"], ["window"]),
    domain(["zone"], ["zone", "open-hours", "slots"]),
    domain(["zone-laws"], ["zone-laws"]),
    domain(["zone-choices"], ["zone-choices"]),
  ],
  icalendar: [
    icalendar(["holds"], ["holds"]),
    icalendar(["standing"], ["standing"]),
    icalendar(["own-event", "revise", "source"], ["revise.property", "holds"]),
    icalendar(["compose", "fold", "time-zone", "mark"], ["compose", "clocks", "fixtures"]),
    icalendar(["clocks"], ["clocks", "compose", "fixtures"]),
    icalendar(
      ["events", "jcal", "lines", "model", "occupation", "parse", "unreadable", "values", "zone-names"],
      ["fixtures", "reading", "odd-writing"],
    ),
    icalendar(["components", "ended", "rule", "zones"], ["fixtures", "reading", "odd-writing"]),
    icalendar(["length"], ["fixtures", "standing", "odd-writing"]),
    icalendar(["day-pattern", "days", "expand", "originals", "recur", "series"], EXPANSION),
  ],
  guard: [
    sales(
      ["slot-guard", "src/store/conditions"],
      ["test/store/slot-guard", "test/store/guard.property", "hold", "calendars-come-and-go"],
    ),
  ],
  sync: [
    sync(["analytics"], ["analytics", "test/routes/analytics"]),
    sync(["report"], ["report", "test/pages/report"]),
    sync(["operations"], ["test/pages/ops"]),
    sync(["audit", "audit-failure", "changes", "drift", "listing"], ["drift", "audit", "audit-caldav"]),
    sync(
      ["follow-up", "pull-round", "pull-state", "pull-steps"],
      ["pull-steps", "pull", "pull-batch", "window"],
    ),
    sync(["pull-batch", "pull-due", "settlement"], ["pull-batch", "leases", "receive"]),
    sync(["keep-channel", "secret"], ["keep-channel"]),
    sync(["lost-calendar"], ["lost-calendar"]),
    sync(["pull-failure"], ["pull-failure"]),
    sync(
      ["begin-round", "lease", "pull", "pull-report", "round-end"],
      ["pull", "leases", "pull-failure", "unreadable"],
    ),
    sync(["readiness"], ["readiness"]),
    sync(["receive"], ["receive", "shared-subscription"]),
    sync(["refresh-calendar-list"], ["refresh-calendar-list"]),
    sync(["roll-window"], ["window", "caldav"]),
    sync(["standstill"], ["standstill", "other-way"]),
    sync(["sync-now"], ["leases", "pull-failure"]),
    cache(["conflict-notices"], ["test/bookings/conflict-notices"]),
    cache(["free-busy"], ["test/availability/freshness", "test/availability/unverified"]),
    cache(["page-rows"], ["pull", "window", "test/bookings/external-changes/own-events-read-back"]),
    cache(["pages"], ["test/store/claims", "test/store/doubts", "pull", "window"]),
    cache(["stored-series"], ["caldav", "window"]),
    cache(["unreadable"], ["unreadable", "test/availability/doubts"]),
    calendars(["audit-plan", "audits"], ["test/store/claims", "audit", "audit-caldav"]),
    calendars(["channels"], ["test/store/due-work", "keep-channel", "receive"]),
    calendars(["closing", "connections"], ["test/accounts/disconnect", "test/routes/connections"]),
    calendars(["leases"], ["test/store/claims", "leases", "test/store/due-work"]),
    calendars(["moves"], ["lost-calendar"]),
    calendars(["due-connections", "src/upkeep/sweep"], ["test/upkeep/sweep", "test/store/due-work"]),
    calendars(["pull-plan", "src/domain/trust"], ["trust", "test/domain/trust"]),
    calendars(["round-end", "unchanged"], ["pull-batch", "test/store/claims", "pull"]),
    calendars(
      ["sync-runs", "sync-days"],
      ["analytics", "pull-batch", "pull", "test/store/idempotent-writes"],
    ),
  ],
  bookings: [
    bookings(["bulk"], ["bulk"]),
    bookings(
      ["src/encoding/booking-texts", "src/encoding/seal", "src/store/booking-texts"],
      ["test/encoding/booking-texts", "test/encoding/seal", "forgotten-texts", "test/upkeep/seal-anew"],
    ),
    bookings(["src/encoding/client-hash"], ["test/encoding/client-hash"]),
    bookings(
      ["src/upkeep/seal-anew", "src/store/sealed-rows", "src/store/key-use"],
      ["test/upkeep/seal-anew", "test/store/due-work"],
    ),
    bookings(["cancel", "live-booking", "newest-revision"], ["cancel", "change"]),
    bookings(["change"], ["change"]),
    bookings(["create", "get", "views"], ["deliver", "race", "force"]),
    bookings(["deliver-now"], ["deliver", "deliver-lease", "hanging-calendars"]),
    bookings(["deliver"], ["deliver", "deliver-failures", "deliver-lease"]),
    bookings(["hold"], ["hold"]),
    bookings(["next-attempt"], ["next-attempt"]),
    bookings(["reconcile"], ["external-changes/moved-or-removed", "external-changes/false-alarms"]),
    bookings(["week"], ["test/pages/week"]),
    bookings(["secure-slot"], ["dirty-while-selling", "race", "hold"]),
    sales(["bookings", "refusals"], ["test/store/claims", "late-batch", "race"]),
    sales(["changes"], ["change", "cancel"]),
    sales(["holds"], ["hold", "test/store/idempotent-bookings"]),
    deliveries(["connection-deliveries", "orphaned-events"], ["calendars-come-and-go"]),
    deliveries(
      ["delivered-notice", "outcomes"],
      ["test/notices/booking-notices", "deliver", "deliver-failures"],
    ),
    deliveries(["deliveries"], ["test/store/claims", "deliver", "change"]),
    deliveries(["doubts"], ["test/store/doubts"]),
    deliveries(["due-deliveries"], ["deliver-later", "test/store/due-work", "deliver-failures"]),
    deliveries(["reconciliations"], ["external-changes/moved-or-removed", "external-changes/false-alarms"]),
  ],
};
