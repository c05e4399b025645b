// The settings pages' routes: the pages, and their forms.
import { type Context, Hono } from "hono";
import type * as z from "zod";
import { readKnownTime } from "../../availability/preview.ts";
import { getSettings, putSettings } from "../../availability/settings.ts";
import type { Deps } from "../../deps.ts";
import { EngineError } from "../../domain/errors.ts";
import { obstaclesOf } from "../../domain/obstacle.ts";
import { type AgentSettings, changedBy } from "../../domain/settings.ts";
import { previewOf } from "../../domain/settings-preview.ts";
import { soldUntil } from "../../domain/window.ts";
import { dayNumberAt, isTimeZone } from "../../domain/zone.ts";
import { presentName } from "../../domain/zone-choices.ts";
import { type ApiEnv, type Auth, agentFor } from "../../http/auth.ts";
import { form, formBody, query } from "../../http/validate.ts";
import { frameOf } from "../frame.ts";
import { SETTINGS_PATH } from "../navigation.ts";
import { agentIdOf, sameOrigin, uncached } from "../visit.ts";
import { type DayDraft, dayAdded, keptOverrides, NO_DAY, withRoom } from "./day-draft.ts";
import { DaysPage } from "./days.tsx";
import type { DaysPageInput } from "./days-input.ts";
import { changeIn, type Draft, differences, draftOf, edited, type Stretch } from "./draft.ts";
import { holidayChange } from "./holiday-change.ts";
import {
  changeDays,
  changeHolidays,
  changeZone,
  saveSettings,
  showDays,
  showSettings,
  showZones,
} from "./operations.ts";
import { SettingsPage } from "./page.tsx";
import type { SettingsPageInput } from "./page-input.ts";
import { DAYS_PATH } from "./paths.ts";
import { ZonePage } from "./zone.tsx";

const DONE = "done=changed";

type Sent = z.output<typeof saveSettings.form>;

const pairs = (starts: readonly string[], ends: readonly string[]): Stretch[] =>
  Array.from({ length: Math.max(starts.length, ends.length) }, (_, index) => ({
    start: starts[index] ?? "",
    end: ends[index] ?? "",
  }));

function draftFrom(sent: Sent): Draft {
  const { revision, open, onStale, onExternalChange, bufferBefore, bufferAfter } = sent;
  const { horizonDays, maxPerDay, maxPerWeek, tentative, unanswered, allDay, outOfOffice } = sent;
  return {
    ...{ revision, open, onStale, onExternalChange, bufferBefore, bufferAfter },
    ...{ horizonDays, maxPerDay, maxPerWeek },
    hours: [
      pairs(sent.start1, sent.end1),
      pairs(sent.start2, sent.end2),
      pairs(sent.start3, sent.end3),
      pairs(sent.start4, sent.end4),
      pairs(sent.start5, sent.end5),
      pairs(sent.start6, sent.end6),
      pairs(sent.start7, sent.end7),
    ],
    notice: { amount: sent.notice, unit: sent.noticeUnit },
    rules: {
      tentative: tentative === "on",
      unanswered: unanswered === "on",
      allDay: allDay === "on",
      outOfOffice: outOfOffice === "on",
      workingElsewhere: sent.workingElsewhere === "on",
    },
    reminders: sent.reminder
      .map((amount, index) => ({ amount, unit: sent.reminderUnit[index] ?? ("minutes" as const) }))
      .filter(({ amount }) => amount !== ""),
  };
}

const isConflict = (error: unknown): boolean =>
  error instanceof EngineError && error.code === "settings_changed";

/** The settings page with a form. The form decides what is shown, where it is right. */
async function settingsPage(
  deps: Deps,
  c: Context<ApiEnv>,
  shown: { draft: Draft | null; conflict?: boolean; saved?: boolean },
): Promise<SettingsPageInput> {
  const { settings, rows, standing, calendars, now } = await readKnownTime(deps, {
    agentId: agentIdOf(c.get("caller")),
  });
  const { conflict = false, saved = false } = shown;
  const sent = shown.draft ?? draftOf(settings);
  // Once the conflict has been shown, saving again overwrites what was stored meanwhile.
  const draft = conflict ? { ...sent, revision: settings.revision } : sent;
  const result = changeIn(draft);
  const differing = differences(draft, settings);
  const unsaved = differing.length > 0;
  const { confirmMaxAgeMs } = deps.config.freshness;
  const previewed = "change" in result ? changedBy(settings, result.change) : settings;
  // Saving makes an unknown agent known, so the form shows what would be free then.
  const isBookable = standing === "known" || (standing === "unknown" && unsaved);
  return {
    frame: frameOf(c, deps),
    draft,
    faults: "faults" in result ? result.faults : new Set(),
    settings: previewed,
    preview: previewOf({
      ...{ rows, settings: previewed, now },
      soldUntil: isBookable ? soldUntil(calendars, previewed.onStale) : now,
    }),
    standing,
    isBookable,
    obstacles: obstaclesOf(calendars, { onStale: previewed.onStale, confirmMaxAgeMs, now }),
    windowDays:
      calendars.length === 0 || previewed.onStale === "allow" ? null : deps.config.window.futureDays,
    unsaved,
    conflict: conflict ? differing : null,
    saved,
    now,
  };
}

/** The page of days that differ. */
function daysPage(
  deps: Deps,
  c: Context<ApiEnv>,
  settings: AgentSettings,
  shown: Partial<Pick<DaysPageInput, "draft" | "faults" | "conflict" | "saved" | "year" | "part">>,
): DaysPageInput {
  return {
    ...{ frame: frameOf(c, deps), settings, today: dayNumberAt(deps.now(), settings.timeZone) },
    ...{ year: null, part: 1, draft: NO_DAY, faults: new Set(), conflict: false, saved: false },
    ...shown,
  };
}

/** Where Cloudflare takes the reader's network to be; null: unknown. */
function networkZone(c: Context<ApiEnv>): string | null {
  const { timezone } = (c.req.raw as { cf?: { timezone?: unknown } }).cf ?? {};
  return typeof timezone === "string" && isTimeZone(timezone) ? timezone : null;
}

/** The routes of the settings pages. */
export const settingsPageRoutes = (deps: Deps, auth: Auth) => {
  const ownPages = sameOrigin(deps);
  return new Hono<ApiEnv>()
    .get(showSettings.path, uncached, auth.session, query(showSettings.query), async (c) => {
      const saved = c.req.valid("query").done !== undefined;
      return c.html(<SettingsPage {...(await settingsPage(deps, c, { draft: null, saved }))} />);
    })
    .post(
      saveSettings.path,
      uncached,
      auth.session,
      ownPages,
      formBody,
      form(saveSettings.form),
      async (c) => {
        const sent = c.req.valid("form");
        const agentId = agentFor(c.get("caller"), sent.agentId);
        const draft = edited(draftFrom(sent), sent.action);
        const result = changeIn(draft);
        const isSave = sent.action === "save";
        if (isSave && "change" in result) {
          try {
            await putSettings(deps, { agentId, settings: result.change, revision: draft.revision });
            return c.redirect(`${SETTINGS_PATH}?${DONE}`, 303);
          } catch (error) {
            if (!isConflict(error)) throw error;
            return c.html(
              <SettingsPage {...(await settingsPage(deps, c, { draft, conflict: true }))} />,
              409,
            );
          }
        }
        const page = await settingsPage(deps, c, { draft });
        // An hour that has just been added is not wrong yet.
        return isSave
          ? c.html(<SettingsPage {...page} />, 422)
          : c.html(<SettingsPage {...page} faults={new Set()} />);
      },
    )
    .get(showDays.path, uncached, auth.session, query(showDays.query), async (c) => {
      const { done, year, part } = c.req.valid("query");
      const shown = { saved: done !== undefined, year: year === undefined ? null : Number(year), part };
      const settings = await getSettings(deps, { agentId: agentIdOf(c.get("caller")) });
      return c.html(<DaysPage {...daysPage(deps, c, settings, shown)} />);
    })
    .post(changeDays.path, uncached, auth.session, ownPages, formBody, form(changeDays.form), async (c) => {
      const sent = c.req.valid("form");
      const { revision, remove, from = "", to = "", kind = "closed", start, end } = sent;
      const agentId = agentFor(c.get("caller"), sent.agentId);
      const settings = await getSettings(deps, { agentId });
      const draft: DayDraft = withRoom({ from, to, kind, hours: pairs(start, end) });
      const today = dayNumberAt(deps.now(), settings.timeZone);
      const others = settings.overrides.filter((_, index) => index !== Number(remove));
      const result =
        remove === undefined
          ? dayAdded(draft, settings, today)
          : { change: { overrides: keptOverrides(others, today) } };
      if ("faults" in result) {
        return c.html(<DaysPage {...daysPage(deps, c, settings, { draft, faults: result.faults })} />, 422);
      }
      try {
        await putSettings(deps, { agentId, settings: result.change, revision });
        return c.redirect(`${DAYS_PATH}?${DONE}`, 303);
      } catch (error) {
        if (!isConflict(error)) throw error;
        const stored = await getSettings(deps, { agentId });
        return c.html(<DaysPage {...daysPage(deps, c, stored, { draft, conflict: true })} />, 409);
      }
    })
    .post(
      changeHolidays.path,
      uncached,
      auth.session,
      ownPages,
      formBody,
      form(changeHolidays.form),
      async (c) => {
        const { agentId: named, ...sent } = c.req.valid("form");
        const agentId = agentFor(c.get("caller"), named);
        const stored = await getSettings(deps, { agentId });
        const settings = holidayChange(sent, stored);
        await putSettings(deps, { agentId, settings, revision: stored.revision });
        return c.redirect(`${DAYS_PATH}?${DONE}#holidays`, 303);
      },
    )
    .get(showZones.path, uncached, auth.session, query(showZones.query), async (c) => {
      const { timeZone } = await getSettings(deps, { agentId: agentIdOf(c.get("caller")) });
      const { q = "" } = c.req.valid("query");
      const shown = { timeZone, proposed: networkZone(c), query: q, now: deps.now() };
      return c.html(<ZonePage frame={frameOf(c, deps)} {...shown} />);
    })
    .post(changeZone.path, uncached, auth.session, ownPages, formBody, form(changeZone.form), async (c) => {
      const sent = c.req.valid("form");
      const agentId = agentFor(c.get("caller"), sent.agentId);
      // A browser may know the zone by a name of before.
      const timeZone = presentName(sent.timeZone);
      await putSettings(deps, { agentId, settings: { timeZone } });
      return c.redirect(`${SETTINGS_PATH}?${DONE}`, 303);
    });
};
