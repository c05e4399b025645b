// Zones in workerd: it has no Temporal, so that the polyfill reads zones there, by workerd's own rules of them.
import "../domain/zone.test.ts";
