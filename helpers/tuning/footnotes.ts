/** Numbered notes under a table: the same text has one number. */
export class Footnotes {
  readonly #notes: string[] = []

  /** The mark that stands behind a cell: `¹`. */
  mark(text: string): string {
    if (!this.#notes.includes(text)) this.#notes.push(text)
    return superscript(this.#notes.indexOf(text) + 1)
  }

  lines(): string[] {
    return this.#notes.map((text, index) => `${superscript(index + 1)} ${text}`)
  }
}

const superscript = (number: number): string =>
  String(number).replace(/\d/g, digit => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '')
