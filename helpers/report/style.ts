import { darkChartRules } from '../charts/index.ts'

/**
 * The page's look. Every colour of text has a contrast of 4.5 or more on every ground it stands on, in both schemes (a
 * browser test computes it).
 */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f6f7f9; --line: #dfe3e8; --ink: #1c2128; --quiet: #57606a; --link: #0a58a8;
  --pass: #17693a; --fail: #b3201b; --inconclusive: #855300; --could-not-measure: #77309b;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #14181d; --raised: #1d2229; --line: #343b44; --ink: #e6e9ed; --quiet: #a6b0bb; --link: #7fbcff;
    --pass: #72d196; --fail: #ff8b83; --inconclusive: #eebd5b; --could-not-measure: #d7a6f2;
  }
  ${darkChartRules}
}
* { box-sizing: border-box; }
html { font: 100%/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
body {
  margin: 0 auto; padding: 0 clamp(1rem, 4vw, 3rem) 4rem; max-width: 74rem;
  background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
}
h1, h2, h3, h4, p, ul, dl, figure, pre { margin: 0; }
h1 { font-size: clamp(1.6rem, 4.5vw, 2.4rem); line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
h2 { font-size: 1.45rem; line-height: 1.3; font-weight: 650; letter-spacing: -.01em; margin-bottom: .25rem; }
h3 { font-size: 1.05rem; font-weight: 650; }
h4 { font-size: 1rem; font-weight: 650; }
.label { font-size: .8125rem; font-weight: 600; color: var(--quiet); }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .25rem .5rem; }

header { padding: 3.5rem 0 1.75rem; }
.eyebrow { color: var(--quiet); font-size: .875rem; margin-bottom: .5rem; }
.facts { color: var(--quiet); margin-top: .75rem; }
.counts { list-style: none; padding: 0; margin: 1.75rem 0 1.25rem; display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; }
.counts li { display: flex; }
.counts li > * { flex: 1; padding: .75rem 1rem .8rem; background: var(--raised); border-radius: .6rem; border-top: 3px solid currentcolor; text-decoration: none; color: inherit; }
.counts a:hover { text-decoration: underline; }
.counts b { display: block; font-size: 1.9rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.counts .none { color: var(--quiet); }
.counts .none > * { border-top-color: var(--line); }
.exit { color: var(--quiet); }
.exit b { color: var(--ink); }
.pass { color: var(--pass); } .fail { color: var(--fail); } .inconclusive { color: var(--inconclusive); }
.could-not-measure { color: var(--could-not-measure); } .not-applicable { color: var(--quiet); }

nav { border-block: 1px solid var(--line); padding: .7rem 0; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; font-size: .9375rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }

main > section { padding-top: 2.75rem; scroll-margin-top: 0; }
section.verdict { margin-top: 1.6rem; color: var(--ink); }
.verdict > h3 { font-size: 1.15rem; margin-bottom: .6rem; }
.verdict.fail > h3 { color: var(--fail); } .verdict.could-not-measure > h3 { color: var(--could-not-measure); }
.verdict.inconclusive > h3 { color: var(--inconclusive); } .verdict.pass > h3 { color: var(--pass); } .verdict.not-applicable > h3 { color: var(--quiet); }
.count { color: var(--quiet); font-weight: 400; font-variant-numeric: tabular-nums; margin-left: .3em; }
.card { background: var(--raised); border-left: 4px solid var(--line); border-radius: .3rem .6rem .6rem .3rem; padding: 1rem 1.25rem; margin-bottom: .9rem; display: grid; gap: .6rem; }
.card > * { min-width: 0; }
.fail .card { border-left-color: var(--fail); } .could-not-measure .card { border-left-color: var(--could-not-measure); } .inconclusive .card { border-left-color: var(--inconclusive); }
.where, .note { color: var(--quiet); font-size: .875rem; font-weight: 400; }
th .where { display: block; }
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2.25rem; }
.figures dt { color: var(--quiet); font-size: .8125rem; }
.figures dd { margin: 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.message { white-space: pre-wrap; }
.advice ul, .card > ul { padding-left: 1.15rem; }
.reason { margin: .9rem 0; }
.reason ul { padding-left: 1.15rem; color: var(--quiet); font-size: .9375rem; }
.caution { border-left: 4px solid var(--inconclusive); background: var(--raised); padding: .5rem .9rem; border-radius: .3rem; margin: .6rem 0; }
.facts-list { display: grid; gap: .35rem; margin: .8rem 0; }
.facts-list > div { display: grid; grid-template-columns: 11rem 1fr; gap: 1rem; }
.facts-list dt { color: var(--quiet); }
.facts-list dd { margin: 0; font-variant-numeric: tabular-nums; }
.open > div { margin: .7rem 0; }
.open dt { font-weight: 600; }
.open dd { margin: 0; color: var(--quiet); }

details { margin: .35rem 0; }
summary { cursor: pointer; padding: .2rem 0; }
summary:hover { text-decoration: underline; }
.plan article, .finding, #recommendations article, #machine h3 { margin-top: 1.75rem; }
.finding > * + * { margin-top: .3rem; }
.finding ul, .signs { padding-left: 1.15rem; }
.caveats, .finding details li { color: var(--quiet); font-size: .9375rem; }
.signs { list-style: none; padding: 0; display: grid; gap: .1rem; margin: .3rem 0 .9rem; }
.note { margin-top: .3rem; }

.scroll { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; font-size: .9375rem; font-variant-numeric: tabular-nums; min-width: min(100%, 34rem); }
th, td { text-align: left; vertical-align: top; padding: .4rem 1.5rem .4rem 0; border-bottom: 1px solid var(--line); font-weight: 400; overflow-wrap: normal; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--quiet); font-size: .8125rem; font-weight: 600; white-space: nowrap; }
tbody th { min-width: 10rem; max-width: 32rem; overflow-wrap: anywhere; }
td { min-width: 3rem; max-width: 40rem; }
.number { text-align: right; }
.whole { white-space: nowrap; }
:target { scroll-margin-top: 1rem; }
tr:target > *, li:target, .card:target { background: color-mix(in srgb, var(--link) 14%, var(--ground)); }

.gallery { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 2rem; margin-top: 1.75rem; }
figure { min-width: 0; }
figcaption { color: var(--quiet); font-size: .9375rem; }
svg.chart { display: block; width: 100%; min-width: 30rem; max-width: 44rem; height: auto; }
.file { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem; margin-bottom: .4rem; }
button { font: inherit; font-size: .875rem; padding: .2rem .8rem; color: var(--ink); background: var(--ground); border: 1px solid var(--quiet); border-radius: .4rem; cursor: pointer; }
button[hidden] { display: none; }
pre { background: var(--raised); border-radius: .6rem; padding: 1rem 1.25rem; overflow-x: auto; overflow-wrap: normal; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .875rem; }

@media (max-width: 40rem) {
  header { padding-top: 1.75rem; }
  .counts { grid-template-columns: repeat(2, 1fr); }
  .facts-list > div { grid-template-columns: 1fr; gap: 0; }
  .facts-list { gap: .7rem; }
  .card { padding: .85rem 1rem; }
}
@media print {
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  header { padding-top: 0; }
  nav, button, .skip { display: none; }
  a { color: inherit; text-decoration: none; }
  .counts { grid-template-columns: repeat(5, 1fr); }
  .counts li > *, .card, pre, .caution { border: 1px solid var(--line); background: none; }
  details.matters::details-content { content-visibility: visible; block-size: auto; }
  .scroll, pre { overflow: visible; }
  pre { white-space: pre-wrap; }
  table { font-size: .8rem; min-width: 0; }
  th, td { padding-right: .8rem; }
  .whole, thead th { white-space: normal; }
  svg.chart { min-width: 0; max-width: 100%; }
  tr, figure, .card, .counts, .finding { break-inside: avoid; }
  h2, h3, h4, summary { break-after: avoid; }
}
`
