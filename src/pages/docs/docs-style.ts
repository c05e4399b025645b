// The reference's own stylesheet, beside the one that all pages share.

/** Plain CSS on the colours of `style.ts`. Everything wraps, so nothing has to be scrolled sideways. */
export const DOCS_STYLE = `
main:has(.docs) { max-width: 80rem; }
.docs { display: grid; grid-template-columns: minmax(0, 15rem) minmax(0, 1fr); gap: 2.5rem; }
.docs h1 { margin-block: 0 1rem; }
.docs h2 { margin-block-start: 0; }
.docs section > h2 { margin-block: 2rem .75rem; }
.side { font-size: .9rem; }
.side ul { list-style: none; margin: 0 0 .75rem; padding: 0; }
.side ul ul { margin: .15rem 0 .5rem; padding-inline-start: .75rem; }
.side a { display: block; padding: .2rem .5rem; border-radius: .4rem; text-decoration: none; overflow-wrap: anywhere; }
.side a:hover { background: var(--code); }
.side a[aria-current] { background: var(--code); font-weight: 700; }
.side .group { font-weight: 700; color: var(--soft); margin: .75rem 0 .15rem; padding-inline-start: .5rem; }
.search { display: grid; grid-template-columns: 1fr auto; gap: .4rem; margin-block-end: 1rem; }
.search label { grid-column: 1 / -1; margin: 0; }
.search input:not([type=hidden]) { margin: 0; }
.docs table { display: table; table-layout: fixed; }
.docs td, .docs th { overflow-wrap: anywhere; }
.docs th:nth-child(1) { width: 26%; }
.docs th:nth-child(2):not(:last-child) { width: 27%; }
.example { margin-block: .75rem; }
details { border: 1px solid var(--line); border-radius: .5rem; margin-block: .35rem; }
summary { cursor: pointer; padding: .35rem .75rem; font-weight: 600; font-size: .9rem; }
pre { margin: 0; padding: .6rem .75rem; background: var(--code); white-space: pre-wrap; overflow-wrap: anywhere; }
details pre { border-radius: 0 0 .5rem .5rem; }
.found li { margin-block-end: .75rem; }
:target { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (min-width: 60.01rem) { .side { position: sticky; inset-block-start: 1rem; align-self: start;
  max-height: calc(100vh - 2rem); overflow-y: auto; } }
@media (max-width: 60rem) {
  .docs { display: block; }
  .side { max-height: 17rem; overflow-y: auto; margin-block-end: 2rem; border-block-end: 1px solid var(--line); }
}
@media (max-width: 36rem) {
  .docs thead { display: none; }
  .docs table, .docs caption, .docs tbody, .docs tr, .docs td { display: block; }
  .docs tr { border-bottom: 1px solid var(--line); padding-block: .35rem; }
  .docs td { border: 0; padding: .1rem 0; }
}
`;
