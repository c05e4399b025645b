// German: every word that people read on our pages, by page. Formal address throughout.
import type { Child } from "hono/jsx";
import type { Words } from "./english.ts";

const events = (count: number): string =>
  `${count.toLocaleString("de-DE")} ${count === 1 ? "Termin" : "Termine"}`;
const bookings = (count: number): string => `${count} ${count === 1 ? "Buchung" : "Buchungen"}`;

const NO_MAILBOX =
  "Dieses Konto hat kein Postfach in der Cloud und deshalb dort keinen Kalender. Wer das Konto verwaltet, kann eines einrichten.";

export const german: Words = {
  locale: "de-DE",

  frame: {
    skip: "Zum Inhalt springen",
    backTo: (marketplace: string | null) =>
      marketplace === null ? "Zurück zur vorigen Seite" : `Zurück zu ${marketplace}`,
    signOut: "Abmelden",
    languages: "Sprache",
  },

  navigation: {
    label: "Ihre Seiten",
    calendars: "Kalender",
    week: "Woche",
    settings: "Einstellungen",
    report: "Bericht",
    data: "Meine Daten",
  },

  signedOut: {
    title: "Sie sind abgemeldet",
    text: "Dieser Browser öffnet Ihre Kalender nicht mehr. Wenn Sie zurückkommen möchten, öffnen Sie sie vom Marktplatz aus.",
  },

  problem: {
    signedOutTitle: "Bitte melden Sie sich neu an",
    title: "Das hat nicht geklappt",
    back: "Zurück zu Ihren Kalendern",
    backToReference: "Zurück zur Referenz",
  },

  errors: {
    invalid_request:
      "Etwas an den Angaben stimmt nicht. Gehen Sie zurück, prüfen Sie Ihre Eingaben und senden Sie sie noch einmal.",
    invalid_json:
      "Die Angaben konnten nicht gelesen werden. Gehen Sie zurück und versuchen Sie es noch einmal.",
    body_too_large: "Das war zu viel auf einmal. Gehen Sie zurück und senden Sie weniger.",
    unsupported_media_type:
      "Die Angaben konnten nicht gelesen werden. Gehen Sie zurück und versuchen Sie es bitte erneut.",
    unauthenticated:
      "Ihre Sitzung ist beendet, oder dieser Browser ist noch nicht angemeldet. Öffnen Sie diese Seite noch einmal vom " +
      "Marktplatz aus: Der Link dort meldet Sie an. Ihr Browser muss dafür Cookies annehmen.",
    authentication_unavailable:
      "Wir können im Moment nicht prüfen, wer Sie sind. Bitte versuchen Sie es in einer Minute noch einmal.",
    token_in_address:
      "Dieser Link ist von einer alten Art, die nicht mehr geöffnet wird. Gehen Sie zurück zum Marktplatz und öffnen Sie Ihre Kalender von dort.",
    connect_link_over:
      "Dieser Link wurde schon benutzt oder ist zu alt. Gehen Sie zurück zum Marktplatz und öffnen Sie Ihre Kalender von dort.",
    session_changed:
      "Diese Verbindung wurde für jemand anderen begonnen, als jetzt angemeldet ist. Es wurde nichts verbunden.",
    forbidden:
      "Das wurde nicht von unserer eigenen Seite gesendet, oder es betrifft jemand anderen, als jetzt angemeldet ist. Öffnen Sie die Seite noch einmal.",
    not_found: "Unter dieser Adresse gibt es keine Seite.",
    method_not_allowed: "Unter dieser Adresse ist keine Seite zu finden.",
    agent_being_erased: "Ihre Daten werden gerade gelöscht. Neues kann nicht gespeichert werden.",
    account_not_found: "Dieses Konto ist nicht oder nicht mehr verbunden.",
    connection_not_found: "Dieser Kalender ist nicht oder nicht mehr verbunden.",
    calendar_not_found: "Diesen Kalender gibt es im Konto nicht mehr.",
    provider_not_configured: "Dieser Kalenderanbieter wird hier nicht angeboten.",
    connection_exists: "Dieser Kalender ist schon verbunden.",
    calendar_not_readable:
      "Dieser Kalender wird Ihnen zwar angezeigt, aber wir dürfen seine Termine nicht lesen. Bitten Sie seinen Besitzer, sie für Sie freizugeben, oder verbinden Sie das Konto neu und erlauben Sie dabei auch Kalender, die andere für Sie freigegeben haben.",
    unreadable_changed:
      "Ein Termin hat sich geändert, seit diese Seite angezeigt wurde. Sehen Sie sich die Liste noch einmal an, bevor Sie entscheiden.",
    calendar_read_only:
      "Diesen Kalender dürfen Sie nur lesen. Buchungen können deshalb nicht eingetragen werden.",
    failure_not_found: "Davon ist nichts fehlgeschlagen, oder es wird schon noch einmal versucht.",
    calendar_switched_off:
      "In diesen Kalender wird nichts eingetragen, solange er ausgeschaltet oder verschwunden ist. Er muss erst wieder eingeschaltet oder dort verbunden werden, wo er jetzt ist.",
    notice_not_found: "Diese Meldung gibt es nicht oder nicht mehr.",
    settings_changed:
      "Ihre Einstellungen wurden inzwischen an anderer Stelle geändert. Sehen Sie sie noch einmal an und speichern Sie dann.",
    account_mismatch:
      "Sie haben ein anderes Konto gewählt als das, das neu verbunden werden soll. Bitte wählen Sie dasselbe.",
    sync_in_progress: "Dieser Kalender wird gerade gelesen. Sehen Sie in ein paar Sekunden wieder nach.",
    sync_disabled: "Dieser Kalender ist ausgeschaltet. Schalten Sie zuerst ein, dass er gelesen wird.",
    sync_held_off:
      "Der Anbieter hat uns gebeten zu warten, bevor wir diesen Kalender wieder lesen. Wir lesen ihn von selbst, sobald wir dürfen.",
    account_needs_reauth: "Dieses Konto lässt uns nicht mehr hinein. Bitte verbinden Sie es neu.",
    oauth_denied:
      "Sie haben der Verbindung nicht zugestimmt, oder Ihre Organisation erlaubt sie nicht. Es wurde nichts verbunden.",
    oauth_state_invalid:
      "Das Verbinden hat zu lange gedauert oder wurde in einem anderen Browser begonnen. Bitte versuchen Sie es noch einmal.",
    oauth_failed:
      "Der Kalenderanbieter hat die Verbindung nicht abgeschlossen. Bitte versuchen Sie es noch einmal.",
    oauth_scope_missing:
      "Eine Erlaubnis fehlt. Bitte verbinden Sie das Konto noch einmal und stimmen Sie allem zu, worum gebeten wird: Alle Häkchen müssen gesetzt sein.",
    oauth_no_refresh_token:
      "Der Anbieter hat uns nur für kurze Zeit hineingelassen. Bitte verbinden Sie das Konto noch einmal.",
    password_refused:
      "Der Server hat Benutzername und Passwort nicht angenommen. Prüfen Sie beides. Viele Server verlangen ein " +
      "App-Passwort aus den Sicherheitseinstellungen des Kontos anstelle des gewöhnlichen.",
    app_password_needed:
      "Das sieht nach dem gewöhnlichen Passwort des Kontos aus. Es öffnet keinen Kalender. Erstellen Sie ein app-spezifisches Passwort und geben Sie es hier ein.",
    too_many_attempts:
      "Das Passwort wurde zu oft abgelehnt. Vorläufig versuchen wir es nicht weiter. Prüfen Sie es, und versuchen Sie es in einer Stunde noch einmal.",
    not_caldav:
      "Unter dieser Adresse antwortet kein Kalenderserver (CalDAV). Die Adresse steht auf den Hilfeseiten Ihres Anbieters.",
    no_calendars:
      "Dieses Konto hat keinen Kalenderdienst. Sie selbst oder wer das Konto verwaltet, muss ihn zuerst einschalten.",
    server_address_refused:
      "Diese Adresse kann nicht benutzt werden. Geben Sie eine wie https://dav.example.com ein.",
    redirect_refused:
      "Dieser Server schickt uns an eine Stelle weiter, an die Ihr Passwort nicht gesendet werden darf. Geben Sie die " +
      "Adresse des Kalenderservers selbst ein.",
    server_unreachable:
      "Unter dieser Adresse antwortet kein Server. Prüfen Sie sie, oder versuchen Sie es später noch einmal, wenn sie stimmt.",
    provider_unavailable:
      "Der Kalenderanbieter antwortet im Moment nicht. Bitte versuchen Sie es in ein paar Minuten noch einmal.",
    rate_limited:
      "Das war in kurzer Zeit zu oft. Bitte warten Sie zehn Sekunden und versuchen Sie es noch einmal.",
    database_unavailable:
      "Wir erreichen unsere Daten im Moment nicht. Bitte versuchen Sie es in einer Minute noch einmal.",
    internal_error:
      "Bei uns ist etwas schiefgegangen. Wir haben es vermerkt. Bitte versuchen Sie es später noch einmal.",
  },

  fields: {
    link: "Dieser Link ist beschädigt. Kopieren Sie ihn ganz, oder gehen Sie zurück zum Marktplatz und öffnen Sie Ihre Kalender von dort.",
    timeZone: "Wählen Sie eine Zeitzone aus der Liste.",
    serverUrl: "Geben Sie die Adresse des Kalenderservers ein, in dem Feld dafür und nirgends sonst.",
    username: "Geben Sie den Benutzernamen ein.",
    password: "Geben Sie das Passwort ein.",
    token: "Fügen Sie ein Dienst-Token ein.",
    ownAddress: "Geben Sie eine E-Mail-Adresse ein, oder lassen Sie das Feld leer.",
  },

  providers: {
    GOOGLE: "Google Kalender",
    OUTLOOK: "Outlook.com",
    OFFICE365: "Office 365",
    APPLE: "Apple Kalender",
    CALDAV: "CalDAV-Kalender",
  },

  justNow: "gerade eben",

  connect: {
    title: "Ihre Kalender",
    for: (agent: Child): Child[] => [
      "Hier werden Kalender verbunden für ",
      agent,
      ". Wenn Sie das nicht sind, verbinden Sie nichts und schließen Sie diese Seite.",
    ],
    intro:
      "Verbinden Sie die Kalender, nach denen Sie leben. Dann sehen Ihre Kunden nur Zeiten, zu denen Sie frei sind, und " +
      "Ihre Buchungen stehen dort, wo Sie nach ihnen sehen. Wir speichern, wann Sie belegt sind, aber nie, worum es in Ihren Terminen geht.",
    none: "Noch ist kein Kalender verbunden",
    connected: "Verbunden",
    connect: (provider: string) => `${provider} verbinden`,
    connectAnother: (provider: string) => `Noch ein Konto verbinden: ${provider}`,
    connectServer: "Einen anderen Kalenderserver verbinden (CalDAV)",
    blocks: "Blockiert meine Zeiten",
    blocksMeans:
      "Während eines Termins in diesem Kalender können Kunden Sie nicht buchen. Ausgeschaltet zählen seine Termine nicht.",
    receives: "Erhält Buchungen",
    receivesMeans: "Jede neue Buchung wird in diesen Kalender eingetragen, und jede Änderung an ihr auch.",
    readOnlyMeans: "Diesen Kalender dürfen Sie nur lesen. Buchungen können deshalb nicht eingetragen werden.",
    readOnly: "nur lesbar",
    read: "Diesen Kalender lesen",
    readMeans: "Wir folgen jeder Änderung darin. Ausgeschaltet zählen seine Termine für Sie nicht.",
    offMeans: "Schalten Sie zuerst das Lesen ein.",
    connectAgain: "Neu verbinden",
    lookInAccount: "In diesem Konto nachsehen",
    moreOfAccount: "Weitere Kalender dieses Kontos",
    itIsGone: "Er ist weg …",
    disconnect: "Trennen …",
    checkNow: "Jetzt prüfen",
    where: "Wo Sie sind",
    timeZone: (zone: Child): Child[] => [
      "In dieser Zeitzone sind Ihre Öffnungszeiten und ganztägigen Termine gemeint: ",
      zone,
      ".",
    ],
    browserZone: (zone: Child): Child[] => ["Ihr Browser ist in einer anderen: ", zone, "."],
    useZone: "Diese benutzen",
    chooseZone: "Eine andere Zeitzone wählen",
    lookAgain: "Wieder nachsehen",
    ended: {
      read: "Alle Ihre Kalender sind gelesen.",
      needsYou: "Das Lesen ist zu Ende, aber bei einem Kalender sind Sie gefragt: siehe unten.",
      unread: "Ein Kalender konnte nicht gelesen werden. Wir versuchen es weiter.",
      written: "Alle Ihre Buchungen stehen in Ihren Kalendern.",
      unwritten: "Manche Buchungen konnten nicht in einen Kalender eingetragen werden: siehe unten.",
    },
    beingErased:
      "Alles, was wir über Sie speichern, wird gerade gelöscht. Deshalb kann jetzt nichts verbunden werden.",
  },

  alerts: {
    effects: {
      refused: (until: string) => `Kunden können Sie nicht buchen, bis ${until}.`,
      risky: (until: string) => `Kunden können Sie über neuere Termine hinweg buchen, bis ${until}.`,
      none: (until: string) => `In Ihren Kalender können keine Buchungen eingetragen werden, bis ${until}.`,
    },
    /** Nobody can book, whatever the calendars say. */
    standing: {
      unknown:
        "Kunden können Sie nicht buchen, bis Sie einen Kalender verbinden oder Ihre Einstellungen speichern.",
      erased: "Kunden können Sie nicht buchen: Alles, was wir über Sie speichern, wird gelöscht.",
    },
    until: {
      consent: (name: string) => `Sie ${name} neu verbinden`,
      service: (name: string) => `für ${name} wieder Kalender eingeschaltet sind`,
      gone: (name: string) => `Sie sagen, was aus ${name} geworden ist, oder er wieder da ist`,
      events: (name: string) =>
        `Sie sich die Termine in ${name} angesehen haben, die nicht gelesen werden können`,
      access: (name: string) => `wir ${name} wieder lesen dürfen`,
      ours: (name: string) => `wir unseren Zugang zu ${name} repariert haben`,
      reading: (name: string) => `${name} gelesen ist`,
      trying: (name: string) => `${name} wieder gelesen werden kann`,
    },
    advice: {
      consent: "Das Konto lässt uns nicht mehr hinein, zum Beispiel weil sein Passwort geändert wurde.",
      service:
        "Das Konto hat zurzeit keine Kalender. Sie selbst oder wer das Konto verwaltet, kann sie einschalten.",
      gone: "Der Kalender ist nicht mehr in Ihrem Konto: Er wurde gelöscht oder ist nicht mehr für Sie freigegeben.",
      events: "Niemand kann wissen, zu welchen Zeiten sie stattfinden.",
      access:
        "Der Anbieter lässt uns in das Konto, aber nicht an diesen Kalender. Bitten Sie seinen Besitzer, ihn für Sie freizugeben, oder verbinden Sie das Konto neu.",
      ours: "Der Fehler liegt bei uns, und wir wissen davon. Sie brauchen nichts zu tun.",
      reading: "Das dauert ein oder zwei Minuten, und bei sehr vielen Terminen länger.",
      trying:
        "Der Anbieter des Kalenders antwortet nicht, wie er sollte. Wir versuchen es von selbst weiter.",
    },
    stillWorks: {
      refused: "Was gebucht ist, bleibt gebucht, und Ihre anderen Kalender werden gelesen wie bisher.",
      risky:
        "Zeiten, die wir schon kennen, bleiben blockiert, und Ihre anderen Kalender werden gelesen wie bisher.",
      none: "Kunden können Sie buchen wie bisher, und Ihre Buchungen warten hier.",
    },
    more: (count: number) =>
      `Bei ${count} weiteren ${count === 1 ? "Sache" : "Sachen"} sind Sie gefragt: Sehen Sie sich Ihre Kalender unten an.`,
    connectAgain: (name: string) => `${name} neu verbinden`,
    sayWhatBecame: (name: string) => `Sagen, was aus ${name} geworden ist`,
    lookAtEvents: (name: string) => `Die Termine in ${name} ansehen`,
    tryNow: (name: string) => `${name} jetzt noch einmal versuchen`,
  },

  unwritten: {
    missing: (count: number) =>
      `${bookings(count)} ${count === 1 ? "steht" : "stehen"} nicht in diesem Kalender`,
    surplus: (count: number) =>
      `${count} abgesagte ${count === 1 ? "Buchung steht" : "Buchungen stehen"} noch in diesem Kalender`,
    failed: (what: string, reason: string) => `${what}. Der Grund: ${reason}.`,
    waiting: (what: string) => `${what}. Wir versuchen es von selbst weiter.`,
    reasons: {
      "read-only": "Er lässt uns nicht mehr schreiben",
      refused: "Er erlaubt uns nicht, dort zu schreiben",
      gone: "Sein Anbieter sagt, dass es ihn nicht gibt",
      "no-service": "Sein Konto hat keine Kalender",
      reauth: "Sein Konto lässt uns nicht mehr hinein",
      bug: "Sein Anbieter nimmt die Buchung nicht an",
    },
    otherReason: "Sein Anbieter hat sie nicht angenommen",
    advice:
      "Erlauben Sie uns in den Einstellungen Ihres Kalenders, dort zu schreiben, oder bitten Sie seinen Besitzer darum. Versuchen Sie es dann noch einmal.",
    tryAgain: "Noch einmal versuchen",
  },

  done: {
    connected: "Ihr Kalender ist verbunden. Wir haben begonnen, Ihre Termine zu lesen.",
    added: "Der Kalender ist verbunden. Wir haben begonnen, seine Termine zu lesen.",
    changed: "Gespeichert.",
    disconnected: "Der Kalender ist getrennt. Was wir von seinen Terminen wussten, ist vergessen.",
    checked: "Wir haben nachgesehen. Unten sehen Sie, wie es dem Kalender jetzt geht.",
    trying: "Wir versuchen noch einmal, Ihre Buchungen einzutragen.",
  },

  status: {
    notChecked: "Noch nicht geprüft.",
    lastChecked: (ago: string) => `Zuletzt geprüft: ${ago}.`,
    needsYou: "Sie sind gefragt",
    switchedOff: "Ausgeschaltet",
    gone: "Verschwunden",
    tryingAgain: "Neuer Versuch",
    reading: "Wird gelesen",
    upToDate: "Aktuell",
    noAccess: "Dieses Konto lässt uns nicht mehr hinein.",
    notRead: "Änderungen in diesem Kalender werden nicht gelesen, und seine Termine zählen für Sie nicht.",
    inactive: "Aus diesem Kalender wird nichts gelesen, und es wird nichts eingetragen.",
    leftAccount: (name: string) => `${name} ist nicht mehr in Ihrem Konto.`,
    lastKnown: "Seine zuletzt bekannten Zeiten zählen weiter.",
    standstill: (provider: string) =>
      `${provider} sendet die Termine dieses Kalenders immer wieder und kommt zu keinem Ende. Wir lesen ihn auf andere Weise; Sie brauchen nichts zu tun.`,
    failing:
      "Der Kalender kann im Moment nicht gelesen werden. Wir versuchen es weiter; Sie brauchen nichts zu tun.",
    lookAgain: "Wir sehen ab und zu wieder nach.",
    firstReading: "Ihre Termine werden zum ersten Mal gelesen.",
    eventsRead: (count: number) => `${events(count)} bisher gelesen.`,
    watched: "Sein Anbieter meldet uns jede Änderung innerhalb von Sekunden und hat seitdem keine gemeldet.",
    hinted: "Sein Anbieter hat uns eine Änderung gemeldet, die wir gleich lesen.",
    polled: "Wir sehen regelmäßig nach Änderungen.",
    compared: (ago: string) => `Termin für Termin verglichen: ${ago}.`,
    noDrift: "In den letzten 30 Tagen hat nichts gefehlt.",
    drift: (count: number) =>
      `${count} ${count === 1 ? "Abweichung wurde" : "Abweichungen wurden"} in den letzten 30 Tagen gefunden und behoben.`,
    accounts: {
      notACalendarUser:
        "Google Kalender ist für dieses Konto ausgeschaltet. Sie selbst oder wer das Konto verwaltet, kann ihn bei Google einschalten.",
      MailboxNotEnabledForRESTAPI: NO_MAILBOX,
      MailboxNotSupportedForRESTAPI: NO_MAILBOX,
    },
  },

  unreadable: {
    inPart: (count: number, name: string) =>
      `${events(count)} in ${name}: nur zum Teil lesbar. Wir blockieren mindestens die Zeit, die so belegt ist:`,
    unbookable: (count: number, name: string) =>
      `${events(count)} in ${name}: nicht lesbar. Kunden können Sie deshalb zu Zeiten nicht buchen, die niemand kennen kann:`,
    overbookable: (count: number, name: string) =>
      `${events(count)} in ${name}: nicht lesbar. Kunden können Sie deshalb auch während dieser Zeit buchen:`,
    unknownTime: "Zu unbekannter Zeit",
    from: (time: Child): Child[] => ["Ab ", time],
    more: (count: number) => `Und ${count} weitere.`,
    advice:
      "Öffnen Sie sie in Ihrem Kalender und speichern Sie sie neu, oder löschen Sie sie. Wenn Sie die Zeit nicht " +
      "brauchen, die nicht gelesen werden kann, zählen Sie sie als frei.",
    countAsFree: "Als frei zählen",
    otherReason: "er kann nicht gelesen werden",
    reasons: {
      not_icalendar: "das sind keine Kalenderdaten",
      bad_time: "sein Beginn kann nicht gelesen werden",
      bad_end: "sein Ende kann nicht gelesen werden",
      bad_override: "eine Änderung an einem seiner Tage kann nicht gelesen werden",
      bad_rule: "seine Wiederholung kann nicht gelesen werden",
      bad_date: "einer seiner Tage kann nicht gelesen werden",
      bad_zone: "seine Zeitzone ist unbekannt",
      too_many_occurrences: "er wiederholt sich zu oft",
      object_refused: "der Kalenderserver gibt ihn nicht heraus",
      series_missing: "der Kalender führt ihn auf, findet ihn aber nicht",
    },
  },

  account: {
    title: "Weitere Kalender",
    heading: "Weitere Kalender dieses Kontos",
    back: "Ihre Kalender",
    for: (agent: Child): Child[] => [
      "Ein Kalender, den Sie hier verbinden, blockiert die Zeiten von ",
      agent,
      ". Das können Sie danach ändern.",
    ],
    main: "Hauptkalender.",
    reader: "Nur lesbar: kann keine Buchungen erhalten.",
    writer: "Kann Buchungen erhalten.",
    notReadable:
      "Er wird Ihnen zwar angezeigt, aber wir dürfen seine Termine nicht lesen. Sein Besitzer kann sie für Sie freigeben.",
    connected: "Verbunden",
    connect: "Verbinden",
    connectNamed: (name: string) => `${name} verbinden`,
    unreadable: "Nicht lesbar",
    none: "Dieses Konto hat keine Kalender.",
  },

  disconnect: {
    title: "Einen Kalender trennen",
    heading: (name: Child): Child[] => ["„", name, "“ trennen?"],
    means:
      "Seine Termine blockieren Ihre Zeiten dann nicht mehr, und Kunden können Sie währenddessen buchen. Neue Buchungen " +
      "werden nicht mehr eingetragen.",
    renamed: "Wenn er unter anderem Namen in Ihrem Konto ist, verbinden Sie ihn dort zuerst.",
    kept: "Buchungen, die schon im Kalender stehen, bleiben dort.",
    disconnect: "Trennen",
    keep: "Behalten",
  },

  link: {
    title: "Ihre Kalender öffnen",
    heading: (agent: Child): Child[] => ["Die Kalender öffnen von ", agent],
    signedInAs: (other: Child, agent: Child): Child[] => [
      "Sie sind angemeldet als ",
      other,
      ", und dieser Link gilt für jemand anderen. Wenn Ihnen jemand den Link geschickt hat, bleiben Sie angemeldet: " +
        "Die Kalender, die Sie verbinden, würden sonst verbunden für ",
      agent,
      ".",
    ],
    decides: (agent: Child): Child[] => [
      "Kalender, die Sie auf der nächsten Seite verbinden, bestimmen, wann Kunden buchen können bei ",
      agent,
      ". Gehen Sie nur weiter, wenn Sie das sind.",
    ],
    stayAs: (agent: Child): Child[] => ["Angemeldet bleiben als ", agent],
    goOnAs: (agent: Child): Child[] => ["Weiter als ", agent],
  },

  data: {
    title: "Meine Daten",
    stored: "Was wir speichern",
    access: "Den Zugang zu Ihren Kalendern, verschlüsselt, und welche Kalender Sie verbunden haben.",
    times: (past: number, days: number) =>
      `Wann Sie belegt sind, ${past === 1 ? "von gestern" : `von vor ${past} Tagen`} bis ${days} ${days === 1 ? "Tag" : "Tage"} im Voraus: nur Zeiten, nie, worum es in einem Termin geht, wo er ist oder wer kommt.`,
    bookings: (days: number) =>
      `Ihre Buchungen vom Marktplatz, verschlüsselt; was Menschen hineingeschrieben haben, wird ${days} Tage nach ihrem Ende vergessen.`,
    bookingsKept: "Ihre Buchungen vom Marktplatz, verschlüsselt, bis alles gelöscht wird.",
    rules: "Ihre Regeln für Ihre Zeit, und wer hier wann was geändert hat.",
    download: "Herunterladen",
    downloadMeans:
      "Alles in einer Datei (JSON), für Sie oder für einen anderen Dienst. Bewahren Sie sie sicher auf: Ihre Kunden stehen darin.",
    downloadButton: "Meine Daten herunterladen",
    erase: "Alles löschen",
    eraseMeans:
      "Beendet unseren Zugang zu Ihren Kalendern und vergisst alles über Sie. Nichts davon lässt sich zurückholen.",
    eraseButton: "Alles löschen …",
    out: "Abmelden",
    outMeans: "Beendet die Sitzung in diesem Browser. Ihre Kalender bleiben verbunden.",
    outButton: "Von diesem Browser abmelden",
    goesOn: "Alles über Sie wird gerade gelöscht",
    goesOnSince: (time: Child): Child[] => [
      "Begonnen am ",
      time,
      ". Es geht von selbst weiter, ob diese Seite offen ist oder nicht.",
    ],
    left: {
      calendars: (count: number) =>
        `${count} ${count === 1 ? "Kalender ist" : "Kalender sind"} noch zu schließen`,
      accounts: (count: number) =>
        `unser Zugang zu ${count} ${count === 1 ? "Konto" : "Konten"} ist noch zu beenden`,
      events: (count: number) => `${bookings(count)} in Ihren Kalendern sind noch zu erledigen`,
      rest: "die letzten Einträge sind noch zu löschen",
    },
    lookAgain: "Wieder nachsehen",
    ended: "Es ist alles gelöscht.",
    erased: (time: Child): Child[] => ["Alles über Sie wurde am ", time, " gelöscht."],
    eventsLeft: (count: number) =>
      `${bookings(count)}: ließen sich nicht aus einem Kalender entfernen, den niemand mehr erreicht.`,
    unrevoked: (provider: string) =>
      `${provider}: Nehmen Sie unseren Zugang dort selbst zurück, in den Sicherheitseinstellungen des Kontos oder indem Sie das App-Passwort löschen.`,
    shared: (provider: string) =>
      `${provider}: Der Zugang bleibt, weil noch jemand hier dasselbe Konto benutzt.`,
    confirmTitle: "Alles löschen?",
    whose: (agent: Child): Child[] => ["Alles, was wir über ", agent, " speichern, wird gelöscht."],
    happens: "Das geschieht:",
    steps: {
      booking: "Von diesem Moment an können Kunden Sie nicht mehr buchen.",
      access: "Wir beenden unseren Zugang zu allen Ihren Kalendern und vergessen, wann Sie belegt sind.",
      rules: "Ihre Einstellungen, Buchungen und die Aufzeichnung dessen, was hier geschah, werden gelöscht.",
      marketplace:
        "Ihr Konto beim Marktplatz bleibt, und was er über Ihre Buchungen weiß, auch. Sagen Sie Buchungen dort vorher ab, wenn Sie sie nicht wahrnehmen.",
      proof: "Nur dass Sie darum gebeten haben, bleibt mit dem Zeitpunkt als Nachweis.",
    },
    events: "Die Buchungen in Ihren eigenen Kalendern",
    keep: "Dort stehen lassen",
    remove: "Dort entfernen, auch vergangene",
    confirm: "Alles endgültig löschen",
    cancel: "Alles behalten",
  },

  password: {
    connect: (provider: string) => `${provider} verbinden`,
    connectServer: "Einen Kalenderserver verbinden (CalDAV)",
    back: "Zurück",
    for: (agent: Child): Child[] => ["Die Kalender werden verbunden für ", agent, "."],
    appPassword: (address: string) =>
      "Ein app-spezifisches Passwort öffnet Ihre Kalender nur einem einzigen Dienst, und Sie können es jederzeit " +
      `zurücknehmen, ohne Ihr eigenes zu ändern. Erstellen Sie eines unter ${address}, und geben Sie es hier ein. Ihr ` +
      "gewöhnliches Passwort funktioniert nicht. Wir bewahren es verschlüsselt auf und benutzen es nur für Ihre Kalender.",
    anyPassword:
      "Bei vielen Anbietern können Sie ein App-Passwort erstellen. Es öffnet Ihre Kalender nur einem einzigen Dienst, und " +
      "Sie können es jederzeit zurücknehmen. Erstellen Sie eines in den Sicherheitseinstellungen des Kontos, wenn es das " +
      "bei Ihnen gibt. Wir bewahren es verschlüsselt auf und benutzen es nur für Ihre Kalender.",
    submit: "Verbinden",
    labels: {
      serverUrl: "Adresse des Servers",
      username: "Benutzername",
      password: "Passwort",
      appPassword: "App-spezifisches Passwort",
      ownAddress: "Ihre E-Mail-Adresse in Einladungen",
    },
    help: {
      serverUrl:
        "So, wie die Hilfeseiten Ihres Anbieters sie für CalDAV nennen, etwa https://dav.example.com.",
      username: "Meistens Ihre E-Mail-Adresse dort.",
      password: "Ein App-Passwort, wenn Ihr Anbieter so etwas hat.",
      appPassword: "Nicht das, mit dem Sie sich dort anmelden.",
      ownAddress:
        "Wenn sie nicht Ihr Benutzername ist: So nimmt Ihnen eine Einladung, die Sie abgelehnt haben, keine Zeit.",
    },
    faults: {
      no_calendars:
        "Dieses Konto hat keinen Kalender, der verbunden werden könnte. Schalten Sie dort Kalender ein oder legen Sie einen an, und verbinden Sie das Konto dann noch einmal.",
      url_malformed: "Das ist keine Adresse. Geben Sie eine wie https://dav.example.com ein.",
      url_is_email:
        "Das ist eine E-Mail-Adresse. Geben Sie die Adresse des Kalenderservers ein, etwa https://dav.example.com.",
      url_not_https:
        "Die Adresse muss mit https:// beginnen, damit niemand Ihr Passwort unterwegs lesen kann.",
      url_with_credentials:
        "Lassen Sie Benutzername und Passwort aus der Adresse heraus: Dafür gibt es eigene Felder.",
      url_not_public:
        "Die Adresse muss einen Server im Internet nennen, etwa dav.example.com: keine Zahl und keinen Namen, den nur ein " +
        "Heim- oder Firmennetz kennt.",
      url_with_port:
        "Lassen Sie den Port aus der Adresse heraus: Kalenderserver werden nur unter den üblichen Ports erreicht.",
      calendars_elsewhere:
        "Dieser Server bewahrt die Kalender an anderer Stelle auf, wo sie mit diesem Passwort nicht gelesen werden können. " +
        "Geben Sie die Adresse des Servers ein, auf dem die Kalender sind.",
    },
    appPasswordRefused: (address: string) =>
      "Dieser Benutzername und dieses app-spezifische Passwort wurden nicht angenommen. Prüfen Sie beides: Der " +
      "Benutzername ist die wichtigste E-Mail-Adresse des Kontos, und das Passwort kann widerrufen worden sein. Ein neues " +
      `erstellen Sie unter ${address}.`,
  },

  settings: {
    title: "Ihre Einstellungen",
    intro:
      "Diese Regeln bestimmen, zu welchen Zeiten Kunden Sie buchen können. Sie gelten, sobald Sie speichern.",
    pages: {
      label: "Einstellungen",
      rules: "Regeln",
      days: "Freie Tage und Feiertage",
      zone: "Zeitzone",
    },
    save: "Speichern",
    saveMeans: "Speichert alles auf dieser Seite.",
    saveAll: "Alles auf dieser Seite speichern",
    saved: "Gespeichert. Kunden sehen ab jetzt die Zeiten unten.",
    unsaved: "Das ist noch nicht gespeichert. Die Zeiten unten zeigen, was es bewirken würde.",
    notSaved: "Es wurde nichts gespeichert, weil etwas noch nicht stimmt. Alle Ihre Eingaben sind noch da.",
    conflict: (parts: string) =>
      `Ihre Einstellungen wurden inzwischen an anderer Stelle geändert; deshalb wurde nichts gespeichert. Ihre Eingaben ` +
      `sind noch da. Sie unterscheiden sich vom jetzigen Stand in: ${parts}. Speichern Sie noch einmal, um zu behalten, was Sie hier sehen.`,
    conflictSame:
      "Ihre Einstellungen wurden inzwischen an anderer Stelle geändert. Sie sind jetzt so, wie Sie sie hier sehen.",
    units: { minutes: "Minuten", hours: "Stunden", days: "Tage" },
    unitOf: (field: string) => `Einheit: ${field}`,
    parts: {
      open: "Öffnungszeiten",
      hours: "Öffnungszeiten",
      bufferBefore: "Freie Zeit davor",
      bufferAfter: "Freie Zeit danach",
      notice: "Vorlauf",
      horizonDays: "Wie weit im Voraus",
      maxPerDay: "Höchstens am Tag",
      maxPerWeek: "Höchstens in der Woche",
      rules: "Was als belegt gilt",
      onStale: "Wenn ein Kalender nicht lesbar ist",
      onExternalChange: "Wenn Sie eine Buchung verschieben",
      reminders: "Erinnerungen",
      revision: "Fassung",
      other: "Etwas anderes",
    },
    faults: {
      hours:
        "Geben Sie zu jeder Zeit einen Anfang an und ein Ende danach; 00:00 als Ende heißt Mitternacht. Zeiten über " +
        "Mitternacht sind zwei: eine bis 00:00 und eine ab 00:00 am nächsten Tag.",
      manyHours: "Eine Woche hat höchstens 50 Zeiten. Entfernen Sie einige davon.",
      bufferBefore: "Geben Sie ganze Minuten von 0 bis 240 ein.",
      bufferAfter: "Geben Sie ganze Minuten zwischen 0 und 240 ein.",
      notice: "Geben Sie eine ganze Zahl ein; 60 Tage sind das Höchste.",
      horizonDays: "Geben Sie ganze Tage von 1 bis 800 ein, oder lassen Sie das Feld leer.",
      maxPerDay: "Geben Sie eine ganze Zahl von 1 bis 1000 ein, oder lassen Sie das Feld leer.",
      maxPerWeek: "Geben Sie eine ganze Zahl zwischen 1 und 1000 ein, oder lassen Sie das Feld leer.",
      reminders:
        "Geben Sie ganze Zahlen ein; vier Wochen vorher sind das Höchste. Eine leere Zeile zählt nicht.",
    },
    now: {
      title: "Was Kunden jetzt sehen",
      unsavedTitle: "Was Kunden sehen würden",
      day: (day: string, count: number) =>
        `${day}: ${count} freie halbe ${count === 1 ? "Stunde" : "Stunden"}`,
      zone: (place: string) => `Alle Zeiten sind die von ${place}.`,
    },
    does: {
      free: (day: string, count: number) =>
        `So zeigt ${day} ${count} freie halbe ${count === 1 ? "Stunde" : "Stunden"}.`,
      nothingFree: "So finden Kunden in den nächsten sieben Tagen keine freie halbe Stunde.",
      buffers: (from: string, to: string) =>
        `So hält ein Termin von 10:00 bis 10:30 die Zeit von ${from} bis ${to} von anderen Terminen frei.`,
      first: (time: string) => `So ist die erste halbe Stunde, die ein Kunde buchen kann: ${time}.`,
      noFirst: "So kann ein Kunde in den nächsten sieben Tagen keine halbe Stunde buchen.",
      horizon: (day: string) => `So ist der letzte Tag, den ein Kunde buchen kann: ${day}.`,
      anyHorizon: (days: number) =>
        `So können Kunden so weit im Voraus buchen, wie Buchungen angenommen werden: ${days} Tage.`,
      noHorizon: (days: number) =>
        `So können Kunden so weit im Voraus buchen, wie Ihre Kalender gelesen werden: ${days} ${days === 1 ? "Tag" : "Tage"}.`,
      limits: (today: number, week: number) =>
        `Bisher gebucht: ${today} heute und ${week} von Montag bis Sonntag dieser Woche.`,
      reminders: (count: number) =>
        `So hat jede Buchung in Ihrem Kalender ${count} ${count === 1 ? "Erinnerung" : "Erinnerungen"}.`,
      noReminder: "So erinnert Ihr Kalender Sie an keine Buchung.",
    },
    hours: {
      title: "Öffnungszeiten",
      when: "Wann dürfen Kunden Sie buchen?",
      always: "Jederzeit",
      alwaysMeans: "Tag und Nacht, an jedem Tag, wann immer Ihre Kalender frei sind.",
      weekly: "Zu diesen Zeiten",
      weeklyMeans: "Ein Tag ohne Zeiten ist geschlossen.",
      closed: "Geschlossen",
      from: (day: string, index: number) => `${day}, von (${index})`,
      to: (day: string, index: number) => `${day}, bis (${index})`,
      add: "Diesen Tag öffnen",
      addAnother: "Weitere Zeit",
      removeOf: (day: string, index: number) => `Zeit ${index} am ${day} entfernen`,
      copyWork: "Auf Montag–Freitag übertragen",
      copyAll: "Auf alle Tage übertragen",
    },
    around: {
      title: "Um Termine herum",
      bufferBefore: "Freie Zeit davor",
      bufferAfter: "Freie Zeit danach",
      notice: "Vorlauf",
      horizonDays: "Wie weit im Voraus",
      limits: "Wie viele",
      maxPerDay: "Höchstens am Tag",
      maxPerWeek: "Höchstens in der Woche",
      appointments: "Termine",
      means: {
        bufferBefore: "Zum Vorbereiten oder für den Weg.",
        bufferAfter: "Für Notizen oder den Rückweg.",
        notice: "Wie lange vor seinem Beginn ein Termin spätestens gebucht werden kann.",
        horizonDays:
          "Wie viele Tage im Voraus Kunden buchen dürfen. Leer: so weit, wie Ihre Kalender gelesen werden.",
        maxPerDay: "Mehr Termine beginnen nicht an einem Tag. Leer: beliebig viele.",
        maxPerWeek: "Mehr Termine beginnen nicht von Montag bis Sonntag. Leer: beliebig viele.",
      },
    },
    busy: {
      title: "Was als belegt gilt",
      means: "Zeiten mit gewöhnlichen Terminen in Ihren Kalendern sind immer belegt. Gilt das auch hierfür?",
      rules: {
        tentative: "Termine unter Vorbehalt",
        unanswered: "Einladungen, die Sie nicht beantwortet haben",
        allDay: "Ganztägige Termine",
        outOfOffice: "Abwesenheit",
        workingElsewhere: "Arbeit an einem anderen Ort",
      },
      takes: (count: number) =>
        `Das kostet in den nächsten sieben Tagen ${count} freie halbe ${count === 1 ? "Stunde" : "Stunden"}.`,
      wouldTake: (count: number) =>
        `Das würde in den nächsten sieben Tagen ${count} freie halbe ${count === 1 ? "Stunde" : "Stunden"} kosten.`,
    },
    trouble: {
      title: "Wenn etwas schiefgeht",
      stale: "Wenn ein Kalender nicht gelesen werden kann",
      refuse: "Keine Buchungen annehmen",
      refuseMeans:
        "Kunden können Sie erst wieder buchen, wenn wir ihn lesen können. Sie werden nie doppelt gebucht.",
      allow: "Trotzdem Buchungen annehmen",
      allowMeans:
        "Es zählt, was wir zuletzt wussten. Kunden können Sie zu einer Zeit buchen, in der ein Termin liegt, den wir nicht lesen konnten.",
      external: "Wenn Sie eine Buchung in Ihrem Kalender verschieben oder löschen",
      keep: "Wiederherstellen",
      keepMeans:
        "Die Buchung bleibt, wie der Kunde sie gemacht hat. Ändern können Sie sie auf dem Marktplatz.",
      follow: "Die Buchung ändern",
      followMeans:
        "Sie wird mit dem Termin verschoben, oder abgesagt, wenn Sie ihn löschen. Der Kunde erfährt es.",
    },
    reminders: {
      title: "Erinnerungen",
      means:
        "Wie lange vor einer Buchung Ihr Kalender Sie erinnert, bis zu fünfmal. Eine leere Zeile zählt nicht.",
      label: (index: number) => `Erinnerung ${index}`,
    },
    days: {
      title: "Freie Tage und Feiertage",
      own: "Tage, die anders sind",
      ownMeans:
        "An diesen Tagen gelten andere Zeiten als in der Woche. Nennen zwei denselben Tag, gilt der neuere Eintrag.",
      none: "Es stehen keine bevor.",
      closed: "geschlossen",
      span: (from: string, to: string) => `${from} bis ${to}`,
      remove: "Entfernen",
      removeNamed: (days: string) => `${days} entfernen`,
      more: (count: number) => `Und ${count} spätere`,
      earlier: "Frühere",
      add: "Tage hinzufügen",
      from: "Erster Tag",
      to: "Letzter Tag (oder leer lassen)",
      what: "An diesen Tagen",
      kinds: { closed: "Ganztägig geschlossen", hours: "Nur zu diesen Zeiten geöffnet:" },
      startOf: (index: number) => `Von (${index})`,
      endOf: (index: number) => `Bis (${index})`,
      addButton: "Hinzufügen",
      faults: {
        from: "Wählen Sie den ersten Tag.",
        past: "Diese Tage sind vorbei. Wählen Sie kommende.",
        to: "Wählen Sie einen letzten Tag, der nicht vor dem ersten liegt, oder lassen Sie das Feld leer.",
        hours:
          "Geben Sie mindestens eine Zeit mit Anfang und einem Ende danach an; 00:00 als Ende heißt Mitternacht.",
        kind: "Sie haben Zeiten für Tage angegeben, die geschlossen sind. Wählen Sie, dann geöffnet zu sein, oder lassen Sie die Zeiten leer.",
        many: "Es gibt schon 400 solche Tage. Entfernen Sie zuerst welche.",
      },
      conflict:
        "Ihre Einstellungen wurden inzwischen geändert, an anderer Stelle oder durch einen zweiten Klick; deshalb wurde dies nicht gespeichert. Sehen Sie die Tage unten an, und senden Sie es noch einmal, wenn es dort fehlt.",
      holidays: "Feiertage",
      holidaysMean:
        "An Feiertagen ist geschlossen. An manchen können Sie arbeiten, und ein eigener Tag von oben geht vor.",
      region: "Land oder Region",
      noRegion: "Keine Feiertage",
      whole: (country: string) => `${country} insgesamt`,
      choose: "Region speichern",
      comingYear: "Die nächsten zwölf Monate",
      worked: "Sie arbeiten an diesem Tag.",
      holidayClosed: "Geschlossen.",
      work: "Arbeiten",
      workNamed: (day: string) => `Am ${day} arbeiten`,
      close: "Schließen",
      closeNamed: (day: string) => `Am ${day} schließen`,
      knownUntil: (year: string) => `Die Feiertage sind bis Ende ${year} bekannt.`,
    },
    zone: {
      title: "Zeitzone",
      means: "Ihre Öffnungszeiten, freien Tage und ganztägigen Termine sind in dieser Zone gemeint.",
      current: (city: string, details: string) => `Ihre Zone ist die von ${city}: ${details}.`,
      details: (name: string, offset: string, time: string) => `${name}, ${offset}, jetzt ${time}`,
      search: "Stadt oder Land",
      find: "Suchen",
      found: (count: number) =>
        count === 0
          ? `${count} Zonen gefunden. Versuchen Sie eine große Stadt in Ihrer Nähe oder das Land.`
          : `${count} ${count === 1 ? "Zone" : "Zonen"} gefunden`,
      more: (count: number) => `Und ${count} weitere. Geben Sie mehr Buchstaben ein, um sie zu sehen.`,
      choose: "Wählen",
      chooseNamed: (city: string) => `Die Zone von ${city} wählen`,
      proposed: "Wo Sie zu sein scheinen",
      browser: (name: Child): Child[] => ["Ihr Browser ist in einer anderen: ", name, "."],
      useIt: "Diese nehmen",
    },
  },
  report: {
    title: "Bericht",
    intro: (first: Child, last: Child): Child[] => [
      "Was vom ",
      first,
      " bis zum ",
      last,
      " mit Ihren Kalendern und Buchungen geschah.",
    ],
    zone: (zone: string) =>
      `Tage und Wochen sind die von ${zone}; das Lesen der Kalender wird nach Tagen in UTC gezählt.`,
    nothing: "Davon gab es in den letzten 30 Tagen nichts.",
    most: (value: string) => `Höchster Wert: ${value}`,
    numbers: "Die Zahlen zu diesen Bildern",
    day: "Tag",
    total: "Summe",
    bookings: {
      heading: "Buchungen",
      text: (sold: string, moved: string, cancelled: string) =>
        `Verkauft: ${sold}, verschoben: ${moved}, abgesagt: ${cancelled}, nach dem Tag, an dem es geschah.`,
      upcoming: (count: string) => `Termine, die noch kommen: ${count}.`,
      sold: "Verkauft",
      moved: "Verschoben",
      cancelled: "Abgesagt",
    },
    lead: {
      heading: "Wie früh gebucht wird",
      text: (median: string, early: string, late: string) =>
        `Die Hälfte der Buchungen kam ${median} oder weniger vor dem Termin. Ein Zehntel kam weniger als ${late} ` +
        `vorher, und ein Zehntel mehr als ${early}.`,
      hours: (count: number) => `${count} ${count === 1 ? "Stunde" : "Stunden"}`,
      days: (count: number) => `${count} ${count === 1 ? "Tag" : "Tage"}`,
      before: "Vor dem Termin",
      bookings: "Gebucht",
      under: (time: string) => `weniger als ${time}`,
      between: (from: string, to: string) => `${from} bis ${to}`,
      over: (time: string) => `${time} oder mehr`,
    },
    utilisation: {
      heading: "Wie viel Ihrer offenen Zeit gebucht ist",
      text: (share: string) =>
        `${share} der offenen Zeit dieser Wochen sind gebucht, nach Ihren Zeiten, wie sie jetzt sind.`,
      booked: "Gebucht",
      open: "Offen",
      free: "Offen und frei",
      share: "Anteil",
      week: "Woche ab",
      none: "Ihre Einstellungen haben in diesen Wochen keine offene Zeit.",
    },
    lost: {
      heading: "Entgangene Buchungen",
      text: (total: string) => `Abgelehnte Anfragen: ${total}, nach dem Tag, an dem sie kamen.`,
      means: "Gezählt werden Anfragen, nicht Kunden: Wer es zweimal versucht, zählt womöglich zweimal.",
      lost: "Entgangen",
      reason: "Grund",
      reasons: {
        taken: "Sie waren zu dieser Zeit beschäftigt oder schon gebucht",
        unverified: "Ein Kalender war nicht rechtzeitig zu lesen, deshalb wurde nichts verkauft",
        past: "Die Zeit hatte schon begonnen",
        closed: "Sie waren an diesem Tag nicht da",
        hours: "Es lag außerhalb Ihrer Zeiten",
        horizon: "Es lag weiter in der Zukunft, als Sie es zulassen",
        notice: "Es war zu kurzfristig für den Vorlauf, den Sie möchten",
        full: "Für diesen Tag oder diese Woche gab es so viele Buchungen, wie Sie zulassen",
      },
    },
    deliveries: {
      heading: "Buchungen in Ihren Kalendern",
      text: (delivered: string, undelivered: string) =>
        `Im Kalender, wie sie sollen: ${delivered}. Nicht: ${undelivered}. Nach dem Tag des Verkaufs; jeder Kalender zählt.`,
      delivered: "Im Kalender",
      undelivered: "Nicht dort",
      code: "Kürzel",
      count: "Wie oft",
    },
    readings: {
      heading: "Wie Ihre Kalender gelesen wurden",
      text: (read: string, failed: string) => `Gelesen: ${read}-mal, davon ohne Erfolg: ${failed}-mal.`,
      read: "Gelesen",
      failed: "Ohne Erfolg",
    },
    changes: {
      heading: "Änderungen in Ihren Kalendern",
      text: (count: string) => `Neue, geänderte und entfernte Termine: ${count}.`,
      changes: "Änderungen",
    },
    freshness: {
      heading: "Wie aktuell Ihre Kalender sind",
      text:
        "Wie oft jeder Kalender an jedem Tag gelesen wurde. Wo der Anbieter uns Änderungen meldet, genügt es, " +
        "selten zu lesen.",
      none: "Es ist kein Kalender verbunden.",
      calendar: "Kalendername",
      checked: "Zuletzt geprüft",
      never: "Noch nicht",
    },
    drift: {
      heading: "Was bei uns nicht stimmte",
      text: (missing: string, extra: string) =>
        `Kalender wurden neu gelesen und verglichen. Es fehlten: ${missing}; ihre Zeit hätte verkauft werden können. ` +
        `Zu Unrecht da: ${extra}; ihre Zeit konnte nicht verkauft werden. Beides wurde sofort behoben.`,
      missing: "Fehlten",
      extra: "Zu Unrecht da",
    },
  },

  explanations: {
    passing: {
      means: "Der Anbieter des Kalenders hat nicht so geantwortet, wie er sollte.",
      whatToDo: "Nichts: Es wird von selbst noch einmal versucht.",
    },
    asked_to_wait: {
      means: "Der Anbieter des Kalenders bekommt im Moment zu viele Anfragen.",
      whatToDo: "Nichts: Es wird noch einmal versucht, sobald der Anbieter es zulässt.",
    },
    limit_reached: {
      means:
        "Der Kalender hat eine Grenze seines Anbieters erreicht, etwa beim Speicher oder bei den Terminen eines Tages.",
      whatToDo:
        "Schaffen Sie Platz im Konto, wenn es voll ist. Sonst wird es innerhalb von Stunden noch einmal versucht.",
    },
    connect_again: {
      means: "Das Konto lässt uns nicht mehr hinein.",
      whatToDo: "Das Konto muss neu verbunden werden.",
    },
    not_allowed: {
      means: "Das Konto lässt uns hinein, aber nicht in diesen Kalender.",
      whatToDo:
        "Wem das Konto gehört oder wer es verwaltet, muss es erlauben. Oder Buchungen kommen in einen anderen Kalender.",
    },
    no_calendar_service: {
      means: "Zu diesem Konto gehört kein Kalenderdienst.",
      whatToDo: "Wem das Konto gehört oder wer es verwaltet, muss ihn einschalten.",
    },
    operator: {
      means: "Bei uns ist etwas falsch eingerichtet. An Ihnen und am Kalender liegt es nicht.",
      whatToDo: "Der Betreiber muss die Einstellungen prüfen. Es wird von selbst noch einmal versucht.",
    },
    gone: {
      means: "Der Kalender oder der Termin darin ist nicht mehr da, wo er war.",
      whatToDo: "Sehen Sie nach, ob es den Kalender noch gibt, und verbinden Sie sonst einen anderen.",
    },
    read_only: {
      means: "Der Kalender lässt sich lesen, aber nicht ändern.",
      whatToDo:
        "Erlauben Sie Änderungen darin, oder lassen Sie Buchungen in einen anderen Kalender eintragen. Dann kann es " +
        "noch einmal versucht werden.",
    },
    request_refused: {
      means: "Der Anbieter nimmt diesen Termin nicht an.",
      whatToDo:
        "Ändern Sie die Buchung und versuchen Sie es noch einmal. Wird sie wieder abgelehnt, muss der Betreiber das Kürzel prüfen.",
    },
    in_doubt: {
      means: "Auf das Eintragen kam keine Antwort, deshalb weiß niemand, ob der Termin im Kalender steht.",
      whatToDo: "Nichts: Wir sehen nach und tragen ihn ein, falls er fehlt.",
    },
    calendar_switched_off: {
      means: "Der Kalender ist ausgeschaltet.",
      whatToDo: "Schalten Sie ihn wieder ein, dann wird es eingetragen.",
    },
    calendar_gone: {
      means: "Der Kalender ist nicht mehr in seinem Konto.",
      whatToDo: "Verbinden Sie ihn dort, wo er jetzt ist, oder trennen Sie ihn.",
    },
  },

  ops: {
    title: "Betrieb",
    signIn: "Anmelden",
    signInMeans:
      "Diese Seite ist für die Betreiber dieses Dienstes. Fügen Sie ein Dienst-Token ein: Es wird geprüft, nicht " +
      "aufgehoben, und öffnet diese Seite für höchstens eine Stunde.",
    token: "Dienst-Token",
    refused: "Dieses Token ist ungültig, abgelaufen oder gehört keinem Dienst. Besorgen Sie ein anderes.",
    signedOut: "Melden Sie sich mit einem Dienst-Token neu an.",
    back: "Zurück zum Betrieb",
    signOut: "Abmelden",
    done: {
      retried: "Es wird noch einmal versucht.",
      replayed: "Die Meldung wird noch einmal gesendet.",
    },
    at: (time: Child): Child[] => ["Stand: ", time, "."],
    atMost: (count: string) => `Jede Zahl endet bei ${count}.`,
    nothing: "Nichts.",
    none: "keine",
    backlog: "Was wartet",
    database: "Datenbank",
    databaseOk: "antwortet",
    migration: "Neueste Migration",
    oldestDue: "Ältestes fälliges Lesen wartet",
    dueChannels: "Kanäle, die zu öffnen oder zu ersetzen sind",
    pendingDeliveries: "Noch nicht eingetragene Buchungen",
    overdueAudits: "Nicht rechtzeitig verglichene Kalender",
    driftCalendars: "Kalender mit Abweichung",
    missing: "Termine, die fehlten",
    extra: "Termine, die zu Unrecht da waren",
    unreadable: "Termine, die sich nicht lesen lassen",
    goneCalendars: "Verschwundene Kalender",
    limits: "Begrenzung der Anfragen",
    mcp: "Werkzeuge über MCP",
    on: "ein",
    off: "aus",
    freshness: "Aktualität",
    freshnessMeans:
      "Kalender, die weder fällig sind noch fehlschlagen, wurden innerhalb des letzten Tages geprüft. Von den fälligen und von den fehlschlagenden werden jeweils die ersten tausend gezählt.",
    provider: "Anbieter",
    calendars: "Kalender",
    oldest: "Ältestes Wissen",
    hours: (count: string) => `${count} Std.`,
    never: "nie gelesen",
    channels: "Kanäle kurz vor ihrem Ende",
    channelsMeans: "Offene Kanäle nach der Zeit, die ihnen bleibt. Sie werden vorher ersetzt.",
    left: "Restzeit",
    over: "vorbei",
    withinHours: (hours: number) => `weniger als ${hours} Std.`,
    failing: "Kalender, die jetzt fehlschlagen",
    kind: "Art",
    code: "Kürzel",
    failures: "Fehler nach Kürzel",
    failuresText: (count: string) =>
      `Fehlgeschlagene Abgleiche der letzten sieben Tage: ${count}, nach Tagen in UTC.`,
    others: "Andere",
    keys: "Schlüssel in Gebrauch",
    key: "Schlüssel",
    accounts: "Konten",
    bookings: "Buchungen",
    unsealed: "Noch nicht verschlüsselt",
    lost: "Unter einem Schlüssel, der fehlt",
    clocks: "Zeitzonendaten",
    tzdata: "Stand, mindestens",
    tzUnknown: "älter als alle bekannten",
    wrongZones: "Falsche Zonen",
    deadLetters: "Was endgültig fehlschlug",
    deadLettersMeans: "Das Neueste. GET /failures nennt alles.",
    what: "Was",
    when: "Wann",
    agent: "Agent-ID",
    why: "Warum",
    delivery: (id: string) => `Buchung ${id}`,
    job: (kind: string) => `Auftrag ${kind}`,
    notice: (kind: string) => `Meldung ${kind}`,
    retry: "Noch einmal versuchen",
    retryNamed: (what: string, index: number) => `Noch einmal versuchen, ${index}: ${what}`,
    notices: "Meldungen, die warten",
    noticesMeans: (count: string) => `Auf das Senden warten: ${count}. Die zuerst fälligen:`,
    receiver: "Empfänger",
    receivers: {
      active: "nimmt Meldungen an",
      disabled: "hat mit 410 geantwortet und bekommt keine; erneutes Senden fragt ihn wieder",
      none: "keiner ist eingestellt",
    },
    attempts: "Versuche",
    replay: "Noch einmal senden",
    replayNamed: (what: string, index: number) => `Noch einmal senden, ${index}: ${what}`,
  },

  week: {
    title: "Ihre Woche",
    intro: (zone) =>
      `Was Kunden in den nächsten sieben Tagen buchen können, und warum das Übrige nicht. Die Zeiten gelten für ${zone}.`,
    picture: "Sieben Tage, jeder als Balken von Mitternacht bis Mitternacht",
    pictureMeans:
      "Die Listen darunter sagen dasselbe in Worten: was belegt ist, durch welchen Kalender und welche Regel, und was frei ist.",
    earlier: "Früher",
    later: "Später",
    days: "Tag für Tag",
    open: "Geöffnet",
    closedAllDay: "Ganztägig geschlossen",
    free: "Frei",
    nothingFree: "Nichts ist frei",
    time: "Zeit",
    what: "Was",
    why: "Warum",
    tableOf: (date) => `Was am ${date} belegt ist`,
    someCalendar: "einem getrennten Kalender",
    kinds: {
      free: "Frei",
      busy: "Belegt",
      maybe: "Unsicher",
      booking: "Buchung",
      hold: "Reserviert",
      buffer: "Puffer",
      closed: "Geschlossen",
      rule: "Nicht buchbar",
    },
    reasons: {
      busy: (calendar) => `Ein Termin in ${calendar}.`,
      tentative: (calendar) =>
        `Ein Termin unter Vorbehalt in ${calendar}. Nach Ihren Einstellungen gilt er als belegt.`,
      unanswered: (calendar) =>
        `Eine Einladung in ${calendar}, die Sie noch nicht beantwortet haben. Nach Ihren Einstellungen gilt sie als belegt.`,
      out_of_office: (calendar) =>
        `Sie sind laut ${calendar} abwesend. Nach Ihren Einstellungen gilt das als belegt.`,
      working_elsewhere: (calendar) =>
        `Sie arbeiten laut ${calendar} an einem anderen Ort. Nach Ihren Einstellungen gilt das als belegt.`,
      all_day: (calendar) =>
        `Ein ganztägiger Termin in ${calendar}. Nach Ihren Einstellungen gilt er als belegt.`,
      booking: (calendar) =>
        calendar === null ? "Sie wurden gebucht." : `Hier steht der Termin einer Buchung in ${calendar}.`,
      hold: () => "Für einige Minuten reserviert, während jemand sich entscheidet oder bezahlt.",
      buffer: () => "Durch Ihre Puffer frei gehalten, vor oder nach dem, was daneben liegt.",
      hours: () => "Außerhalb Ihrer wöchentlichen Zeiten.",
      closed: () => "An diesem Datum haben Sie geschlossen, anders als in Ihrer Woche.",
      past: () => "Das ist vorbei.",
      notice: () => "Zu kurzfristig nach Ihren Einstellungen.",
      horizon: () => "Zu weit im Voraus nach Ihren Einstellungen.",
      day_full: () => "Dieser Tag hat so viele Buchungen, wie Sie zulassen.",
      week_full: () => "Diese Woche hat so viele Buchungen, wie Sie zulassen.",
    },
    toCalendars: "Was zu tun ist",
    bookings: "Ihre Buchungen",
    noBookings: "An diesen Tagen wurden Sie nicht gebucht.",
    forgotten: "Eine Buchung, deren Texte gelöscht wurden",
    cancelled: "(abgesagt)",
    noCalendar: "Sie steht in keinem Kalender, denn keiner erhält Buchungen.",
    delivery: { synced: "Steht in", pending: "Unterwegs nach", failed: "Fehlt in" },
    removal: { synced: "Entfernt aus", pending: "Wird entfernt aus", failed: "Steht noch in" },
    causes: {
      retry: "er hat nicht geantwortet; wir versuchen es wieder",
      wait: "er bittet uns zu warten; wir versuchen es wieder",
      pause: "er nimmt einige Stunden lang nichts an; danach versuchen wir es wieder",
      reauth: "das Konto lässt uns nicht mehr hinein; verbinden Sie es neu",
      refused: "er erlaubt uns das nicht",
      "no-service": "das Konto hat zurzeit keinen Kalenderdienst",
      operator: "auf unserer Seite stimmt etwas nicht; wir wissen davon",
      resync: "wir lesen den Kalender erst neu",
      "recreate-channel": "wir lesen den Kalender erst neu",
      adopt: "wir suchen den Termin erst im Kalender",
      reread: "der Termin wurde inzwischen geändert; wir sehen ihn uns wieder an",
      gone: "der Termin oder sein Kalender ist nicht mehr da",
      "read-only": "wir dürfen nicht mehr in ihn schreiben",
      unsupported: "er unterstützt das nicht",
      ignore: "er nimmt diesen Termin nicht an",
      bug: "er hat den Termin nicht angenommen; wir wissen davon",
      switched_off: "er ist ausgeschaltet",
      calendar_gone: "er ist nicht mehr im Konto",
    },
  },
};
