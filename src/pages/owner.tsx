// Owner: says in a form whose page it is on, for a form that names nothing that only one agent has.
import type { Frame } from "./frame.ts";

/**
 * A hidden field. Another link may meanwhile have signed the browser in as another agent: then `agentFor` refuses the
 * form, which would otherwise act on that one.
 */
export const Owner = ({ frame: { visit } }: { frame: Frame }) =>
  visit === null ? null : <input type="hidden" name="agentId" value={visit.agentId} />;
