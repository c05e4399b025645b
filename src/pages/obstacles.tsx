// Obstacles: what keeps clients from booking, or lets them book over newer events, on pages that show free time.
import { isOfAccount, type Obstacle, type Standing } from "../domain/obstacle.ts";
import { CONNECT_PATH } from "./navigation.ts";
import type { Words } from "./words/english.ts";

/** A sentence for each obstacle. */
function sentencesOf(
  { alerts }: Words,
  obstacles: readonly Obstacle[],
  nameOf: (obstacle: Obstacle) => string,
): string[] {
  const groups = Map.groupBy(obstacles, (one) =>
    isOfAccount(one.remedy) ? one.remedy : `${one.remedy} ${one.connectionId}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const names = [...new Set(group.map(nameOf))].join(", ");
    return [alerts.effects[first.harm](alerts.until[first.remedy](names))];
  });
}

/** The notice; nothing where nothing stands in the way. */
export const Obstacles = (props: {
  words: Words;
  standing: Standing;
  obstacles: readonly Obstacle[];
  nameOf: (obstacle: Obstacle) => string;
}) => {
  const { words, standing, obstacles, nameOf } = props;
  const said =
    standing === "known" ? sentencesOf(words, obstacles, nameOf) : [words.alerts.standing[standing]];
  if (said.length === 0) return null;
  const isBad =
    standing !== "known" || obstacles.some(({ harm, remedy }) => harm === "refused" && remedy !== "reading");
  return (
    <div class={`notice ${isBad ? "bad" : "warn"}`} role={isBad ? "alert" : "status"}>
      {said.map((sentence) => (
        <p>{sentence}</p>
      ))}
      <a class="button" href={CONNECT_PATH}>
        {words.week.toCalendars}
      </a>
    </div>
  );
};
