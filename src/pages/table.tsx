// Tables of numbers on pages.
import type { Child } from "hono/jsx";

/** A table whose rows begin with what they are about, in a place that scrolls where it is too narrow. */
export const Table = ({
  label,
  head,
  rows,
}: {
  label: string;
  head: readonly string[];
  rows: readonly (readonly Child[])[];
}) => (
  <section class="scroll" aria-label={label} tabindex={0}>
    <table>
      <tr>
        {head.map((name) => (
          <th scope="col">{name}</th>
        ))}
      </tr>
      {rows.map(([first, ...rest]) => (
        <tr>
          <th scope="row">{first}</th>
          {rest.map((cell) => (
            <td>{cell}</td>
          ))}
        </tr>
      ))}
    </table>
  </section>
);
