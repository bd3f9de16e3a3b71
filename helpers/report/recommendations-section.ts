import { anchorOf } from './anchor.ts'
import type { ConfigurationFile } from './configuration-files.ts'
import { type Html, html } from './html.ts'

/** What the run recommends, as files to copy; nothing where it recommends nothing. */
export function recommendationsSection(files: readonly ConfigurationFile[]): Html | null {
  if (files.length === 0) return null
  return html`<section id="recommendations" aria-labelledby="recommendations-title">
<h2 id="recommendations-title">Recommendations</h2>
${files.map(({ path, text }, index) => {
  // Two parts of a run may each have a file of one name.
  const id = anchorOf('file', `${index + 1}.${path}`)
  return html`<article>
<div class="file"><h3><code>${path}</code></h3> <button type="button" data-copy="${id}" aria-label="Copy ${path}" hidden>Copy</button></div>
<pre id="${id}" tabindex="0" aria-label="${path}">${text}</pre>
</article>
`
})}</section>`
}
