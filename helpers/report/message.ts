import { type Html, html } from './html.ts'

/** Longer than this many lines, a text is folded behind its first ones. */
const SHOWN_LINES = 6

/** A reason or an error as it was told, line by line; one that is long is folded behind its beginning. */
export function message(text: string): Html {
  const lines = text.trim().split('\n')
  if (lines.length <= SHOWN_LINES) return html`<p class="message">${lines.join('\n')}</p>`
  const shown = lines.slice(0, SHOWN_LINES).join('\n')
  return html`<p class="message">${shown}</p>
<details><summary>${lines.length - SHOWN_LINES} more lines</summary><p class="message">${lines.slice(SHOWN_LINES).join('\n')}</p></details>`
}
