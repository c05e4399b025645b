// The pages' one stylesheet.
import type { Brand } from "../config.ts";
import { accentOf } from "./accent.ts";
import { SETTINGS_RULES } from "./settings/style.ts";

/** What text stands on. */
const LIGHT = { page: "#f6f7f9", card: "#ffffff", code: "#eef1f5" } as const;
const DARK = { page: "#12161c", card: "#1b2129", code: "#262e38" } as const;

const surfacesOf = ({ page, card, code }: Record<keyof typeof LIGHT, string>): string =>
  `--page: ${page}; --card: ${card}; --code: ${code};`;

/** The stylesheet: plain CSS, light and dark by the reader's own setting, left and right by the language. */
export function styleOf({ accent }: Pick<Brand, "accent">): string {
  const { fill, onFill, light, dark } = accentOf(accent, {
    light: Object.values(LIGHT),
    dark: Object.values(DARK),
  });
  return `
:root {
  ${surfacesOf(LIGHT)} --fill: ${fill}; --on-fill: ${onFill}; --accent: ${light};
  --ink: #1b2430; --soft: #566273; --line: #dde2e9; --good: #17734a; --good-bg: #e5f5ed;
  --warn: #8a5300; --warn-bg: #fdf1dc; --bad: #a8231d; --bad-bg: #fcebea;
}
@media (prefers-color-scheme: dark) {
  :root {
    ${surfacesOf(DARK)} --accent: ${dark};
    --ink: #e8ecf1; --soft: #a2adbb; --line: #323b47; --good: #6fd3a3; --good-bg: #143026;
    --warn: #f2bd6b; --warn-bg: #352a15; --bad: #ff9a93; --bad-bg: #3a1d1c;
  }
}
${RULES}${SETTINGS_RULES}`;
}

const RULES = `* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main, body > header { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
body > header { padding-block: 1rem 0; }
main.wide, header.wide { max-width: 62rem; }
.top { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; }
.logo { display: block; max-height: 2rem; max-width: 12rem; }
.languages { margin-inline-start: auto; font-size: .875rem; }
.pages {
  display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; align-items: baseline;
  margin-top: .6rem; padding-bottom: .5rem; border-bottom: 1px solid var(--line);
}
.pages > a:not(.back) { color: var(--ink); text-decoration: none; padding-block: .25rem; }
.pages > a[aria-current] { font-weight: 700; box-shadow: 0 2px 0 var(--accent); }
.pages > form { margin-inline-start: auto; }
.back::before { content: "← " / ""; }
[dir=rtl] .back::before { content: "→ " / ""; }
.skip { position: absolute; inset-inline-start: -99rem; }
.skip:focus { inset-inline-start: .5rem; top: .5rem; background: var(--card); padding: .5rem .8rem; z-index: 1; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .35rem; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0; }
h1, h2, h3, p { overflow-wrap: break-word; }
p { margin: 0 0 .75rem; }
a { color: var(--accent); }
.soft { color: var(--soft); }
.small { font-size: .875rem; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .8rem;
  padding: 1.1rem 1.25rem; margin: 0 0 1rem;
}
.head { display: flex; flex-wrap: wrap; gap: .4rem .75rem; align-items: center; justify-content: space-between; }
.head h3 { overflow-wrap: anywhere; }
.chip { font-size: .8rem; font-weight: 600; padding: .15rem .6rem; border-radius: 1rem; white-space: nowrap; }
.chip.good { color: var(--good); background: var(--good-bg); }
.chip.warn { color: var(--warn); background: var(--warn-bg); }
.chip.bad { color: var(--bad); background: var(--bad-bg); }
.chip.off { color: var(--soft); background: var(--code); }
.notice { border-radius: .6rem; padding: .75rem 1rem; margin: 1rem 0; }
.notice.good { color: var(--good); background: var(--good-bg); }
.notice.warn { color: var(--warn); background: var(--warn-bg); }
.notice.bad { color: var(--bad); background: var(--bad-bg); }
.notice, .button, button, h3 { overflow-wrap: anywhere; }
.notice > :last-child { margin-bottom: 0; }
[data-ended]:empty { display: none; }
.row {
  display: flex; gap: 1rem; align-items: center; justify-content: space-between;
  border-top: 1px solid var(--line); padding: .8rem 0;
}
.head + .row, .status + .row { margin-top: .8rem; }
.card > .row:first-child { border-top: 0; padding-top: 0; }
.card > .row:last-child { padding-bottom: 0; }
.row p { margin: 0; }
.row > div { min-width: 0; overflow-wrap: anywhere; }
.row form, .row > button { flex: none; }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
article > .actions { border-top: 1px solid var(--line); padding-top: .9rem; }
button, .button {
  display: inline-block; font: inherit; font-weight: 600; line-height: 1.3; cursor: pointer;
  text-decoration: none; text-align: center; border-radius: .55rem; padding: .55rem 1rem;
  border: 1px solid var(--line); background: var(--card); color: var(--ink);
}
button:hover, .button:hover { border-color: var(--soft); }
.primary { background: var(--fill); border-color: var(--fill); color: var(--on-fill); }
button.plain { border: 0; background: none; padding: .25rem 0; font-weight: 400; color: var(--accent); text-decoration: underline; }
.danger { color: var(--bad); }
.danger.solid { background: var(--bad); border-color: var(--bad); color: var(--page); }
/* The parts of a date are elements within the field. */
:focus-visible, input:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; }
button[role=switch] {
  position: relative; width: 3.25rem; height: 1.9rem; padding: 0; border-radius: 1rem;
  background: var(--soft); border-color: var(--soft);
}
button[role=switch]::after {
  content: ""; position: absolute; top: .2rem; inset-inline-start: .2rem; width: 1.35rem; height: 1.35rem;
  border-radius: 50%; background: var(--card);
}
button[role=switch][aria-checked=true] { background: var(--accent); border-color: var(--accent); }
button[role=switch][aria-checked=true]::after { inset-inline: auto .2rem; }
button:disabled { opacity: .45; cursor: not-allowed; }
select, input:not([type=hidden]) {
  font: inherit; color: var(--ink); background: var(--card); max-width: 100%;
  border: 1px solid var(--line); border-radius: .55rem; padding: .5rem .6rem;
}
input:not([type=hidden], [type=radio]) { width: 100%; margin-bottom: .35rem; }
label.choice { font-weight: 400; padding-block: .25rem; }
label.choice input { width: auto; margin: 0; }
label { display: block; font-weight: 600; margin-bottom: .35rem; }
nav.index { columns: 2 18rem; margin-bottom: 1.25rem; }
nav.index a { display: block; text-decoration: none; padding: .1rem 0; }
code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.codes a { white-space: nowrap; }
td code { overflow-wrap: normal; }
.method { font-weight: 700; display: inline-block; min-width: 4.1rem; color: var(--accent); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .4rem 0 .9rem; }
th, td { text-align: start; vertical-align: top; padding-block: .35rem; padding-inline-end: .75rem; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
caption { text-align: start; font-weight: 600; padding-top: .5rem; }
.chart { margin: 0 0 .9rem; }
.chart p { margin: 0; }
.chart > svg { display: block; width: 100%; height: 7rem; border-bottom: 1px solid var(--soft); overflow: visible; }
.ends { display: flex; justify-content: space-between; gap: 1rem; }
[dir=rtl] .chart > svg { transform: scaleX(-1); }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin: .2rem 0 0; }
.legend svg { width: .7rem; height: .7rem; margin-inline-end: .4rem; }
.tone-main { fill: var(--accent); stroke: var(--accent); }
.tone-good { fill: var(--good); stroke: var(--good); }
.tone-warn { fill: var(--warn); stroke: var(--warn); }
.tone-bad { fill: var(--bad); stroke: var(--bad); }
.tone-soft { fill: var(--soft); stroke: var(--soft); }
.tone-faint { fill: var(--line); stroke: var(--line); }
path:not(.line), rect { stroke: none; }
.line { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
.scroll { overflow-x: auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(11rem, 100%), 1fr)); gap: .75rem; margin: 0; }
.tiles .card { margin: 0; padding: .7rem .9rem; }
.tiles dd { margin: 0; font-size: 1.25rem; font-weight: 600; overflow-wrap: anywhere; }
ul { margin: .2rem 0 .75rem; padding-inline-start: 1.2rem; }
svg.week { display: block; margin-block: 1rem .5rem; font: .75rem system-ui, sans-serif; fill: var(--soft); }
svg.swatch { display: inline-block; margin: 0; vertical-align: -.1rem; }
svg.week path, svg.week rect { vector-effect: non-scaling-stroke; }
svg .day { font-weight: 600; fill: var(--ink); }
svg .frame { fill: none; stroke: var(--soft); }
.week .k-free { fill: var(--good-bg); stroke: var(--good); }
.week .k-busy { fill: var(--soft); stroke: var(--card); }
.week .k-maybe { fill: url(#p-maybe); stroke: var(--soft); }
.week .k-booking { fill: var(--fill); stroke: var(--card); }
.week .k-hold { fill: var(--warn); stroke: var(--card); stroke-dasharray: 3; }
.week .k-buffer { fill: var(--line); stroke: var(--soft); }
.week .k-closed { fill: url(#p-closed); }
.week .k-rule { fill: url(#p-rule); }
#p-closed path, #p-rule path { fill: var(--line); }
#p-maybe path { fill: var(--soft); }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; padding: 0; font-size: .875rem; }
ul.rows { list-style: none; padding-block: 0; }
ul.rows li { padding-block: .8rem; }
ul.rows li + li { border-top: 1px solid var(--line); }
ul.rows p { margin: 0; }
.unseen { position: absolute; clip-path: inset(50%); inline-size: 1px; block-size: 1px; overflow: hidden; white-space: nowrap; }
.folding th:first-child { inline-size: 30%; }
.folding td:nth-child(2) { font-weight: 600; }
.folding td:last-child { overflow-wrap: anywhere; }
@media (max-width: 36rem) {
  main { padding-top: 1.5rem; }
  table:not(.folding) { display: block; overflow-x: auto; }
  .scroll table { display: table; }
}
@media (max-width: 36rem) {
  .folding thead { position: absolute; clip-path: inset(50%); }
  .folding tr { display: block; padding-block: .35rem; border-bottom: 1px solid var(--line); }
  .folding td { display: block; border: 0; padding-block: 0; }
}
`;
