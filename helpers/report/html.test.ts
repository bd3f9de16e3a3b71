import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anchorOf } from './anchor.ts'
import { html } from './html.ts'

describe('a template', () => {
  test('escapes text and keeps markup', () => {
    const name = '<b>"qwen" & \'co\'</b>'
    expect(html`<p title="${name}">${html`<i>${name}</i>`}</p>`.text).toBe(
      '<p title="&lt;b&gt;&quot;qwen&quot; &amp; &#39;co&#39;&lt;/b&gt;"><i>&lt;b&gt;&quot;qwen&quot; &amp; &#39;co&#39;&lt;/b&gt;</i></p>',
    )
  })

  test('joins lists, shows numbers, and leaves out null', () => {
    expect(html`<ul>${[1, 2].map(n => html`<li>${n}</li>`)}${null}${0}</ul>`.text).toBe(
      '<ul><li>1</li><li>2</li>0</ul>',
    )
  })

  test('lets no text be markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), text => {
        expect(html`${text}`.text).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
      }),
    )
  })
})

describe('addresses', () => {
  test('stay readable', () => {
    expect(anchorOf('item', '001.sequential-batches.vram-delta')).toBe('item-001.sequential-batches.vram-delta')
  })

  const odd = fc.string({ unit: fc.constantFrom('a', '3', '_', '>', ' ', 'é', '😀') })

  test('are one word, and each its own', () => {
    fc.assert(
      fc.property(odd, odd, (one, other) => {
        expect(anchorOf('item', one)).toMatch(/^[\w.-]+$/)
        expect(anchorOf('item', one) === anchorOf('item', other)).toBe(one === other)
      }),
    )
  })
})
