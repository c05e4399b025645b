// The clocks of workerd: the runtime brings its own rules of time zones, and an old one is an hour wrong.
import { describeZoneLaws } from "../domain/zone-laws.ts";

describeZoneLaws({ "America/Havana": "workerd 1.20261117 behaves as tz 2026e; the law came with 2026f" });
