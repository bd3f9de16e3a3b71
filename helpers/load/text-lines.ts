import { createReadStream } from 'node:fs'

export interface TextLine {
  text: string
  /** From 1. */
  number: number
  /** False for what follows the last line end of the file. */
  isTerminated: boolean
}

/**
 * The lines of a UTF-8 file in constant memory. Not node:readline, because that ends lines at U+2028 and U+2029 too, which
 * stand inside strings of valid JSON.
 */
export async function* textLines(file: string): AsyncGenerator<TextLine> {
  let rest = ''
  let number = 0
  for await (const text of createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 })) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield { text: line, number: ++number, isTerminated: true }
  }
  if (rest !== '') yield { text: rest, number: number + 1, isTerminated: false }
}
