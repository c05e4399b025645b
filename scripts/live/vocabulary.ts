// Vocabulary: the names and words that a transcript may hold, from the documents of the protocols. No person writes them.
const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** The fields of Google Calendar, Graph and OAuth. Values of these are kept where their form is plain. */
export const FIELDS = words(`
  kind etag id items summary description location start end dateTime date timeZone status transparency visibility
  reminders useDefault overrides method minutes extendedProperties private shared maraplaceBooking maraplaceNote recurrence
  recurringEventId originalStartTime attendees email self organizer creator responseStatus displayName optional resource
  iCalUID sequence created updated htmlLink eventType hangoutLink colorId nextPageToken nextSyncToken defaultReminders
  accessRole primary deleted hidden selected backgroundColor foregroundColor summaryOverride conferenceProperties
  allowedConferenceSolutionTypes notificationSettings notifications type timeMin timeMax maxResults singleEvents
  showHidden showDeleted pageToken syncToken fields sendUpdates orderBy q destination error errors code message reason
  domain locationType guestsCanInviteOthers guestsCanModify guestsCanSeeOtherGuests privateCopy locked anyoneCanAddSelf
  dataOwner autoAcceptInvitations address token expiration resourceId resourceUri params ttl payload
  value @odata.context @odata.nextLink @odata.deltaLink @odata.etag @odata.type @removed name canEdit
  isDefaultCalendar owner subject body bodyPreview content contentType isAllDay isCancelled isOrganizer showAs
  sensitivity importance isReminderOn reminderMinutesBeforeStart hasAttachments responseRequested seriesMasterId
  transactionId allowNewTimeProposals isOnlineMeeting onlineMeetingProvider onlineMeeting onlineMeetingUrl webLink
  originalStartTimeZone originalEndTimeZone createdDateTime lastModifiedDateTime changeKey categories iCalUId uid
  isDraft hideAttendees occurrenceId originalStart locations locationUri uniqueId uniqueIdType coordinates pattern range
  interval daysOfWeek firstDayOfWeek month dayOfMonth index startDate endDate numberOfOccurrences recurrenceTimeZone
  emailAddress responseStatus response time singleValueExtendedProperties innerError innererror request-id
  client-request-id startDateTime endDateTime $select $top $filter $expand $deltatoken $skiptoken $skip requests
  responses url headers access_token refresh_token expires_in token_type scope id_token grant_type client_id
  client_secret code_verifier redirect_uri error_description ext_expires_in existingEventId @event.existingEventId prefer
  outOfOfficeProperties focusTimeProperties autoDeclineMode declineMessage chatStatus
`);

/** Those of the names whose values people or servers make up: they are never kept, whatever they look like. */
export const TEXTS = words(`
  summary description location displayName email id iCalUID iCalUId uid name subject content bodyPreview address token
  message error_description htmlLink webLink access_token refresh_token id_token code code_verifier client_id
  client_secret state nonce etag @odata.etag changeKey summaryOverride resourceId private shared maraplaceBooking maraplaceNote
  nextPageToken nextSyncToken pageToken syncToken transactionId categories uniqueId
  SUMMARY DESCRIPTION LOCATION UID CN CATEGORIES X-WR-CALNAME X-MARAPLACE-BOOKING GEO
`);

/** The words that values may be: states, types and codes. */
export const WORDS = words(`
  application/json application/xml text/xml text/calendar text/html text/plain application/x-www-form-urlencoded *
  calendar#calendarList calendar#calendarListEntry calendar#events calendar#event calendar#channel api#channel
  confirmed tentative cancelled opaque transparent default public private confidential popup email sms
  needsAction declined accepted owner writer reader freeBusyReader writerWithoutPrivateAccess
  outOfOffice focusTime workingLocation birthday fromGmail none all true false normal low high personal
  free busy oof workingElsewhere unknown singleInstance occurrence exception seriesMaster organizer notResponded
  tentativelyAccepted daily weekly absoluteMonthly relativeMonthly absoluteYearly noEnd numbered endDate text html
  unknownForBusiness teamsForBusiness skypeForBusiness skypeForConsumer UTC deleted changed
  GET POST PATCH PUT DELETE declineNone
  calendar global calendar#notification Bearer invalid_grant invalid_client invalid_request authError required
  badRequest invalid notFound forbidden conflict duplicate gone conditionNotMet backendError rateLimitExceeded
  userRateLimitExceeded quotaExceeded fullSyncRequired updatedMinTooLongAgo pushNotSupportedForRequestedResource
  NOT_FOUND INVALID_ARGUMENT UNAUTHENTICATED PERMISSION_DENIED
  ErrorItemNotFound ErrorInvalidRequest ErrorDuplicateTransactionId ErrorAccessDenied ErrorIrresolvableConflict
  ErrorInvalidIdMalformed ErrorCalendarViewRangeTooBig SyncStateNotFound SyncStateInvalid resyncRequired BadRequest
  InvalidAuthenticationToken ExtensionError ValidationError UnknownError RequestBroker--ParseUri
  VCALENDAR VEVENT VTIMEZONE VALARM VTODO VJOURNAL VFREEBUSY STANDARD DAYLIGHT UID 2.0 GREGORIAN PUBLISH
  CONFIRMED TENTATIVE CANCELLED OPAQUE TRANSPARENT PUBLIC PRIVATE CONFIDENTIAL DISPLAY AUDIO EMAIL BUSY FREE OOF
  NEEDS-ACTION ACCEPTED DECLINED DELEGATED DATE DATE-TIME PERIOD TEXT DURATION START END CHAIR REQ-PARTICIPANT
  OPT-PARTICIPANT NON-PARTICIPANT INDIVIDUAL GROUP RESOURCE ROOM TRUE FALSE i;octet i;ascii-casemap infinity
`);

/** Hosts that belong to nobody in particular. */
export const HOSTS = words(`
  www.googleapis.com oauth2.googleapis.com accounts.google.com graph.microsoft.com login.microsoftonline.com
  caldav.icloud.com
`);

/** Parts of paths that name no calendar, event or person. */
export const PATH_WORDS = words(`
  calendar v3 v1.0 calendars events users me calendarList watch instances move import channels stop freeBusy
  calendarView delta subscriptions $batch token revoke o oauth2 v2 v2.0 auth authorize consumers organizations
  .well-known caldav
`);

/** iCalendar's properties and parameters, and the engine's mark. */
export const ICALENDAR = words(`
  BEGIN END VERSION PRODID CALSCALE METHOD UID DTSTAMP DTSTART DTEND DURATION RRULE RDATE EXDATE RECURRENCE-ID SUMMARY
  DESCRIPTION LOCATION STATUS TRANSP CLASS SEQUENCE CREATED LAST-MODIFIED ORGANIZER ATTENDEE TRIGGER ACTION TZID
  TZOFFSETFROM TZOFFSETTO TZNAME TZURL X-LIC-LOCATION VALUE PARTSTAT ROLE CUTYPE RSVP CN RANGE RELATED SCHEDULE-STATUS
  SCHEDULE-AGENT X-MARAPLACE-BOOKING X-MICROSOFT-CDO-BUSYSTATUS X-WR-CALNAME CATEGORIES URL GEO PRIORITY
`);

const namesOf = (as: string, names: string) => ({ as, names: words(names) });

/** XML's elements by namespace, each with the prefix under which it is kept. */
export const XML_NAMES: Readonly<Record<string, { as: string; names: ReadonlySet<string> } | undefined>> = {
  "DAV:": namesOf(
    "d",
    `multistatus response href propstat prop status propfind sync-collection sync-token sync-level limit nresults
    getetag getcontenttype getlastmodified getcontentlength resourcetype collection displayname
    current-user-privilege-set privilege read write write-content write-properties bind unbind all read-acl write-acl
    unlock read-current-user-privilege-set supported-report-set supported-report report expand-property
    principal-property-search principal-search-property-set principal-match current-user-principal principal-URL
    owner error valid-sync-token number-of-matches-within-limits responsedescription unauthenticated principal
    set remove propertyupdate`,
  ),
  "urn:ietf:params:xml:ns:caldav": namesOf(
    "c",
    `calendar calendar-data calendar-multiget calendar-query filter comp-filter prop-filter text-match comp
    time-range free-busy-query calendar-home-set calendar-user-address-set calendar-timezone calendar-timezone-id
    supported-calendar-component-set schedule-calendar-transp opaque transparent no-uid-conflict
    valid-calendar-data valid-calendar-object-resource supported-calendar-data supported-calendar-component
    calendar-collection-location-ok max-resource-size unique-scheduling-object-resource read-free-busy
    schedule-inbox schedule-outbox mkcalendar`,
  ),
  "http://calendarserver.org/ns/": namesOf(
    "cs",
    "getctag subscribed source calendar-proxy-read notification",
  ),
};
