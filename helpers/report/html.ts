/** Markup whose text is escaped already. Only this file makes it. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/** What a template takes: text is escaped, markup is not, a list is joined, null is nothing. */
export type Content = Html | string | number | null | readonly Content[]

/**
 * A template that escapes what is put into it, so that a model's name or an error's text never becomes markup. It is
 * meant for text between tags and for attributes in double quotes; anywhere else escaping does not help.
 */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(strings.reduce((text, string, index) => text + markup(contents[index - 1] ?? null) + string))
}

/** Markup of our own making that must not be escaped: a style sheet, a script. Never anything that was measured. */
export const trusted = (text: string): Html => new Html(text)

function markup(content: Content): string {
  if (content === null) return ''
  if (content instanceof Html) return content.text
  return typeof content === 'object' ? content.map(markup).join('') : escapeHtml(String(content))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, character => entities[character] ?? character)
