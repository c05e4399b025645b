// A valid request for every operation. One suite spoils each of them in every common way.

/** The parts of a valid request. */
export interface Sample {
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: Record<string, unknown>;
  readonly form?: Record<string, string>;
  /** The request names an agent, in this part of it. */
  readonly agentIn?: "query" | "body";
}

/** As long as a real one. */
const LINK = "x".repeat(43);
const SLOT = { start: "2026-03-03T10:00:00Z", end: "2026-03-03T11:00:00Z" };

export const SETTINGS = {
  timeZone: "Europe/Berlin",
  rules: { tentative: true, allDay: true, outOfOffice: true, unanswered: false, workingElsewhere: false },
  bufferBeforeMinutes: 10,
  bufferAfterMinutes: 15,
  minimumNoticeMinutes: 120,
  workingHours: [
    { weekday: 1, start: "09:00", end: "17:00" },
    { weekday: 2, start: "00:00", end: "24:00" },
  ],
  onStale: "refuse",
  onExternalChange: "follow",
  reminderMinutes: [30, 5],
};

/** By operation id. A test checks that none is missing. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  listConnections: { query: { agentId: "agent-1" }, agentIn: "query" },
  connectCalendar: { body: { accountId: "account-1", calendarId: "calendar-1" } },
  changeConnection: { params: { id: "connection-1" }, body: { blocksAvailability: false } },
  listUnreadable: { params: { id: "connection-1" } },
  countUnreadableAsFree: {
    params: { id: "connection-1" },
    body: { objects: [{ key: "event-1", version: "1" }] },
  },
  countUnreadableAsFreeByForm: {
    params: { id: "connection-1" },
    form: { objects: '[{"key":"event-1","version":"1"}]' },
  },
  disconnectCalendar: { params: { id: "connection-1" } },
  createConnectLink: {
    body: { agentId: "agent-1", returnTo: "/x", minutes: 10, singleUse: true },
    agentIn: "body",
  },
  connectLinkPage: { query: { link: LINK } },
  signOut: { form: {} },
  reportPage: {},
  operatorSignInPage: {},
  operatorSignIn: { form: { token: "token" } },
  operatorSignOut: { form: {} },
  opsPage: { query: { done: "retried" } },
  retryFailureByForm: { params: { id: "failure-1" }, form: {} },
  replayNoticeByForm: { params: { id: "notice-1" }, form: {} },
  openConnectLink: { form: { link: LINK, openedBy: "page-1" } },
  listRemoteCalendars: { params: { id: "account-1" } },
  startConsent: { params: { provider: "google" }, query: { agentId: "agent-1" }, agentIn: "query" },
  connectByPassword: {
    params: { provider: "caldav" },
    body: { agentId: "agent-1", serverUrl: "https://dav.example.org", username: "ana", password: "secret" },
    form: { serverUrl: "https://dav.example.org", username: "ana", password: "secret", returnTo: "/x" },
    agentIn: "body",
  },
  finishConsent: { params: { provider: "google" }, query: { state: "s", code: "c" } },
  syncNow: { params: { connectionId: "connection-1" } },
  checkAvailability: { body: { agentId: "agent-1", ...SLOT }, agentIn: "body" },
  checkManyAvailabilities: { body: { checks: [{ agentId: "agent-1", ...SLOT }] } },
  findSlots: {
    body: { agentId: "agent-1", from: SLOT.start, to: "2026-03-05T10:00:00Z", durationMinutes: 30 },
    agentIn: "body",
  },
  listBusy: {
    query: { agentId: "agent-1", from: SLOT.start, to: "2026-03-05T10:00:00Z", limit: "10" },
    agentIn: "query",
  },
  mcp: { body: { jsonrpc: "2.0", id: 1, method: "tools/list" } },
  createBooking: {
    body: { agentId: "agent-1", bookingId: "booking-1", title: "First talk", ...SLOT },
    agentIn: "body",
  },
  listBookings: {
    query: { agentId: "agent-1", from: SLOT.start, to: SLOT.end, state: "confirmed", limit: "10" },
    agentIn: "query",
  },
  getBooking: { params: { bookingId: "booking-1" }, query: { agentId: "agent-1" }, agentIn: "query" },
  changeBooking: {
    params: { bookingId: "booking-1" },
    body: { agentId: "agent-1", title: "Second talk", ...SLOT, maxAgeMs: 0, force: true },
    agentIn: "body",
  },
  cancelBooking: { params: { bookingId: "booking-1" }, query: { agentId: "agent-1" }, agentIn: "query" },
  bulkBookings: { body: { operations: [{ action: "cancel", agentId: "agent-1", bookingId: "booking-1" }] } },
  shiftGroup: {
    params: { groupId: "group-1" },
    body: { from: SLOT.start, days: 7, minutes: 30, maxAgeMs: 0, force: true },
  },
  cancelGroup: { params: { groupId: "group-1" } },
  placeHold: {
    body: { agentId: "agent-1", holdId: "hold-1", ...SLOT, minutes: 15 },
    agentIn: "body",
  },
  releaseHold: { params: { holdId: "hold-1" }, query: { agentId: "agent-1" }, agentIn: "query" },
  createFeed: { body: { agentId: "agent-1", shows: "busy" }, agentIn: "body" },
  listFeeds: { query: { agentId: "agent-1" }, agentIn: "query" },
  revokeFeed: { params: { id: "feed-1" } },
  readFeed: { params: { file: `${LINK}.ics` } },
  getSettings: { query: { agentId: "agent-1" }, agentIn: "query" },
  putSettings: { query: { agentId: "agent-1" }, body: SETTINGS, agentIn: "query" },
  settingsPage: { query: { done: "changed" } },
  settingsByForm: {
    form: {
      ...{ action: "save", revision: "1", open: "weekly", start1: "09:00", end1: "17:00" },
      ...{ bufferBefore: "15", bufferAfter: "0", notice: "2", noticeUnit: "hours", horizonDays: "60" },
      ...{ maxPerDay: "", maxPerWeek: "20", tentative: "on", onStale: "refuse", onExternalChange: "keep" },
      ...{ reminder: "30", reminderUnit: "minutes" },
    },
  },
  daysPage: { query: { year: "2027" } },
  daysByForm: { form: { revision: "1", from: "2026-12-24", to: "", kind: "closed", start: "", end: "" } },
  holidaysByForm: { form: { region: "DE-BE" } },
  zonePage: { query: { q: "Berlin" } },
  zoneByForm: { form: { timeZone: "Europe/Berlin" } },
  changeSettings: {
    query: { agentId: "agent-1" },
    body: { overrides: [{ date: "2026-12-24", hours: [] }], holidays: "DE-BE", maxPerDay: 3 },
    agentIn: "query",
  },
  readAnalytics: { query: { agentId: "agent-1" }, agentIn: "query" },
  listFailures: { query: { agentId: "agent-1", limit: "10" } },
  retryFailure: { params: { id: "failure-1" } },
  listNotices: {
    query: { agentId: "agent-1", state: "failed", type: "booking.conflict", cursor: "5", limit: "10" },
  },
  replayNotice: { params: { id: "ntc_1" } },
  replayNotices: { body: { since: "2026-03-01T00:00:00Z", agentId: "agent-1" } },
  readAuditTrail: { query: { agentId: "agent-1", cursor: "5", limit: "10" } },
  eraseAgent: { params: { agentId: "agent-1" }, query: { events: "keep" } },
  exportAgent: { params: { agentId: "agent-1" } },
  eraseClient: { body: { email: "client@mail.example", calendars: true } },
  receiveNotifications: { params: { provider: "google" } },
  connectPage: {},
  weekPage: { query: { ahead: "7" } },
  accountPage: { params: { id: "account-1" } },
  addCalendarByForm: { params: { id: "account-1" }, form: { calendarId: "calendar-1" } },
  switchByForm: { params: { id: "connection-1" }, form: { set: "receivesBookings on" } },
  syncByForm: { params: { id: "connection-1" }, form: {} },
  retryCalendarByForm: { params: { id: "connection-1" }, form: {} },
  dataPage: {},
  downloadData: {},
  erasePage: {},
  eraseByForm: { form: { events: "keep" } },
  disconnectPage: { params: { id: "connection-1" } },
  disconnectByForm: { params: { id: "connection-1" }, form: {} },
  timeZoneByForm: { form: { timeZone: "Europe/Berlin" } },
  health: {},
  ready: {},
  openApiDocument: {},
  docs: { query: { q: "hold" } },
  docsPage: { params: { page: "holds" } },
  docsTry: {},
  docsStyle: {},
  style: {},
  script: {},
};
