// Calendars: /me, mailbox settings, the list, one calendar (`docs/providers/microsoft.md` B.3, E.2.2).
import { type Context, Hono } from "hono";
import { type Call, calendarOf, graphCall } from "./call.ts";
import { page, readSelect } from "./query-options.ts";
import { calendarsOf, changeKeyOf, type MicrosoftState, type SimulatedCalendar } from "./state.ts";
import { windowsZone } from "./zones.ts";

const CALENDAR_FIELDS = [
  ...["id", "name", "color", "hexColor", "isDefaultCalendar", "changeKey", "canShare", "canViewPrivateItems"],
  ...["canEdit", "allowedOnlineMeetingProviders", "defaultOnlineMeetingProvider", "isTallyingResponses"],
  ...["isRemovable", "owner"],
];

function renderCalendar(call: Call, calendar: SimulatedCalendar, select: readonly string[] | null) {
  const place = { user: call.user.email, calendar: calendar.id, operation: call.operation };
  const own = calendar.owner.address === calendar.userEmail;
  const all: Record<string, unknown> = {
    id: calendar.id,
    name: calendar.name,
    color: calendar.color,
    hexColor: "",
    isDefaultCalendar: calendar.isDefault,
    changeKey: changeKeyOf(calendar.revision),
    canShare: own && calendar.canEdit,
    canViewPrivateItems: own,
    canEdit: calendar.canEdit && call.state.knobs.take("cal.readOnly", place) === undefined,
    allowedOnlineMeetingProviders: ["teamsForBusiness"],
    defaultOnlineMeetingProvider: "teamsForBusiness",
    isTallyingResponses: calendar.isDefault,
    isRemovable: !calendar.isDefault,
    owner: calendar.owner,
  };
  if (select === null) return all;
  return {
    id: calendar.id,
    ...Object.fromEntries(Object.entries(all).filter(([name]) => select.includes(name))),
  };
}

const selected = (call: Call) => readSelect(call.query, CALENDAR_FIELDS, "microsoft.graph.calendar");

function list(call: Call): Record<string, unknown> {
  const select = selected(call);
  const { rows, next } = page(call, "/me/calendars", calendarsOf(call.state, call.user.email));
  return {
    "@odata.context": `https://graph.microsoft.com/v1.0/$metadata#users('${call.user.graphId}')/calendars`,
    ...(next === null ? {} : { "@odata.nextLink": next }),
    value: rows.map((calendar) => renderCalendar(call, calendar, select)),
  };
}

function get(call: Call, calendarId: string | undefined): Record<string, unknown> {
  return {
    "@odata.context": `https://graph.microsoft.com/v1.0/$metadata#users('${call.user.graphId}')/calendars/$entity`,
    ...renderCalendar(call, calendarOf(call, calendarId), selected(call)),
  };
}

const PERSON_FIELDS = ["id", "displayName", "mail", "userPrincipalName"];

function person(call: Call): Record<string, unknown> {
  const { user } = call;
  const all = { id: user.graphId, displayName: user.name, mail: user.email, userPrincipalName: user.email };
  const select = readSelect(call.query, PERSON_FIELDS, "microsoft.graph.user");
  const kept = Object.entries(all).filter(([name]) => select === null || select.includes(name));
  return {
    "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
    ...Object.fromEntries(kept),
  };
}

/** Routes under `/v1.0/me` (or `/v1.0/users/{id}`), except those about events. */
export function calendarRoutes(state: MicrosoftState): Hono {
  const one = (context: Context) => context.req.param("calendarId");
  const outlook = true;
  return new Hono()
    .get("/", graphCall(state, { operation: "me.get", outlook: false, options: ["$select"], answer: person }))
    .get(
      "/mailboxSettings",
      graphCall(state, {
        operation: "mailboxSettings.get",
        outlook,
        options: ["$select"],
        answer: (call) => ({ timeZone: windowsZone(call.user.timeZone) }),
      }),
    )
    .get(
      "/calendars",
      graphCall(state, {
        operation: "calendars.list",
        outlook,
        options: ["$select", "$top", "$skip"],
        answer: list,
      }),
    )
    .get(
      "/calendar",
      graphCall(state, {
        operation: "calendars.get",
        outlook,
        options: ["$select"],
        answer: (call) => get(call, undefined),
      }),
    )
    .get(
      "/calendars/:calendarId",
      graphCall(state, {
        operation: "calendars.get",
        outlook,
        options: ["$select"],
        answer: (call, context) => get(call, one(context)),
      }),
    );
}
