// English: every word that people read on our pages, by page.
import type { Child } from "hono/jsx";
import type { ConflictReason } from "../../domain/conflicts.ts";
import type { ErrorCode } from "../../domain/errors.ts";
import { EXPLANATIONS } from "../../domain/explanation.ts";
import type { FailureKind } from "../../domain/failure.ts";
import type { LossReason } from "../../domain/lost-sales.ts";
import type { ProviderName } from "../../providers/provider.ts";

const events = (count: number): string =>
  `${count.toLocaleString("en-GB")} ${count === 1 ? "event" : "events"}`;
const bookings = (count: number): string => `${count} ${count === 1 ? "booking" : "bookings"}`;

/** Errors that a person can meet on a page; any other is shown as `internal_error`. */
const errors = {
  invalid_request:
    "Something that was sent is not right. Go back, check what you entered, and send it again.",
  invalid_json: "Something that was sent could not be read. Go back and try again.",
  body_too_large: "What was sent is too large. Go back and send less at once.",
  unsupported_media_type: "Something that was sent could not be read. Go back and try again.",
  unauthenticated:
    "Your visit has ended, or this browser has not been signed in yet. Open this page from the marketplace again: " +
    "its link signs you in. Your browser must accept cookies for that.",
  authentication_unavailable: "We can't check who you are at the moment. Please try again in a minute.",
  token_in_address:
    "This link is of an old kind that no longer opens. Go back to the marketplace and open your calendars from there.",
  connect_link_over:
    "This link was used already, or it is too old. Go back to the marketplace and open your calendars from there.",
  session_changed:
    "This connection was begun for another agent than the one who is signed in now. Nothing was connected.",
  forbidden:
    "This was not sent from our own page, or it is about another agent than the one you are signed in as. Open the page again.",
  not_found: "There is no page at this address.",
  method_not_allowed: "There is no page at this address.",
  agent_being_erased: "Your data is being deleted, so nothing new can be stored.",
  account_not_found: "This account is not connected, or no longer.",
  connection_not_found: "This calendar is not connected, or no longer.",
  calendar_not_found: "This calendar is no longer in the account.",
  provider_not_configured: "This calendar provider is not offered here.",
  connection_exists: "This calendar is connected already.",
  calendar_not_readable:
    "This calendar is listed for you, but we may not read its events. Ask its owner to share them with you, or connect the account again and allow calendars that others share.",
  unreadable_changed:
    "An event has changed since this page was shown. Look at the list again before you decide.",
  calendar_read_only: "You may only read this calendar, so bookings can't be written into it.",
  failure_not_found: "Nothing of this kind has failed, or it is being tried again already.",
  calendar_switched_off:
    "Nothing is written into this calendar while it is switched off or gone. It must be switched on first, or connected where it is now.",
  notice_not_found: "There is no such notice, or no longer.",
  settings_changed: "Your settings were changed in another place meanwhile. Look at them again, then save.",
  account_mismatch: "You chose another account than the one to be connected again. Please pick the same one.",
  sync_in_progress: "This calendar is being read right now. Look again in a few seconds.",
  sync_disabled: "This calendar is switched off. Switch its reading on first.",
  sync_held_off:
    "The provider has asked us to wait before we read this calendar again. We read it by ourselves as soon as we may.",
  account_needs_reauth: "This account no longer lets us in. Please connect it again.",
  oauth_denied:
    "You did not agree to the connection, or your organisation does not allow it. Nothing was connected.",
  oauth_state_invalid: "The connection took too long or was begun in another browser. Please try once more.",
  oauth_failed: "The calendar provider did not complete the connection. Please try once more.",
  oauth_scope_missing:
    "A permission is missing. Please connect again and grant all that is asked for, with every box ticked.",
  oauth_no_refresh_token: "The provider gave us only a short visit. Please connect again.",
  password_refused:
    "The server did not accept this user name and password. Check both. Many servers want an app password, " +
    "made in the account's security settings, instead of the ordinary one.",
  app_password_needed:
    "This looks like the account's ordinary password, which opens no calendar. Make an app-specific password and enter it here.",
  too_many_attempts:
    "The password was refused too often, so no more is tried for now. Check it, and try again in an hour.",
  not_caldav:
    "No calendar server (CalDAV) answers at this address. Look its address up in the provider's help pages.",
  no_calendars:
    "This account has no calendar service. You, or whoever manages the account, must switch it on first.",
  server_address_refused: "This address can't be used. Enter one like https://dav.example.com.",
  redirect_refused:
    "This server sends us on to a place to which your password must not be sent. Enter the address of the calendar " +
    "server itself.",
  server_unreachable: "No server answers at this address. Check it, or try again later if it is right.",
  provider_unavailable:
    "The calendar provider does not answer at the moment. Please try again in a few minutes.",
  rate_limited: "That was too often in a short time. Please wait ten seconds and try again.",
  database_unavailable: "We can't reach our records at the moment. Please try again in a minute.",
  internal_error: "Something went wrong on our side. We have noted it. Please try again later.",
} satisfies Partial<Record<ErrorCode, string>>;

const NO_MAILBOX =
  "This account has no mailbox in the cloud, so it has no calendar there. Whoever manages the account can set one up.";

export const english = {
  /** For dates and numbers. */
  locale: "en-GB",

  frame: {
    skip: "Skip to the content",
    backTo: (marketplace: string | null) => `Back to ${marketplace ?? "where you came from"}`,
    signOut: "Sign out",
    languages: "Language",
  },

  navigation: {
    label: "Your pages",
    calendars: "Calendars",
    week: "Week",
    settings: "Settings",
    report: "Report",
    data: "My data",
  },

  signedOut: {
    title: "You are signed out",
    text: "This browser no longer opens your calendars. To come back, open them from the marketplace.",
  },

  problem: {
    signedOutTitle: "Please sign in again",
    title: "That did not work",
    back: "Back to your calendars",
    backToReference: "Back to the reference",
  },

  errors,

  /** What to do about one field of a form, by the field's name. */
  fields: {
    link: "This link is damaged. Copy all of it, or go back to the marketplace and open your calendars from there.",
    timeZone: "Choose a time zone from the list.",
    serverUrl: "Enter the calendar server's address, in the field for it and nowhere else.",
    username: "Enter the user name.",
    password: "Enter the password.",
    token: "Paste a service token.",
    ownAddress: "Enter an email address, or leave the field empty.",
  },

  providers: {
    GOOGLE: "Google Calendar",
    OUTLOOK: "Outlook.com",
    OFFICE365: "Office 365",
    APPLE: "Apple Calendar",
    CALDAV: "CalDAV calendar",
  } satisfies Record<ProviderName, string>,

  justNow: "just now",

  connect: {
    title: "Your calendars",
    for: (agent: Child): Child[] => [
      "Calendars are connected here for ",
      agent,
      ". If that is not you, connect nothing and close this page.",
    ],
    intro:
      "Connect the calendars you live by. Clients then see only times at which you are free, and your bookings " +
      "appear where you look for them. We keep when you are busy, never what your events are about.",
    none: "No calendar is connected yet",
    connected: "Connected",
    connect: (provider: string) => `Connect ${provider}`,
    connectAnother: (provider: string) => `Connect another ${provider} account`,
    connectServer: "Connect another calendar server (CalDAV)",
    blocks: "Blocks my availability",
    blocksMeans:
      "While an event in this calendar is under way, clients can't book you. Switched off, its events don't count.",
    receives: "Receives bookings",
    receivesMeans: "Each new booking is written into this calendar, and follows every change of it.",
    readOnlyMeans: "You may only read this calendar, so bookings can't be written into it.",
    readOnly: "read-only",
    read: "Read this calendar",
    readMeans: "We follow every change in it. Switched off, its events don't count for you.",
    offMeans: "Switch on reading first.",
    connectAgain: "Connect again",
    lookInAccount: "Look in this account",
    moreOfAccount: "More calendars of this account",
    itIsGone: "It is gone…",
    disconnect: "Disconnect…",
    checkNow: "Check now",
    where: "Where you are",
    timeZone: (zone: Child): Child[] => [
      "Your opening hours and all-day events are meant in this time zone: ",
      zone,
      ".",
    ],
    browserZone: (zone: Child): Child[] => ["Your browser is in another one: ", zone, "."],
    useZone: "Use that one",
    chooseZone: "Choose another time zone",
    lookAgain: "Look again",
    /** How reading and writing have ended. */
    ended: {
      read: "All of your calendars have been read.",
      needsYou: "The reading has ended, but a calendar needs you: see below.",
      unread: "A calendar couldn't be read. We keep trying.",
      written: "All of your bookings are in your calendars.",
      unwritten: "Some bookings couldn't be written into a calendar: see below.",
    },
    beingErased: "Everything that we store about you is being deleted, so nothing can be connected now.",
  },

  /** What stands in the way of clients or bookings, at the top of the page. */
  alerts: {
    effects: {
      refused: (until: string) => `Clients can't book you until ${until}.`,
      risky: (until: string) => `Clients may book you over newer events until ${until}.`,
      none: (until: string) => `Bookings can't be written into your calendar until ${until}.`,
    },
    /** Nobody can book, whatever the calendars say. */
    standing: {
      unknown: "Clients can't book you until you connect a calendar or save your settings.",
      erased: "Clients can't book you: everything that we store about you is being deleted.",
    },
    until: {
      consent: (name: string) => `you connect ${name} again`,
      service: (name: string) => `calendars are switched on again for ${name}`,
      gone: (name: string) => `you say what became of ${name}, or it is back`,
      events: (name: string) => `you have looked at the events in ${name} that can't be read`,
      access: (name: string) => `we may read ${name} again`,
      ours: (name: string) => `we have mended our access to ${name}`,
      reading: (name: string) => `${name} has been read`,
      trying: (name: string) => `${name} can be read again`,
    },
    advice: {
      consent: "The account no longer lets us in, for instance because its password was changed.",
      service: "The account has no calendar service now. You, or whoever manages it, can switch it on.",
      gone: "The calendar is no longer in your account: it was deleted, or is no longer shared with you.",
      events: "Nobody can know at which times they take place.",
      access:
        "The provider lets us into the account, but not to this calendar. Ask its owner to share it with you, or connect the account again.",
      ours: "The fault is ours, and we have been told. You need not do anything.",
      reading: "This takes a minute or two, and longer with very many events.",
      trying: "The calendar's provider doesn't answer as it should. We keep trying by ourselves.",
    },
    stillWorks: {
      refused: "What is booked stays booked, and your other calendars are read as before.",
      risky: "Times that we know already stay blocked, and your other calendars are read as before.",
      none: "Clients can book you as before, and your bookings wait here.",
    },
    more: (count: number) =>
      `${count} more ${count === 1 ? "thing needs" : "things need"} you: look at your calendars below.`,
    connectAgain: (name: string) => `Connect ${name} again`,
    sayWhatBecame: (name: string) => `Say what became of ${name}`,
    lookAtEvents: (name: string) => `Look at the events in ${name}`,
    tryNow: (name: string) => `Try ${name} again now`,
  },

  /** Bookings that a calendar doesn't show as they are. */
  unwritten: {
    missing: (count: number) =>
      count === 1 ? `${count} booking isn't in this calendar` : `${count} bookings aren't in this calendar`,
    surplus: (count: number) =>
      `${count} cancelled ${count === 1 ? "booking still stands" : "bookings still stand"} in this calendar`,
    failed: (what: string, reason: string) => `${what}: ${reason}.`,
    waiting: (what: string) => `${what} yet. We keep trying by ourselves.`,
    /** By the kind of the failure. */
    reasons: {
      "read-only": "it no longer lets us write",
      refused: "it doesn't allow us to write there",
      gone: "its provider says that it isn't there",
      "no-service": "its account has no calendar service",
      reauth: "its account no longer lets us in",
      bug: "its provider doesn't accept the booking",
    },
    otherReason: "its provider didn't take it",
    advice: "Allow us to write there in your calendar's settings, or ask its owner. Then try again.",
    tryAgain: "Try again",
  },

  /** Confirmations, by the word that a redirect puts into the address. */
  done: {
    connected: "Your calendar is connected. Reading your events has begun.",
    added: "The calendar is connected. Reading its events has begun.",
    changed: "Saved.",
    disconnected: "The calendar is disconnected, and what we knew of its events is forgotten.",
    checked: "We have looked. Below you see how the calendar is doing now.",
    trying: "We are trying again to write your bookings.",
  },

  status: {
    notChecked: "Not checked yet.",
    lastChecked: (ago: string) => `Last checked ${ago}.`,
    needsYou: "Needs you",
    switchedOff: "Switched off",
    gone: "Gone",
    tryingAgain: "Trying again",
    reading: "Reading",
    upToDate: "Up to date",
    noAccess: "This account no longer lets us in.",
    notRead: "Changes in this calendar are not read, and its events don't count for you.",
    inactive: "Nothing is read from this calendar, and nothing is written into it.",
    leftAccount: (name: string) => `${name} is no longer in your account.`,
    lastKnown: "Its last known times still count.",
    standstill: (provider: string) =>
      `${provider} sends the events of this calendar over and over and comes to no end. We read it in another way; you need not do anything.`,
    failing: "The calendar can't be read at the moment. We keep trying; you need not do anything.",
    lookAgain: "We look again now and then.",
    firstReading: "Your events are being read for the first time.",
    eventsRead: (count: number) => `${events(count)} read so far.`,
    watched: "Its provider tells us of every change within seconds, and has told us of none since.",
    hinted: "Its provider has told us of a change that we are about to read.",
    polled: "We look for changes regularly.",
    compared: (ago: string) => `Compared event by event ${ago}.`,
    noDrift: "Nothing was missing in the last 30 days.",
    drift: (count: number) =>
      `${count} ${count === 1 ? "difference was" : "differences were"} found and put right in the last 30 days.`,
    /** The states of an account that only people can change, by the code of the failure. */
    accounts: {
      notACalendarUser:
        "Google Calendar is switched off for this account. You, or whoever manages the account, can switch it on at Google.",
      MailboxNotEnabledForRESTAPI: NO_MAILBOX,
      MailboxNotSupportedForRESTAPI: NO_MAILBOX,
    },
  },

  unreadable: {
    inPart: (count: number, name: string) =>
      `${events(count)} in ${name} can be read only in part. We block at least the time that they take:`,
    unbookable: (count: number, name: string) =>
      `${events(count)} in ${name} can't be read, so clients can't book you at times nobody can know:`,
    overbookable: (count: number, name: string) =>
      `${events(count)} in ${name} can't be read, so clients may book you while they take place:`,
    unknownTime: "At an unknown time",
    from: (time: Child): Child[] => ["From ", time],
    more: (count: number) => `And ${count} more.`,
    advice:
      "Open them in your calendar and save them anew, or delete them. If you don't need the time that can't be read, " +
      "count it as free.",
    countAsFree: "Count these as free",
    otherReason: "it can't be read",
    reasons: {
      not_icalendar: "it is no calendar data",
      bad_time: "its start can't be read",
      bad_end: "its end can't be read",
      bad_override: "a change of one of its dates can't be read",
      bad_rule: "how it repeats can't be read",
      bad_date: "one of its dates can't be read",
      bad_zone: "its time zone is unknown",
      too_many_occurrences: "it repeats too often",
      object_refused: "the calendar server doesn't hand it out",
      series_missing: "the calendar lists it, but doesn't find it",
    },
  },

  account: {
    title: "More calendars",
    heading: "More calendars of this account",
    back: "Your calendars",
    for: (agent: Child): Child[] => [
      "A calendar that you connect here blocks the availability of ",
      agent,
      ". You can change that afterwards.",
    ],
    main: "Main calendar.",
    reader: "Read-only: can't receive bookings.",
    writer: "Can receive bookings.",
    notReadable: "It is listed for you, but we may not read its events. Its owner can share them with you.",
    connected: "Connected",
    connect: "Connect",
    connectNamed: (name: string) => `Connect ${name}`,
    unreadable: "Can't be read",
    none: "This account has no calendars.",
  },

  disconnect: {
    title: "Disconnect a calendar",
    heading: (name: Child): Child[] => ["Disconnect “", name, "”?"],
    means:
      "Its events will no longer block your availability, so clients may book you at those times. New bookings will " +
      "not be written into it.",
    renamed: "If it is in your account under another name, connect it there first.",
    kept: "Bookings that are in the calendar already stay there.",
    disconnect: "Disconnect",
    keep: "Keep it",
  },

  link: {
    title: "Open your calendars",
    heading: (agent: Child): Child[] => ["Open the calendars of ", agent],
    signedInAs: (other: Child, agent: Child): Child[] => [
      "You are signed in as ",
      other,
      ", and this link is for another agent. If somebody sent it to you, stay signed in: the calendars that you " +
        "connect would be connected for ",
      agent,
      ".",
    ],
    decides: (agent: Child): Child[] => [
      "Calendars that you connect on the next page decide when clients can book the agent ",
      agent,
      ". Go on only if that is you.",
    ],
    stayAs: (agent: Child): Child[] => ["Stay signed in as ", agent],
    goOnAs: (agent: Child): Child[] => ["Go on as ", agent],
  },

  data: {
    title: "My data",
    stored: "What we store",
    access: "Your calendars' access, encrypted, and which calendars you have connected.",
    times: (past: number, days: number) =>
      `When you are busy, from ${past === 1 ? "yesterday" : `${past} days ago`} to ${days} ${days === 1 ? "day" : "days"} ahead: only times, never what an event is about, where it is or who comes.`,
    bookings: (days: number) =>
      `Your bookings from the marketplace, encrypted; what people wrote in them is forgotten ${days} days after they are over.`,
    bookingsKept: "Your bookings from the marketplace, encrypted, until everything is deleted.",
    rules: "Your rules for your time, and who changed what here and when.",
    download: "Download",
    downloadMeans:
      "All of it in one file (JSON), for you or for another service. Keep it safe: it names your clients.",
    downloadButton: "Download my data",
    erase: "Delete everything",
    eraseMeans:
      "Ends our access to your calendars and forgets everything about you. Nothing of it can be brought back.",
    eraseButton: "Delete everything…",
    out: "Sign out",
    outMeans: "Ends the visit in this browser. Your calendars stay connected.",
    outButton: "Sign out of this browser",
    goesOn: "Everything about you is being deleted",
    goesOnSince: (time: Child): Child[] => [
      "Begun on ",
      time,
      ". It goes on by itself, whether this page is open or not.",
    ],
    left: {
      calendars: (count: number) =>
        `${count} ${count === 1 ? "calendar is" : "calendars are"} still to be closed`,
      accounts: (count: number) =>
        `our access to ${count} ${count === 1 ? "account" : "accounts"} is still to be ended`,
      events: (count: number) => `${bookings(count)} in your calendars are still to be dealt with`,
      rest: "the last records are still to be deleted",
    },
    lookAgain: "Look again",
    ended: "Everything has been deleted.",
    erased: (time: Child): Child[] => ["Everything about you was deleted on ", time, "."],
    eventsLeft: (count: number) =>
      `${bookings(count)} could not be removed from a calendar that nobody can reach any more.`,
    unrevoked: (provider: string) =>
      `${provider}: take our access back there yourself, in the account's security settings or by deleting the app password.`,
    shared: (provider: string) =>
      `${provider}: access stays, because somebody else here uses the same account.`,
    confirmTitle: "Delete everything?",
    whose: (agent: Child): Child[] => [
      "Everything that we store about the agent ",
      agent,
      " will be deleted.",
    ],
    happens: "This is what happens:",
    steps: {
      booking: "Clients can't book you any more from this moment on.",
      access: "We end our access to all of your calendars and forget when you are busy.",
      rules: "Your settings, bookings and the record of what happened here are deleted.",
      marketplace:
        "Your account at the marketplace stays, and what it knows of your bookings too. Cancel bookings there first if you won't keep them.",
      proof: "Only the fact that you asked for this remains, with its time, as proof.",
    },
    events: "The bookings in your own calendars",
    keep: "Leave them there",
    remove: "Remove them there, past ones too",
    confirm: "Delete everything for good",
    cancel: "Keep everything",
  },

  password: {
    connect: (provider: string) => `Connect ${provider}`,
    connectServer: "Connect a calendar server (CalDAV)",
    back: "Back",
    for: (agent: Child): Child[] => ["The calendars will be connected for ", agent, "."],
    appPassword: (address: string) =>
      "An app-specific password opens your calendars to one service alone, and you can take it back at any time " +
      `without changing your own. Make one at ${address}, and enter it here. Your ordinary password does not work. ` +
      "We keep it encrypted and use it for your calendars only.",
    anyPassword:
      "Many providers let you make an app password, which opens your calendars to one service alone and can be " +
      "taken back at any time. Make one in the account's security settings if yours does. " +
      "We keep it encrypted and use it for your calendars only.",
    submit: "Connect",
    labels: {
      serverUrl: "Server address",
      username: "User name",
      password: "Password",
      appPassword: "App-specific password",
      ownAddress: "Your email address in invitations",
    },
    help: {
      serverUrl: "As your provider's help pages give it for CalDAV, like https://dav.example.com.",
      username: "Most often your email address there.",
      password: "An app password, if your provider has such.",
      appPassword: "Not the one with which you sign in there.",
      ownAddress: "If it is not your user name: so an invitation that you declined takes none of your time.",
    },
    /** What is wrong with a server's address or account, by the code of the fault. */
    faults: {
      no_calendars:
        "This account has no calendar to connect. Switch calendars on there, or make one, then connect again.",
      url_malformed: "This is no address. Enter one like https://dav.example.com.",
      url_is_email:
        "This is an email address. Enter the address of the calendar server, like https://dav.example.com.",
      url_not_https:
        "The address must begin with https://, so that nobody can read your password on its way.",
      url_with_credentials: "Leave user name and password out of the address: they have fields of their own.",
      url_not_public:
        "The address must name a server on the internet, like dav.example.com: no number and no name that only a " +
        "home or company network knows.",
      url_with_port:
        "Leave the port out of the address: calendar servers are reached at the usual ports only.",
      calendars_elsewhere:
        "This server keeps the calendars in another place, where they can't be read with this password. Enter the " +
        "address of the server that holds the calendars.",
    },
    appPasswordRefused: (address: string) =>
      "This user name and app-specific password were not accepted. Check both: the user name is the account's main " +
      `email address, and a password may have been revoked. A new one is made at ${address}.`,
  },

  settings: {
    title: "Your settings",
    intro: "These rules decide at which times clients can book you. They act as soon as you save them.",
    pages: { label: "Settings", rules: "Rules", days: "Days off and holidays", zone: "Time zone" },
    save: "Save",
    saveMeans: "Saves everything on this page.",
    saveAll: "Save everything on this page",
    saved: "Saved. Clients see the times below from now on.",
    unsaved: "This is not saved yet. The times below show what it would do.",
    notSaved: "Nothing was saved, because something isn't right yet. All that you entered is still here.",
    conflict: (parts: string) =>
      `Your settings were changed in another place meanwhile, so nothing was saved. What you entered is still here. It ` +
      `differs from what is stored now in: ${parts}. Save again to keep what you see here.`,
    conflictSame:
      "Your settings were changed in another place meanwhile. They are now the same as what you see here.",
    units: { minutes: "minutes", hours: "hours", days: "days" },
    unitOf: (field: string) => `Unit: ${field}`,
    /** Parts of the form, in lists of what is wrong or different. */
    parts: {
      open: "Opening hours",
      hours: "Opening hours",
      bufferBefore: "Free time before",
      bufferAfter: "Free time after",
      notice: "Notice",
      horizonDays: "How far ahead",
      maxPerDay: "At most a day",
      maxPerWeek: "At most a week",
      rules: "What makes you busy",
      onStale: "When a calendar can't be read",
      onExternalChange: "When you move a booking",
      reminders: "Reminders",
      revision: "Version",
      other: "Something else",
    },
    /** What is wrong with a field. */
    faults: {
      hours:
        "Give each stretch a beginning, and an end after it; 00:00 as an end is midnight. Hours past midnight are two " +
        "stretches: one until 00:00, and one from 00:00 on the next day.",
      manyHours: "A week has at most 50 stretches. Remove some of them.",
      bufferBefore: "Enter whole minutes from 0 to 240.",
      bufferAfter: "Enter whole minutes between 0 and 240.",
      notice: "Enter a whole number; 60 days are the most.",
      horizonDays: "Enter whole days from 1 to 800, or leave it empty.",
      maxPerDay: "Enter a whole number from 1 to 1000, or leave it empty.",
      maxPerWeek: "Enter a whole number between 1 and 1000, or leave it empty.",
      reminders: "Enter whole numbers; four weeks before is the most. Leave a line empty to do without it.",
    },
    now: {
      title: "What clients see now",
      unsavedTitle: "What clients would see",
      day: (day: string, count: number) => `${day}: ${count} free half ${count === 1 ? "hour" : "hours"}`,
      zone: (place: string) => `All times are those of ${place}.`,
    },
    /** What the settings do now. */
    does: {
      free: (day: string, count: number) =>
        `With this, ${day} shows ${count} free half ${count === 1 ? "hour" : "hours"}.`,
      nothingFree: "With this, clients find no free half hour in the next seven days.",
      buffers: (from: string, to: string) =>
        `With this, an appointment from 10:00 to 10:30 keeps ${from} to ${to} free of other appointments.`,
      first: (time: string) => `With this, the first half hour that a client can book is ${time}.`,
      noFirst: "With this, a client can book no half hour in the next seven days.",
      horizon: (day: string) => `With this, the last day that a client can book is ${day}.`,
      anyHorizon: (days: number) =>
        `With this, clients can book as far ahead as bookings are taken: ${days} days.`,
      noHorizon: (days: number) =>
        `With this, clients can book as far ahead as your calendars are read: ${days} ${days === 1 ? "day" : "days"}.`,
      limits: (today: number, week: number) =>
        `Booked so far: ${today} today, and ${week} from Monday to Sunday of this week.`,
      reminders: (count: number) =>
        `With this, each booking has ${count} ${count === 1 ? "reminder" : "reminders"} in your calendar.`,
      noReminder: "With this, your calendar reminds you of no booking.",
    },
    hours: {
      title: "Opening hours",
      when: "When may clients book you?",
      always: "At any time",
      alwaysMeans: "Day and night, on every day, whenever your calendars are free.",
      weekly: "In these hours",
      weeklyMeans: "A day without hours is closed.",
      closed: "Closed",
      from: (day: string, index: number) => `${day}, from (${index})`,
      to: (day: string, index: number) => `${day}, until (${index})`,
      add: "Open this day",
      addAnother: "More hours",
      removeOf: (day: string, index: number) => `Remove hours ${index} of ${day}`,
      copyWork: "Copy to Monday–Friday",
      copyAll: "Copy to all days",
    },
    around: {
      title: "Around appointments",
      bufferBefore: "Free time before",
      bufferAfter: "Free time after",
      notice: "Notice",
      horizonDays: "How far ahead",
      limits: "How many",
      maxPerDay: "At most a day",
      maxPerWeek: "At most a week",
      appointments: "appointments",
      means: {
        bufferBefore: "To prepare, or to get there.",
        bufferAfter: "To write notes, or to get back.",
        notice: "How long before its start an appointment can be booked at the latest.",
        horizonDays: "How many days ahead clients may book. Empty: as far as your calendars are read.",
        maxPerDay: "No more appointments start on one date. Empty: any number.",
        maxPerWeek: "No more appointments start from Monday to Sunday. Empty: any number.",
      },
    },
    busy: {
      title: "What makes you busy",
      means: "Ordinary events in your calendars always do. Do these as well?",
      rules: {
        tentative: "Events marked as tentative",
        unanswered: "Invitations that you haven't answered",
        allDay: "All-day events",
        outOfOffice: "Out of office",
        workingElsewhere: "Working elsewhere",
      },
      takes: (count: number) =>
        `They take ${count} free half ${count === 1 ? "hour" : "hours"} in the next seven days.`,
      wouldTake: (count: number) =>
        `They would take ${count} free half ${count === 1 ? "hour" : "hours"} in the next seven days.`,
    },
    trouble: {
      title: "When something goes wrong",
      stale: "When a calendar can't be read",
      refuse: "Take no bookings",
      refuseMeans: "Clients can't book you until we can read it again. You are never booked twice.",
      allow: "Take bookings all the same",
      allowMeans: "We count what we knew last. Clients may book you over an event that we couldn't read.",
      external: "When you move or delete a booking in your calendar",
      keep: "Put it back",
      keepMeans: "The booking stays as the client made it. To change it, do so at the marketplace.",
      follow: "Change the booking",
      followMeans: "It moves with the event, or is cancelled if you delete it, and the client is told.",
    },
    reminders: {
      title: "Reminders",
      means:
        "How long before a booking your calendar reminds you; up to five times. Leave a line empty to do without it.",
      label: (index: number) => `Reminder ${index}`,
    },
    days: {
      title: "Days off and holidays",
      own: "Days that differ",
      ownMeans:
        "On these dates other hours hold than those of the week. Where two name the same date, the newer one counts.",
      none: "There are none ahead.",
      closed: "closed",
      span: (from: string, to: string) => `${from} to ${to}`,
      remove: "Remove",
      removeNamed: (days: string) => `Remove ${days}`,
      more: (count: number) => `And ${count} later ones`,
      earlier: "Earlier ones",
      add: "Add days",
      from: "First day",
      to: "Last day (or leave empty)",
      what: "On these days",
      kinds: { closed: "Closed all day", hours: "Open in these hours only:" },
      startOf: (index: number) => `From (${index})`,
      endOf: (index: number) => `Until (${index})`,
      addButton: "Add",
      faults: {
        from: "Choose the first day.",
        past: "These days are over. Choose days to come.",
        to: "Choose a last day that isn't before the first one, or leave it empty.",
        hours: "Give at least one stretch a beginning, and an end after it; 00:00 as an end is midnight.",
        kind: "You gave hours for days that are closed. Choose to be open in these hours, or leave the hours empty.",
        many: "There are 400 days that differ already. Remove some first.",
      },
      conflict:
        "Your settings were changed meanwhile, in another place or by a second press, so this was not saved. Look at the days below, and send it again if it is missing there.",
      holidays: "Public holidays",
      holidaysMean:
        "On public holidays you are closed. You may work on some of them, and a day of your own above wins.",
      region: "Country or region",
      noRegion: "No public holidays",
      whole: (country: string) => `All of ${country}`,
      choose: "Save the region",
      comingYear: "Next twelve months",
      worked: "You work on this day.",
      holidayClosed: "Closed.",
      work: "Work on it",
      workNamed: (day: string) => `Work on ${day}`,
      close: "Close it",
      closeNamed: (day: string) => `Close ${day}`,
      knownUntil: (year: string) => `Holidays are known until the end of ${year}.`,
    },
    zone: {
      title: "Time zone",
      means: "Your opening hours, your days off and all-day events are meant in this zone.",
      current: (city: string, details: string) => `Your zone is that of ${city}: ${details}.`,
      details: (name: string, offset: string, time: string) => `${name}, ${offset}, now ${time}`,
      search: "City or country",
      find: "Find",
      found: (count: number) =>
        count === 0
          ? `${count} zones found. Try a large city near you, or the country.`
          : `${count} ${count === 1 ? "zone" : "zones"} found`,
      more: (count: number) => `And ${count} more. Enter more letters to see them.`,
      choose: "Choose",
      chooseNamed: (city: string) => `Choose the zone of ${city}`,
      proposed: "Where you seem to be",
      browser: (name: Child): Child[] => ["Your browser is in another one: ", name, "."],
      useIt: "Use that one",
    },
  },
  report: {
    title: "Report",
    intro: (first: Child, last: Child): Child[] => [
      "What happened to your calendars and bookings from ",
      first,
      " to ",
      last,
      ".",
    ],
    zone: (zone: string) =>
      `Days and weeks are those of ${zone}; readings of calendars are counted by days of UTC.`,
    nothing: "Nothing of this in the last 30 days.",
    most: (value: string) => `Highest: ${value}`,
    numbers: "The numbers of these pictures",
    day: "Day",
    total: "Total",
    bookings: {
      heading: "Bookings",
      text: (sold: string, moved: string, cancelled: string) =>
        `Sold: ${sold}, moved: ${moved}, cancelled: ${cancelled}, by the day on which it happened.`,
      upcoming: (count: string) => `Appointments to come: ${count}.`,
      sold: "Sold",
      moved: "Moved",
      cancelled: "Cancelled",
    },
    lead: {
      heading: "How early clients book",
      text: (median: string, early: string, late: string) =>
        `Half of the bookings came ${median} or less before the appointment. A tenth came less than ${late} before ` +
        `it, and a tenth more than ${early}.`,
      hours: (count: number) => `${count} ${count === 1 ? "hour" : "hours"}`,
      days: (count: number) => `${count} ${count === 1 ? "day" : "days"}`,
      before: "Before the appointment",
      bookings: "Bookings",
      under: (time: string) => `less than ${time}`,
      between: (from: string, to: string) => `${from} to ${to}`,
      over: (time: string) => `${time} or more`,
    },
    utilisation: {
      heading: "How much of your open time is booked",
      text: (share: string) =>
        `${share} of the open time of these weeks is booked, by your hours as they are now.`,
      booked: "Booked",
      open: "Open",
      free: "Open and free",
      share: "Share",
      week: "Week from",
      none: "Your settings have no open time in these weeks.",
    },
    lost: {
      heading: "Bookings you lost",
      text: (total: string) => `Requests that were refused: ${total}, by the day on which they came.`,
      means: "Requests are counted, not clients: who tries twice may count twice.",
      lost: "Lost",
      reason: "Why",
      reasons: {
        taken: "You were busy at that time, or booked already",
        unverified: "A calendar could not be read in time, so nothing was sold",
        past: "The time had begun already",
        closed: "You were away that day",
        hours: "It was outside your hours",
        horizon: "It was further ahead than you allow",
        notice: "It was too soon for the notice that you want",
        full: "That day or week had as many bookings as you allow",
      } satisfies Record<LossReason, string>,
    },
    deliveries: {
      heading: "Bookings in your calendars",
      text: (delivered: string, undelivered: string) =>
        `In the calendar as they should be: ${delivered}. Not: ${undelivered}. By the day of the sale; each calendar counts.`,
      delivered: "In the calendar",
      undelivered: "Not there",
      code: "Code",
      count: "How often",
    },
    readings: {
      heading: "How your calendars were read",
      text: (read: string, failed: string) => `Readings: ${read}, of which failed: ${failed}.`,
      read: "Read",
      failed: "Failed",
    },
    changes: {
      heading: "Changes found in your calendars",
      text: (count: string) => `Events that were new, changed or gone: ${count}.`,
      changes: "Changes",
    },
    freshness: {
      heading: "How fresh your calendars are",
      text: "How often each calendar was read on each day. One whose provider tells us of changes needs few readings.",
      none: "No calendar is connected.",
      calendar: "Calendar",
      checked: "Last checked",
      never: "Not yet",
    },
    drift: {
      heading: "What we had wrong",
      text: (missing: string, extra: string) =>
        `Calendars were listed anew and compared. Missing: ${missing}; their time could have been sold. There by ` +
        `mistake: ${extra}; their time could not be sold. Both were mended at once.`,
      missing: "Missing",
      extra: "There by mistake",
    },
  },

  /** What a reason code means, and what to do. */
  explanations: EXPLANATIONS,

  ops: {
    title: "Operations",
    signIn: "Sign in",
    signInMeans:
      "This page is for the operators of this service. Paste a service token: it is checked, not kept, and opens " +
      "this page for up to an hour.",
    token: "Service token",
    refused: "This token is not valid, has expired, or is no service's. Get another one.",
    signedOut: "Sign in again with a service token.",
    back: "Back to operations",
    signOut: "Sign out",
    done: {
      retried: "It is being tried again.",
      replayed: "The notice is being sent again.",
    },
    at: (time: Child): Child[] => ["As of ", time, "."],
    atMost: (count: string) => `Each number ends at ${count}.`,
    nothing: "Nothing.",
    none: "none",
    backlog: "What waits",
    database: "Database",
    databaseOk: "answers",
    migration: "Newest migration",
    oldestDue: "Oldest due pull waits",
    dueChannels: "Channels to be opened or replaced",
    pendingDeliveries: "Deliveries not done",
    overdueAudits: "Calendars not compared in time",
    driftCalendars: "Calendars with drift",
    missing: "Events that were missing",
    extra: "Events there by mistake",
    unreadable: "Events that can't be read",
    goneCalendars: "Calendars that are gone",
    limits: "Limits of requests",
    mcp: "Tools by MCP",
    on: "on",
    off: "off",
    freshness: "Freshness",
    freshnessMeans:
      "Calendars that are neither due nor failing were checked within the last day. Of the due and of the failing, the first thousand are counted.",
    provider: "Provider",
    calendars: "Calendars",
    oldest: "Oldest knowledge",
    hours: (count: string) => `${count} h`,
    never: "never read",
    channels: "Channels near their end",
    channelsMeans: "Live channels by the time that they have left. They are replaced before it is over.",
    left: "Time left",
    over: "over",
    withinHours: (hours: number) => `less than ${hours} h`,
    failing: "Calendars that fail now",
    kind: "Kind",
    code: "Code",
    failures: "Failures by code",
    failuresText: (count: string) => `Failed syncs of the last seven days: ${count}, by day of UTC.`,
    others: "Others",
    keys: "Keys in use",
    key: "Key",
    accounts: "Accounts",
    bookings: "Bookings",
    unsealed: "Not sealed yet",
    lost: "Under a key that is missing",
    clocks: "Time zone data",
    tzdata: "Release, at least",
    tzUnknown: "older than any that is known",
    wrongZones: "Zones that are wrong",
    deadLetters: "What failed for good",
    deadLettersMeans: "The newest. GET /failures lists all.",
    what: "What",
    when: "When",
    agent: "Agent",
    why: "Why",
    delivery: (id: string) => `Booking ${id}`,
    job: (kind: string) => `Job ${kind}`,
    notice: (kind: string) => `Notice ${kind}`,
    retry: "Try again",
    retryNamed: (what: string, index: number) => `Try again, ${index}: ${what}`,
    notices: "Notices that wait",
    noticesMeans: (count: string) => `Waiting to be sent: ${count}. The ones due first:`,
    receiver: "Receiver",
    receivers: {
      active: "takes notices",
      disabled: "answered 410 and gets none; sending one again asks it anew",
      none: "none is configured",
    },
    attempts: "Attempts",
    replay: "Send again",
    replayNamed: (what: string, index: number) => `Send again, ${index}: ${what}`,
  },

  week: {
    title: "Your week",
    intro: (zone: string) =>
      `What clients can book of the next seven days, and why they can't book the rest. Times are those of ${zone}.`,
    picture: "Seven days, each as a bar from midnight to midnight",
    pictureMeans:
      "The lists below say the same in words: what is taken, by which calendar and rule, and what is free.",
    earlier: "Earlier",
    later: "Later",
    days: "Day by day",
    open: "Open",
    closedAllDay: "Closed all day",
    free: "Free",
    nothingFree: "Nothing is free",
    time: "Time",
    what: "What",
    why: "Why",
    tableOf: (date: string) => `What is taken on ${date}`,
    someCalendar: "a calendar that was disconnected",
    kinds: {
      free: "Free",
      busy: "Busy",
      maybe: "Uncertain",
      booking: "Booking",
      hold: "Reserved",
      buffer: "Buffer",
      closed: "Closed",
      rule: "Not bookable",
    },
    /** Why a stretch is taken. `calendar` is null where no calendar says so. */
    reasons: {
      busy: (calendar) => `An event in ${calendar}.`,
      tentative: (calendar) => `A tentative event in ${calendar}. By your settings it counts as busy.`,
      unanswered: (calendar) =>
        `An invitation in ${calendar} that you have not answered. By your settings it counts as busy.`,
      out_of_office: (calendar) =>
        `You are out of office by ${calendar}. By your settings that counts as busy.`,
      working_elsewhere: (calendar) =>
        `You work elsewhere by ${calendar}. By your settings that counts as busy.`,
      all_day: (calendar) => `An all-day event in ${calendar}. By your settings it counts as busy.`,
      booking: (calendar) =>
        calendar === null ? "A client has booked you." : `The event of a booking stands here in ${calendar}.`,
      hold: () => "Reserved for some minutes, while a client decides or pays.",
      buffer: () => "Kept free before or after what lies beside it, by your buffers.",
      hours: () => "Outside of your weekly hours.",
      closed: () => "On this date you are closed, other than in your week.",
      past: () => "It is over.",
      notice: () => "Too soon: you want to be told earlier.",
      horizon: () => "Too far ahead by your settings.",
      day_full: () => "This day holds as many bookings as you allow.",
      week_full: () => "This week holds as many bookings as you allow.",
    } satisfies Record<ConflictReason, (calendar: string | null) => string>,
    toCalendars: "See what to do",
    bookings: "Your bookings",
    noBookings: "Nobody has booked you on these days.",
    forgotten: "A booking whose texts were deleted",
    cancelled: "(cancelled)",
    noCalendar: "It is in no calendar: none receives bookings.",
    delivery: { synced: "Is in", pending: "On its way to", failed: "Is not in" },
    removal: { synced: "Is gone from", pending: "Being removed from", failed: "Still in" },
    /** Why a calendar doesn't show a booking as it is. */
    causes: {
      retry: "it didn't answer; we try again",
      wait: "it asked us to wait; we try again",
      pause: "it takes no more for some hours; we try again then",
      reauth: "the account no longer lets us in; connect it again",
      refused: "it doesn't let us do this",
      "no-service": "the account has no calendar service at the moment",
      operator: "something is wrong on our side; we are told of it",
      resync: "we read the calendar anew first",
      "recreate-channel": "we read the calendar anew first",
      adopt: "we look for the event in the calendar first",
      reread: "the event was changed meanwhile; we look at it again",
      gone: "the event or its calendar is gone",
      "read-only": "it no longer lets us write",
      unsupported: "it doesn't support this",
      ignore: "it doesn't take this event",
      bug: "it didn't accept the event; we are told of it",
      switched_off: "it is switched off",
      calendar_gone: "it is no longer in the account",
    } satisfies Record<FailureKind | "switched_off" | "calendar_gone", string>,
  },
};

/** The words of a language. Another language's file must have every one of them. */
export type Words = typeof english;
