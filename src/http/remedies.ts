// Remedies: what each error code means and what its caller does, for the document and its pages.
import type { ErrorCode } from "../domain/errors.ts";

/**
 * Typed without `Partial`: a new code breaks the build until somebody says what to do. The tables of `docs/api.md` say
 * the same words, which a test compares.
 */
export const REMEDIES: Record<ErrorCode, string> = {
  invalid_request: "A field is wrong. Correct the fields that `errors` names.",
  invalid_json: "The body isn't JSON.",
  invalid_time:
    "The time doesn't exist, the start isn't before the end, the slot is longer than 24 hours, or it lies beyond 800 days.",
  invalid_time_zone: "Send an IANA name like `Europe/Berlin`.",
  time_skipped_by_dst: "The clocks skip this local time. Offer another one.",
  body_too_large: "Send less in one request.",
  unsupported_media_type: "Send `Content-Type: application/json`.",
  unauthenticated: "The token is missing, wrong or expired. Get a new one.",
  authentication_unavailable: "The key server (JWKS) doesn't answer. Repeat.",
  token_in_address: "A link to the page holds a bearer token. Make a link by `POST /connect-links`.",
  connect_link_over: "The link was used, has ended or never was. Make another one.",
  session_changed:
    "Another agent is signed in than the one for whom the consent was begun. Nothing was connected.",
  forbidden:
    "An agent asked about somebody else, or for something only a service may do, or a form came from a foreign page.",
  not_found: "Nothing is at this path.",
  method_not_allowed:
    "`Allow` names the methods of this path. A provider with a consent page takes no password.",
  agent_not_found: "Nothing is known about the agent. Connect a calendar or `PUT /settings` first.",
  agent_being_erased:
    "The agent is being erased, or was while this went on. Nothing was stored. Begin anew once it is done.",
  account_not_found: "There is no such account, or it is another agent's.",
  connection_not_found: "There is no such connection, or it is another agent's.",
  booking_not_found: "The agent has no booking with this id.",
  calendar_not_found: "The account has no such calendar.",
  provider_not_configured: "This deployment doesn't offer the provider.",
  mcp_not_configured:
    "This deployment doesn't speak MCP: its operator hasn't deployed the Worker that does, or hasn't bound it.",
  mcp_unavailable: "The Worker that speaks MCP has failed. Repeat: nothing happens twice.",
  connection_exists: "The calendar is connected already. `PATCH` its connection.",
  calendar_not_readable:
    "The calendar is listed, but its events can't be read. Its owner must share them; an account that was connected long ago must be connected again to allow calendars that others share.",
  unreadable_changed:
    "An event has changed since it was listed, or can be read by now. List them again with `GET /connections/:id/unreadable`.",
  calendar_read_only: "The calendar can't be written. Send `receivesBookings: false`.",
  booking_exists:
    "There is a booking with this id and other content. Use another id, or change that booking.",
  booking_cancelled: "The booking is cancelled, which is final. Make a new one with another id.",
  bulk_refused:
    "Not all of an atomic bulk or a group can be done, so nothing was. See `failed`. Choose other times for these.",
  group_not_found: "There is no such group with a booking that isn't over.",
  group_changed: "The first booking of the group is elsewhere than `from`. Read the group again.",
  group_too_large: "More than 50 bookings of the group aren't over. Change them by `POST /events/bulk`.",
  hold_exists: "There is a hold with this id for another time. Use another id.",
  hold_not_found: "The agent has no hold with this id.",
  hold_over: "The hold is over, or has become a booking. Make a new hold.",
  failure_not_found: "Nothing with this id has failed, or it is being tried again already.",
  feed_not_found: "The feed is unknown, or its address was revoked.",
  too_many_feeds: "The agent has 20 feeds. Revoke one first.",
  calendar_switched_off:
    "Nothing is written into this calendar, because it is switched off or gone. `PATCH` its connection to `isActive: true`, or connect the calendar where it is now.",
  notice_not_found: "There is no such notice, or no longer.",
  idempotency_key_reused: "The key belongs to another booking. Use a new key for each.",
  settings_changed: "Somebody changed the settings. Read them again and repeat the change.",
  slot_taken: "The slot isn't free. Offer another time.",
  slot_unverified: "The slot looks free, but a calendar couldn't be verified. Repeat, or offer another time.",
  account_mismatch: "The agent signed in with another account than the one to reconnect.",
  account_needs_reauth: "The account must be connected again.",
  oauth_denied: "The agent or their organisation refused. Nothing was connected.",
  oauth_state_invalid:
    "The consent took more than ten minutes, or came back in another browser. Start again.",
  oauth_failed: "The provider didn't complete the consent. Start again.",
  oauth_scope_missing: "The agent left a permission unticked. Connect again and allow all.",
  oauth_no_refresh_token:
    "The provider gave no lasting access. The agent removes this app from the account's connected apps and connects again.",
  password_refused: "User name or password is wrong.",
  app_password_needed: "An app-specific password is needed.",
  too_many_attempts: "Ten attempts failed within an hour. Wait.",
  rate_limited: "More requests of one kind than one caller may send. Wait, then go on more slowly.",
  not_caldav: "No CalDAV server answers at this address.",
  no_calendars: "The account has no calendar. The agent makes one first.",
  server_address_refused: "The address isn't https, isn't public, or names a port or a password.",
  redirect_refused:
    "The server leads to a place where the password must not go. Enter the calendar server's own address.",
  server_unreachable: "No server answers at this address.",
  provider_unavailable: "The provider doesn't answer, throttles, or refuses. Repeat later.",
  sync_disabled: "The connection is switched off. `PATCH` `isActive` and `syncEnabled` to true.",
  sync_held_off: "After a failure the calendar isn't asked before `retryAt`.",
  sync_in_progress: "The calendar is being read right now. Repeat.",
  database_unavailable: "The database doesn't answer. Repeat.",
  internal_error: "A fault of ours. It is in the log under `requestId`.",
};
