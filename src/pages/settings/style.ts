// The settings pages' rules of the stylesheet.

/** Plain CSS, in the colours of the one stylesheet. */
export const SETTINGS_RULES = `
.tabs { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; margin-block: .75rem 1rem; }
.tabs a[aria-current] { font-weight: 700; color: var(--ink); text-decoration: none; }
section.card > h2 { margin-top: 0; }
form.settings > .actions { margin-block: 1rem; }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; min-width: 0; }
legend { font-weight: 600; padding: 0; margin-bottom: .35rem; }
fieldset.day { border-top: 1px solid var(--line); padding-top: .8rem; margin: 0; padding-bottom: .9rem; scroll-margin-top: 1rem; }
.inline { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin-bottom: .5rem; }
.inline input:not([type=hidden]) { width: auto; margin: 0; min-width: 0; }
.day .actions button, .inline button { font-size: .875rem; font-weight: 500; padding: .4rem .7rem; }
.option { display: flex; gap: .7rem; align-items: baseline; margin-bottom: .5rem; }
.option input:not([type=hidden]) { width: auto; margin: 0; flex: none; }
.option label { margin: 0; }
.option p { margin: 0; }
.field { margin-bottom: 1rem; }
.field p { margin-bottom: .35rem; }
.fault { color: var(--bad); font-weight: 600; }
[aria-invalid=true]:not([type=hidden]) { border-color: var(--bad); border-width: 2px; }
.does { border-inline-start: 3px solid var(--line); padding-inline-start: .7rem; color: var(--soft); }
.notice p, .notice ul { margin-bottom: .25rem; }
.notice a:not(.button) { color: inherit; }
ul.list { list-style: none; padding: 0; }
ul.week { columns: 2 15rem; }
.settings select { max-width: 100%; }
`;
