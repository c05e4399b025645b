// The zones that the runtimes of the tests have wrong, each with its reason. One that is right again fails its test.
import { expect, it } from "vitest";
import { probeClocks, ZONE_LAWS } from "../../src/domain/zone-laws.ts";

/** Tests that this runtime knows each law of the table but those that are known to be missing. */
export function describeZoneLaws(missing: Readonly<Record<string, string>>): void {
  const { wrong } = probeClocks();
  it.each(ZONE_LAWS)("$timeZone is $offset minutes ahead of UTC in January 2027 ($since)", ({ timeZone }) => {
    expect(wrong.includes(timeZone), missing[timeZone] ?? "this runtime is an hour wrong").toBe(
      timeZone in missing,
    );
  });
}
