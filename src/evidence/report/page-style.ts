/** Light and dark as the reader has it, and black on white in print; what colours say, words say too. */
export const PAGE_STYLE = `
:root { --ink: #1a1d21; --paper: #ffffff; --soft: #f3f4f6; --line: #c7ccd3; --link: #0b57a4;
  --good: #14532d; --good-bg: #dcfce7; --part: #713f12; --part-bg: #fef3c7; --bad: #7f1d1d; --bad-bg: #fee2e2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --paper: #14171a; --soft: #1f2429; --line: #434a53; --link: #8ec5ff;
    --good: #bbf7d0; --good-bg: #14532d; --part: #fde68a; --part-bg: #5b3410; --bad: #fecaca; --bad-bg: #6b1717; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
h2 span { font-weight: normal; }
h3 { margin: 0; font-size: 1.05rem; }
h4 { margin: .75rem 0 0; font-size: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; }
dt { font-weight: bold; }
dd { margin: 0; }
ul { margin: .25rem 0 .5rem; padding-left: 1.5rem; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; font-weight: bold; padding: .5rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .5rem; text-align: left; vertical-align: top; }
article { margin: 1rem 0; padding: .75rem 1rem; background: var(--soft); border-radius: .4rem; }
.disclaimer { border-left: .3rem solid var(--line); padding-left: .75rem; }
.badge { padding: .1rem .45rem; border-radius: .3rem; font-size: .85rem; white-space: nowrap; }
.enforced { color: var(--good); background: var(--good-bg); }
.partly { color: var(--part); background: var(--part-bg); }
.not-enforced { color: var(--bad); background: var(--bad-bg); }
@media print {
  :root { --ink: #000; --paper: #fff; --soft: #fff; --line: #999; --link: #000; }
  body { max-width: none; font-size: 10pt; }
  .skip { display: none; }
  section, article, tr { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  article { border: 1px solid var(--line); }
  .badge { border: 1px solid #000; color: #000; background: #fff; }
}
`;
