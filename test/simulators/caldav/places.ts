// Places: the paths of each kind of server, and their owners.
import type { CaldavState, Profile, SimulatedCalendar, SimulatedUser } from "./state.ts";

interface Layout {
  readonly context: string;
  readonly principal: (id: string) => string;
  readonly home: (id: string) => string;
}

const LAYOUTS: Readonly<Record<Profile, Layout>> = {
  icloud: { context: "/", principal: (id) => `/${id}/principal/`, home: (id) => `/${id}/calendars/` },
  sabre: {
    context: "/remote.php/dav/",
    principal: (id) => `/remote.php/dav/principals/users/${id}/`,
    home: (id) => `/remote.php/dav/calendars/${id}/`,
  },
  radicale: { context: "/", principal: (id) => `/${id}/`, home: (id) => `/${id}/` },
  minimal: { context: "/dav/", principal: (id) => `/dav/people/${id}/`, home: (id) => `/dav/${id}/` },
};

export const contextOf = (user: SimulatedUser): string => LAYOUTS[user.profile].context;
export const principalOf = (user: SimulatedUser): string => LAYOUTS[user.profile].principal(user.id);
export const homeOf = (user: SimulatedUser): string => LAYOUTS[user.profile].home(user.id);

/** Paths compare decoded: `%40` is `@`. */
export function samePath(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (letters) => {
    try {
      return decodeURIComponent(letters);
    } catch {
      return letters.toUpperCase();
    }
  });
}

/** What a path names for one person. */
export type Place =
  | { readonly kind: "context" | "principal" | "home" | "nowhere" }
  | { readonly kind: "calendar"; readonly calendar: SimulatedCalendar }
  | { readonly kind: "resource"; readonly calendar: SimulatedCalendar; readonly name: string };

/** iCloud answers any path outside a home with the principal's address, so such a path isn't `nowhere` there. */
export function placeOf(state: CaldavState, user: SimulatedUser, path: string): Place {
  const wanted = samePath(path);
  if (wanted === samePath(homeOf(user))) return { kind: "home" };
  if (wanted === samePath(principalOf(user))) return { kind: "principal" };
  for (const calendar of state.calendars.values()) {
    if (calendar.owner !== user.email) continue;
    const own = samePath(calendar.path);
    if (wanted === own || `${wanted}/` === own) return { kind: "calendar", calendar };
    if (!wanted.startsWith(own)) continue;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const stored = [...calendar.resources.keys()].find((key) => samePath(key) === samePath(name));
    return { kind: "resource", calendar, name: stored ?? name };
  }
  if (wanted === contextOf(user) || wanted === "/") return { kind: "context" };
  return { kind: user.profile === "icloud" && !wanted.includes("/calendars/") ? "context" : "nowhere" };
}
